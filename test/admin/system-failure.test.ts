import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { explain, UserError } from "../../agent/error.ts"
import { asSentence, remedyOf } from "../../agent/admin/system-failure.ts"

function failed(code: string, words: string, syscall: string, path?: string): Error {
    const message = `${code}: ${words}, ${syscall}${path === undefined ? "" : ` '${path}'`}`
    return Object.assign(new Error(message), { code, syscall, ...(path === undefined ? {} : { path }) })
}

const lines: readonly [Error, readonly string[]][] = [
    [
        failed("EROFS", "read-only file system", "open", "/r/x"),
        [
            "error: cannot write to /r/x",
            "because: read-only file system",
            "hint: mount it for writing, or clone the repository to a place that you can write to",
        ],
    ],
    [
        failed("EPERM", "operation not permitted", "rename", "/r/x"),
        [
            "error: cannot write to /r/x",
            "because: operation not permitted",
            "hint: see whose it is, and whether it is marked as immutable: ls -ld, lsattr -d /r/x",
        ],
    ],
    [
        failed("EIO", "i/o error", "read"),
        [
            "error: cannot read a file",
            "because: i/o error",
            "hint: the disk may be failing: see what the kernel says about it (dmesg)",
        ],
    ],
    [
        failed("EISDIR", "illegal operation on a directory", "read", "/r/x"),
        ["error: cannot read /r/x", "because: illegal operation on a directory"],
    ],
]
for (const [error, wanted] of lines) {
    test(`${error.message} is a sentence`, () => expect(explain(asSentence(error))).toEqual(wanted))
}

test("what somebody has worded already stays as it is, and has a remedy", () => {
    const error = new UserError("nothing was changed", { cause: failed("EIO", "i/o error", "fsync") })
    expect(asSentence(error)).toBe(error)
    expect(remedyOf(error)).toContain("dmesg")
    expect(remedyOf(new UserError("no key"))).toBeUndefined()
})

test("an error that the kernel really makes is one of these", () => {
    let error: unknown
    try {
        readFileSync("/proc/self/mem")
    } catch (thrown) {
        error = thrown
    }
    expect(explain(asSentence(error))[0]).toBe("error: cannot read a file")
    expect(remedyOf(error)).toContain("dmesg")
})
