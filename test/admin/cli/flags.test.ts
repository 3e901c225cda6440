import { describe, expect, test } from "vitest"
import { flagsOf } from "../../../agent/admin/cli/flags.ts"

const terminals = { stdin: true, stdout: true, stderr: true }
const none = { stdin: false, stdout: false, stderr: false }

describe("colours", () => {
    for (const [what, values, env, isTerminal, expected] of [
        ["on a terminal", {}, {}, terminals, true],
        ["not on a pipe", {}, {}, none, false],
        ["not with NO_COLOR", {}, { NO_COLOR: "1" }, terminals, false],
        ["with an empty NO_COLOR", {}, { NO_COLOR: "" }, terminals, true],
        ["not on a dumb terminal", {}, { TERM: "dumb" }, terminals, false],
        ["always, if told so", { color: "always" }, { NO_COLOR: "1" }, none, true],
        ["never, if told so", { color: "never" }, {}, terminals, false],
        ["never with --no-color", { noColor: true, color: "always" }, {}, terminals, false],
    ] as const) {
        test(what, () => {
            const { color } = flagsOf(values, env, isTerminal)
            expect([color.stdout, color.stderr]).toEqual([expected, expected])
        })
    }
    test("each stream for itself, and asked only when needed", () => {
        const { color } = flagsOf({}, {}, { ...none, stderr: true })
        expect([color.stdout, color.stderr]).toEqual([false, true])
    })
})

describe("whether to commit", () => {
    for (const [value, expected] of [
        ["1", true],
        ["true", true],
        ["anything", true],
        ["", false],
        ["0", false],
        ["false", false],
        ["No", false],
    ] as const) {
        test(`CLAN_NO_COMMIT=${value}: ${expected ? "no" : "yes"}`, () => {
            expect(flagsOf({}, { CLAN_NO_COMMIT: value }, none).noCommit).toBe(expected)
        })
    }
    test("--no-commit", () => expect(flagsOf({ noCommit: true }, {}, none).noCommit).toBe(true))
})

test("more words for more talk", () => {
    expect(
        [{}, { verbose: true }, { debug: true }].map((values) => flagsOf(values, {}, none).verbose),
    ).toEqual([0, 1, 3])
})
