// Another engine for the same dialect as oracle: re2js, a port of RE2. It is asked the same questions about patterns that
// nobody thought of. HOSTSEAL_PATTERNS says how many.

import * as fc from "fast-check"
import { RE2JS } from "re2js"
import { expect, test } from "vitest"
import { compileRegex } from "../../../agent/sops/regex/match.ts"

const patterns = Number(process.env["HOSTSEAL_PATTERNS"] ?? 3000)
const textsEach = 15

const atoms = [
    ["a", "b", "A", "-", ".", "é", "😀", "_", "1", " ", "\\n", "[ab]", "[^a]", "[a-c-]", "[]a]", "[^\\d]"],
    ["[[:alpha:]]", "[[:^space:]_]", "[\\w-]", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\pL", "\\PL"],
    ["\\p{Lu}", "\\p{Greek}", "\\p{^Lu}", "\\x41", "\\x{e9}", "\\.", "\\Qa.\\E", "\\t", "\\101", "\\C"],
    ["\\Z", "\\1", "(?=a)", "[b-a]", "x{", "a{,2}", "\\pX", "\\x{110000}", "]", "}"],
].flat()
const atom = fc.constantFrom(...atoms)
const assertion = fc.constantFrom("^", "$", "\\A", "\\z", "\\b", "\\B")
const operators = "* + ? *? +? ?? {2} {1,2} {2,} {0} {0,1}? ** {3,2}".split(" ")
const operator = fc.constantFrom("", "", "", "", ...operators)
const groups = "( (?: ((?i) (?i: (?s: (?m: (?-s: (?P<n> (?U: (?ims:".split(" ")
const group = fc.constantFrom(...groups)

const { pattern } = fc.letrec<{ pattern: string; branch: string; piece: string }>((tie) => ({
    pattern: fc
        .array(tie("branch"), { minLength: 1, maxLength: 3, size: "max" })
        .map((branches) => branches.join("|")),
    branch: fc.array(tie("piece"), { maxLength: 5, size: "max" }).map((pieces) => pieces.join("")),
    piece: fc.oneof(
        { maxDepth: 3, depthSize: "small" },
        { arbitrary: fc.tuple(atom, operator).map(([one, times]) => one + times), weight: 6 },
        { arbitrary: assertion, weight: 1 },
        {
            arbitrary: fc
                .tuple(group, tie("pattern"), operator)
                .map(([open, inside, times]) => `${open}${inside})${times}`),
            weight: 2,
        },
    ),
}))
const characters = Array.from("abcABx-1_.{ \n\téÉαΩ😀")
const character = fc.constantFrom(...characters)
const text = fc.array(character, { maxLength: 8, size: "max" }).map((parts) => parts.join(""))

/** Each named group with a name of its own: Go allows two to share one, RE2 does not. */
function withOwnNames(source: string): string {
    let count = 0
    return source.replaceAll("<n>", () => `<n${count++}>`)
}

/** What RE2 says; `undefined` for a pattern that it refuses. */
function oracle(source: string): ((text: string) => boolean) | undefined {
    try {
        const compiled = RE2JS.compile(source)
        return (one) => compiled.matcher(one).find()
    } catch {
        return undefined
    }
}

test(`${patterns} patterns are taken or refused as in RE2, and match the same of ${textsEach} texts`, () => {
    let [taken, refused, matched] = [0, 0, 0]
    fc.assert(
        fc.property(
            pattern,
            fc.array(text, { minLength: textsEach, maxLength: textsEach, size: "max" }),
            (drawn, texts) => {
                const source = withOwnNames(drawn)
                const [ours, theirs] = [compileRegex(source), oracle(source)]
                expect([source, ours !== undefined]).toEqual([source, theirs !== undefined])
                if (ours === undefined || theirs === undefined) {
                    refused++
                    return
                }
                taken++
                for (const one of texts) {
                    const answer = ours(one)
                    expect([source, one, answer]).toEqual([source, one, theirs(one)])
                    if (answer) matched++
                }
            },
        ),
        { numRuns: patterns, seed: 11 },
    )
    // A generator that only makes nonsense would agree on everything.
    expect(taken).toBeGreaterThan(patterns / 4)
    expect(refused).toBeGreaterThan(patterns / 20)
    expect(matched / (taken * textsEach)).toBeGreaterThan(0.2)
    expect(matched / (taken * textsEach)).toBeLessThan(0.9)
})
