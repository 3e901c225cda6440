import { expect, test } from "vitest"
import { changed } from "../../agent/sops/change.ts"
import { SopsError } from "../../agent/sops/error.ts"

test("makes changes in any order, insertions first", () => {
    const changes = [
        { start: 4, end: 6, text: "E" },
        { start: 0, end: 1, text: "" },
        { start: 4, end: 4, text: "+" },
        { start: 6, end: 6, text: "-" },
    ]
    expect(changed("abcdefg", changes)).toBe("bcd+E-g")
})

test("refuses changes that overlap", () => {
    const changes = [
        { start: 0, end: 3, text: "" },
        { start: 2, end: 4, text: "" },
    ]
    expect(() => changed("CANARY", changes)).toThrow(SopsError)
    expect(() => changed("CANARY", changes)).not.toThrow("CANARY")
})
