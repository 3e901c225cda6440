import { describe, expect, test } from "vitest"
import { explain, UserError, visible, visibleJson, visibleName } from "../agent/error.ts"

/** Everything that moves the cursor, ends a line or turns the direction of what follows. */
const controls = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code)).filter((character) =>
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(character),
)

describe("text from outside", () => {
    test.each(controls.filter((character) => character !== "\n"))("%j is escaped", (character) => {
        expect(visible(`a${character}b`)).toMatch(/^a\\x[0-9a-f]{2,4}b$/u)
    })
    test("a name has no newline, a message may", () => {
        expect(visible("a\nb")).toBe("a\nb")
        expect(visibleName("a\nb\u001b")).toBe(String.raw`a\x0ab\x1b`)
    })
    test.each(controls)("%j is escaped in JSON, and means the same", (character) => {
        const text = visibleJson({ [character]: character })
        expect(controls.filter((each) => text.includes(each))).toEqual([])
        expect(JSON.parse(text)).toEqual({ [character]: character })
    })
    test("a name cannot pass for a line of ours", () => {
        const error = new UserError("no \nhint: x", { cause: new Error("y\nerror: z"), hint: "w\nhint: v" })
        expect(explain(error).join("\n").match(/^\S+/gmu)).toEqual(["error:", "because:", "hint:"])
    })
})

test("says what the operating system said in words, and where when nothing else does", () => {
    const system = Object.assign(new Error("EROFS: read-only file system, mkdir '/run/x'"), {
        code: "EROFS",
        syscall: "mkdir",
        path: "/run/x",
    })
    expect(explain(new UserError("cannot lock", { cause: system }))).toEqual([
        "error: cannot lock",
        "because: read-only file system",
    ])
    expect(explain(system)).toEqual(["error: /run/x: read-only file system"])
    const read = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO", syscall: "read" })
    expect(explain(read)).toEqual(["error: i/o error"])
    // Only what the operating system says.
    expect(explain(new Error("EROFS: read-only file system, mkdir '/run/x'"))).toEqual([
        "error: EROFS: read-only file system, mkdir '/run/x'",
    ])
})
