import { describe, expect, test } from "vitest"
import { dropsClouds, whyLeftOut } from "../../agent/repo/ruled-change.ts"
import type { RuledFile } from "../../agent/repo/verify-ruled.ts"

const kms = "kms:arn:aws:kms:eu-central-1:1:key/one"
const other = "kms:arn:aws:kms:eu-central-1:1:key/two"
const spelled = (recipient: string): string => recipient.toLowerCase()

/** Why a file with these key groups is left out, by a rule with those. */
const why = (groups: string[][], rule: string[][] | undefined): string | undefined =>
    whyLeftOut({ kind: "sealed", groups, options: "" }, rule, spelled)

describe("a file is left to sops", () => {
    test("when it cannot be read", () => {
        const file: RuledFile = { kind: "unreadable", problem: "?" }
        expect(whyLeftOut(file, [["age1a"]], spelled)).toContain("cannot be read")
    })
    test("when it or its rule has several key groups", () => {
        expect(why([["age1a"], ["age1b"]], [["age1a"]])).toContain("several key groups")
        expect(why([["age1a"]], [["age1a"], ["age1b"]])).toContain("several key groups")
        expect(why([["age1a"]], [["age1a", "age1b"]])).toBeUndefined()
    })
    test("when nobody could open it afterwards", () => {
        expect(why([["age1a"]], [[]])).toContain("names no key")
        expect(why([["age1a"]], [])).toContain("names no key")
    })
    test("when a key in a cloud comes", () => {
        expect(why([["age1a"]], [["age1a", kms]])).toContain("keys in a cloud")
        expect(why([["age1a", kms]], [["age1a", other]])).toContain("keys in a cloud")
    })
    test("when somebody is to lose a file that has a key in a cloud", () => {
        expect(why([["age1a", "age1b", kms]], [["age1a", kms]])).toContain("keys in a cloud")
    })
})

describe("a file is brought to its rule", () => {
    test("when somebody comes to a file that has a key in a cloud", () => {
        expect(why([["age1a", kms]], [["age1a", "age1b", kms]])).toBeUndefined()
        expect(why([["age1a", kms]], [["age1a", "kms:"]])).toBeUndefined()
    })
    test("when its rule takes all keys in a cloud out, be it with others", () => {
        expect(why([["age1a", "age1b", kms, other]], [["age1a"]])).toBeUndefined()
        const sealed = (...group: string[]): RuledFile => ({ kind: "sealed", groups: [group], options: "" })
        expect(dropsClouds(sealed("age1a", kms), [["age1a"]])).toBe(true)
        expect(dropsClouds(sealed("age1a", kms), [["age1a", kms]])).toBe(false)
        expect(dropsClouds(sealed("age1a", "pgp:AA"), [["age1a"]])).toBe(false)
        expect(dropsClouds(sealed("age1a", kms), undefined)).toBe(false)
    })
    test("when a key is spelled in another way", () => {
        expect(why([["AGE1A", kms]], [["age1a", kms]])).toBeUndefined()
    })
    test("when a PGP key comes or goes, which is in no cloud", () => {
        expect(why([["age1a", "pgp:AA"]], [["age1a"]])).toBeUndefined()
    })
    test("or stays with those for whom it is, without a rule", () => {
        expect(why([["age1a", kms]], undefined)).toBeUndefined()
        expect(why([[]], undefined)).toContain("names no key")
    })
})
