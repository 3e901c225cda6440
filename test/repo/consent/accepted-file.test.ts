import { describe, expect, test } from "vitest"
import type { Accepted, Lesson } from "../../../agent/repo/consent/accepted.ts"
import {
    lessonSchema,
    parseAccepted,
    printAccepted,
    readLesson,
    writeLesson,
} from "../../../agent/repo/consent/accepted-file.ts"

const list: Accepted = {
    trusted: "c0ffee",
    strict: true,
    users: new Map([["alice", ["age1alice"]]]),
    machines: new Map([["web01", []]]),
    groups: new Map([["admins", { users: ["alice"], machines: ["web01"] }]]),
    secrets: new Map([
        ["sops/secrets/a", { recipients: ["age1alice", "age1bob"], groups: ["admins"] }],
        [
            "sops/secrets/b",
            {
                recipients: ["age1alice", "age1bob"],
                groups: [],
                unobeyed: ["age1web"],
                iv: "iv",
                past: ["older", "old"],
                blob: "blob",
                key: "key",
            },
        ],
        ["sops/secrets/c", { recipients: [], groups: [] }],
    ]),
}

describe("the list as text", () => {
    test("is read as it was written", () => {
        expect(parseAccepted(printAccepted(list))).toEqual(list)
    })
    test("has the same readers once, and each name in a line", () => {
        const text = printAccepted(list)
        expect(text.match(/"age1alice","age1bob"/gu)).toHaveLength(1)
        expect(text.split("\n").filter((line) => line.startsWith('"sops/secrets/'))).toHaveLength(3)
        expect(text).not.toContain("undefined")
    })
    test("says no commit where there was none", () => {
        const fresh = { ...list, trusted: undefined, strict: false }
        expect(printAccepted(fresh)).not.toContain("trusted")
        expect(parseAccepted(printAccepted(fresh))).toEqual(fresh)
    })
    test.each(["", "[]", "{}", '{"version":2}', printAccepted(list).replace('"version":1', '"version":2')])(
        "is nothing when it is another text: %j",
        (text) => {
            expect(parseAccepted(text)).toBeUndefined()
        },
    )
    test("gives a secret nobody whose readers are not there", () => {
        const text = printAccepted(list).replaceAll('"readers":0', '"readers":7')
        expect(parseAccepted(text)?.secrets.get("sops/secrets/a")?.recipients).toEqual([])
    })
})

test("a lesson is read as it was written, also what is to be forgotten", () => {
    const lesson: Lesson = {
        users: new Map([
            ["alice", ["age1alice"]],
            ["bob", undefined],
        ]),
        machines: new Map([["web01", undefined]]),
        groups: new Map([
            ["admins", { users: ["alice"], machines: [] }],
            ["old", undefined],
        ]),
        secrets: new Map([
            ["sops/secrets/a", { recipients: ["age1alice"], groups: ["admins"], iv: "iv" }],
            ["sops/secrets/gone", undefined],
        ]),
        strict: true,
    }
    const written = lessonSchema.parse(JSON.parse(JSON.stringify(writeLesson(lesson))))
    const read = readLesson(written)
    expect(read).toEqual(lesson)
    expect(read.secrets.has("sops/secrets/gone")).toBe(true)
    expect(writeLesson({ ...lesson, strict: undefined })).not.toHaveProperty("strict")
})
