import { expect, test } from "vitest"
import { parseOutcome } from "../../../../agent/admin/generate/script/inside.ts"

test("what comes back is read", () => {
    const text = `exit 0\nfile a ${Buffer.from("CANARY").toString("base64")}\nfile empty \nlink l\nextra b\\ c\n`
    expect(parseOutcome(text)).toEqual({
        status: 0,
        files: new Map([
            ["a", Buffer.from("CANARY")],
            ["empty", Buffer.alloc(0)],
        ]),
        odd: new Map([["l", "link"]]),
        extra: ["b\\ c"],
    })
})

test.each([
    ["what ends early", "exit 0\nfile a Q0FO"],
    ["nothing", ""],
    ["another beginning", "file a Q0FO\n"],
    ["a second end", "exit 0\nexit 1\n"],
])("%s is none", (_what, text) => {
    expect(parseOutcome(text)).toBeUndefined()
})
