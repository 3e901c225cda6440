import { describe, expect, test } from "vitest"
import { type Named, problemOfName, problemOfOldName } from "../../agent/repo/names.ts"

const long = (length: number): string => "a".repeat(length)

describe("a new name", () => {
    const good: Record<Named, readonly string[]> = {
        user: ["alice", "_nix", "a", "a-b_c1", long(32)],
        group: ["admins", "web-1"],
        machine: ["web01", "UPPER", "my_machine", "a", "1-2", long(63)],
        secret: ["wifi", "web-01-age.key", "UPPER_case.1", "_x", long(200)],
    }
    const bad: Record<Named, readonly string[]> = {
        user: ["", "Alice", "1alice", "-a", "a b", "a/b", "..", "a.b", "alice\n", "älice", long(33)],
        group: ["Admins", "..", "a\0", ""],
        machine: ["-web", "web-", "web_", "a.b", "", "..", "web\n", "a/b", long(64)],
        secret: [
            "",
            ".",
            "..",
            ".hidden",
            "-x",
            "a/b",
            "../x",
            "a b",
            "a\nb",
            "a\n",
            "a\0b",
            "é",
            "a%b",
            long(201),
        ],
    }
    for (const kind of ["user", "group", "machine", "secret"] as const) {
        test.each(good[kind])(`of a ${kind} may be "%s"`, (name) => {
            expect(problemOfName(kind, name)).toBeUndefined()
            expect(problemOfOldName(kind, name)).toBeUndefined()
        })
        test.each(bad[kind])(`of a ${kind} may not be "%s"`, (name) => {
            expect(problemOfName(kind, name)).toMatch(/./u)
        })
    }
})

describe("what other programs have made", () => {
    test.each([".hidden", "-x", long(255), "1_.-"])("a secret called %s can be named", (name) => {
        expect(problemOfOldName("secret", name)).toBeUndefined()
    })
    test.each(["Alice", "1alice", "UPPER-", "web_"])(
        "a user, group or machine called %s can be named",
        (name) => {
            for (const kind of ["user", "group", "machine"] as const)
                expect(problemOfOldName(kind, name)).toBeUndefined()
        },
    )
    const outside = ["", ".", "..", "a/b", "/", "a\\b", "a\0", "a\n", "a b", "\u202Ea", long(256)]
    test.each(outside)("nothing called %j is looked at", (name) => {
        for (const kind of ["user", "group", "machine", "secret"] as const)
            expect(problemOfOldName(kind, name)).toMatch(/./u)
    })
})
