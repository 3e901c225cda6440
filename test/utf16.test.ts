import { expect, test } from "vitest"
import { utf16Of, withoutMark } from "../agent/utf16.ts"

test("tells UTF-16 by its mark, or by its zeros", () => {
    const little = Buffer.from("# CANARY", "utf16le")
    expect(utf16Of(Buffer.from("\ufeff# CANARY", "utf16le"))).toBe("UTF-16")
    expect(utf16Of(Buffer.from("\ufeff# CANARY", "utf16le").swap16())).toBe("UTF-16")
    expect(utf16Of(little)).toBe("UTF-16LE")
    expect(utf16Of(Buffer.from(little).swap16())).toBe("UTF-16BE")
    for (const text of ["", "\0", "# CANARY", "\ufeff# CANARY", "é", "{}"])
        expect(utf16Of(Buffer.from(text)), text).toBeUndefined()
})

test("takes away the mark of UTF-8 alone", () => {
    expect(withoutMark(Buffer.from("\ufeffCANARY")).toString()).toBe("CANARY")
    expect(withoutMark(Buffer.from("CANARY")).toString()).toBe("CANARY")
})
