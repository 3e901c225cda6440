import * as fc from "fast-check"
import { expect, test } from "vitest"
import { compileRegex } from "../../../agent/sops/regex/match.ts"

const matches = (pattern: string, text: string): boolean | undefined => compileRegex(pattern)?.(text)

// What Go says of each pattern: texts it matches, texts it does not.
const table: Record<string, { yes: string[]; no: string[] }> = {
    "^(data|stringData)$": { yes: ["data", "stringData"], no: ["dat", "mydata", "data\n"] },
    secret: { yes: ["secret", "my_secret_key"], no: ["Secret"] },
    "(?i)^PASS(word)?$": { yes: ["pass", "PassWord"], no: ["passw"] },
    "(?i:a)b": { yes: ["Ab", "ab"], no: ["aB"] },
    "a(?i)b|c": { yes: ["aB", "C"], no: ["Ab"] },
    "(a(?i)b)c": { yes: ["aBc"], no: ["aBC"] },
    "": { yes: ["", "x"], no: [] },
    "a{2,3}$": { yes: ["aa", "xaaa"], no: ["a"] },
    "^a{2}$": { yes: ["aa"], no: ["a", "aaa"] },
    "a{,2}": { yes: ["a{,2}"], no: ["aa"] },
    "x{": { yes: ["x{"], no: ["x"] },
    "^[^a-c]+$": { yes: ["xyz", "\n"], no: ["xbz"] },
    "^[]a]+$": { yes: ["]a]"], no: ["b"] },
    "^[a-]$": { yes: ["-", "a"], no: ["b"] },
    "^[[:alpha:]_]+$": { yes: ["aB_"], no: ["a1"] },
    "^[[:^digit:]]$": { yes: ["x"], no: ["5"] },
    "^[\\d\\s]+$": { yes: ["1 2"], no: ["\v", "٣"] },
    "^\\W$": { yes: ["é", "-"], no: ["a"] },
    "^\\pL+$": { yes: ["añж"], no: ["a1"] },
    "^\\p{Greek}\\P{Greek}$": { yes: ["αa"], no: ["aα"] },
    "^\\p{^Lu}$": { yes: ["a"], no: ["A"] },
    "\\Aab\\z": { yes: ["ab"], no: ["ab\n", "xab"] },
    "(?m)^b$": { yes: ["a\nb\nc"], no: ["a\nbb"] },
    "^a.b$": { yes: ["axb", "a😀b"], no: ["a\nb"] },
    "(?s)^a.b$": { yes: ["a\nb"], no: ["ab"] },
    "\\bcat\\b": { yes: ["a cat", "cat-a"], no: ["concat"] },
    "\\Bcat": { yes: ["concat"], no: ["cat"] },
    "\\Qa.b*\\E+": { yes: ["a.b***"], no: ["axb"] },
    "\\x41\\x{1F600}\\101": { yes: ["A😀A"], no: ["A"] },
    "\\.\\*\\_\\/": { yes: [".*_/"], no: ["a"] },
    "(?P<name>x)(?<other>y)": { yes: ["xy"], no: ["x"] },
    "a*?b+?c??$": { yes: ["b", "aabbc"], no: ["a"] },
    "^(?:a|b|)c$": { yes: ["ac", "c"], no: ["dc"] },
    "a(?i)*$": { yes: ["", "aa"], no: [] },
    "(?i)straße|\u212a": { yes: ["k", "K"], no: ["strasse"] },
    "^*": { yes: ["x"], no: [] },
}

for (const [pattern, { yes, no }] of Object.entries(table)) {
    test(`${JSON.stringify(pattern)} matches what it does in Go`, () => {
        for (const text of yes) expect([text, matches(pattern, text)]).toEqual([text, true])
        for (const text of no) expect([text, matches(pattern, text)]).toEqual([text, false])
    })
}

for (const pattern of [
    ..."[ ( ) a) (a * +a ?a a** a*** a{2}{3} a*+ (|*) [b-a] [[:foo:]] [a \\ \\8 \\1 \\Z \\C \\pX \\p{Nope} \\p{".split(
        " ",
    ),
    ..."(?=a) (?!a) (?<=a) (?<!a) (?>a) (?x)a (?P=n) (?P<n (?P<n!>a) (?i a{1001} a{3,2} (a{100}){100} \\x{110000} \\u0041 \\y".split(
        " ",
    ),
    "(".repeat(2000) + ")".repeat(2000),
]) {
    test(`${pattern.slice(0, 30)} is refused as in Go`, () => {
        expect(compileRegex(pattern)).toBeUndefined()
    })
}

test("agrees with JavaScript on what the two dialects share", () => {
    const atom = fc.constantFrom(
        "a",
        "b",
        "-",
        ".",
        "[ab]",
        "[^a]",
        "\\d",
        "\\w",
        "(?:a|b)",
        "(?:ab|)",
        "\\b",
        "^",
        "$",
        "é",
    )
    const operator = fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,2}", "{2,}", "*?")
    const piece = fc.tuple(atom, operator).map(([a, o]) => (/^(\\b|\^|\$)$/.test(a) ? a : a + o))
    const branch = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(""))
    const pattern = fc.array(branch, { minLength: 1, maxLength: 3 }).map((branches) => branches.join("|"))
    const text = fc
        .array(fc.constantFrom("a", "b", "-", "1", "é", "\n"), { maxLength: 8 })
        .map((parts) => parts.join(""))
    fc.assert(
        fc.property(pattern, text, (p, t) => {
            expect([p, t, matches(p, t)]).toEqual([p, t, new RegExp(p, "u").test(t)])
        }),
        { numRuns: 2000 },
    )
})

test("a pattern that would take JavaScript for ever is done at once", () => {
    expect(matches("^(a+)+$", `${"a".repeat(10_000)}b`)).toBe(false)
    expect(matches("(x+x+)+y", "x".repeat(10_000))).toBe(false)
})

test("work is limited", () => {
    expect(() => compileRegex("a?".repeat(15_000))).toThrow(/too large/)
    const costly = compileRegex("(a|b|ab|ba|aa){200}c")
    expect(() => costly?.("ab".repeat(100_000))).toThrow(/too long/)
})
