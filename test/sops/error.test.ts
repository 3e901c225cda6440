import { describe, expect, test } from "vitest"
import { lineAt, NoIdentityMatch } from "../../agent/sops/error.ts"

describe("a document that stays locked says why", () => {
    for (const [why, message] of [
        [
            { recipients: ["age1a", "pgp:F"], tried: ["age1x", "age1y"] },
            "no identity matches: the document is encrypted to age1a, pgp:F; tried age1x, age1y",
        ],
        [
            { recipients: ["age1a"], tried: [] },
            "no identity matches: the document is encrypted to age1a; there is no identity to try",
        ],
        [
            { recipients: ["pgp:F", "kms:arn"], tried: ["age1x"] },
            "no age identity can open this: the document is encrypted to pgp:F, kms:arn only; tried age1x",
        ],
        [
            { recipients: ["age1a", "age1b"], tried: ["age1a"], groups: 3, threshold: 2, opened: 1 },
            "1 of the 2 key groups needed could be opened: the document is encrypted to age1a, age1b; tried age1a",
        ],
    ] as const) {
        test(message, () => {
            expect(new NoIdentityMatch({ ...why, failures: [] }).message).toBe(message)
        })
    }

    test("with what only others could open, and what failed", () => {
        const failure = new Error("the key for age1a is damaged")
        const one = new NoIdentityMatch({ recipients: ["age1a", "pgp:F"], tried: [], failures: [failure] })
        expect(one.foreign).toEqual(["pgp:F"])
        expect(one.cause).toBe(failure)
        const two = new NoIdentityMatch({ recipients: [], tried: [], failures: [failure, failure] })
        expect(two.cause).toMatchObject({ errors: [failure, failure] })
    })
})

test("recipients that fill pages are cut in the message, not in the field", () => {
    const long = `age1pq1${"q".repeat(1950)}`
    const error = new NoIdentityMatch({ recipients: [long], tried: [long], failures: [] })
    expect(error.message.length).toBeLessThan(250)
    expect([error.recipients, error.tried]).toEqual([[long], [long]])
})

test("lines are counted from one", () => {
    expect([0, 1, 2, 3, 9].map((offset) => lineAt("a\n\nb", offset))).toEqual([1, 1, 2, 3, 3])
})
