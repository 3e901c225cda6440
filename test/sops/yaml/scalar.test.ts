import { describe, expect, test } from "vitest"
import { SopsError } from "../../../agent/sops/error.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"
import { entries } from "../outline.ts"

function read(source: string): unknown {
    return entries(yaml.parse(source, "plain").documents[0])
}

describe("reads", () => {
    for (const [why, source, value] of [
        ["a plain scalar", "a: b c", "b c"],
        ["a plain scalar over lines", "a: b\n  c\n  d", "b c d"],
        ["a plain scalar with empty lines", "a: b\n\n\n  c", "b\n\nc"],
        ["a plain scalar with a colon and a hash within words", "a: b:c#d", "b:c#d"],
        ["a plain scalar before a comment", "a: b  # c", undefined],
        ["a plain scalar that starts with a dash", "a: -b", "-b"],
        ["a plain scalar that starts with a question mark", "a: ?b", "?b"],
        ["a plain scalar that starts with a colon", "a: :b", ":b"],
        ["a plain scalar in brackets", "a: [b c]", ["b c"]],
        ["a colon that ends nothing in brackets", "a: [b:c]", ["b:c"]],
        ["single quotes", "a: 'b ''c'' \"d\" \\n'", "b 'c' \"d\" \\n"],
        ["single quotes over lines", "a: 'b\n\n  c\n  d'", "b\nc d"],
        ["double quotes", 'a: "b \'c\' \\"d\\""', "b 'c' \"d\""],
        [
            "every escape",
            '"a": "\\0\\a\\b\\t\\\t\\n\\v\\f\\r\\e\\ \\"\\\'\\\\\\N\\_\\L\\P"',
            "\0\x07\b\t\t\n\v\f\r\x1b \"'\\\x85\xa0\u2028\u2029",
        ],
        ["escapes by number", 'a: "\\x41\\u00e9\\U0001F600"', "Aé😀"],
        ["double quotes over lines", 'a: "b  \n  c\n\n  d"', "b c\nd"],
        ["an escaped line break", 'a: "b \\\n   c"', "b c"],
        ["an escaped line break before empty lines", 'a: "b\\\n\n\n  c"', "b\n\nc"],
        ["blanks at the ends of quotes", "a: '  b  '", "  b  "],
        ["a literal block", "a: |\n  b\n   c\n  d\n", "b\n c\nd\n"],
        ["a literal block, stripped", "a: |-\n  b\n\n\n", "b"],
        ["a literal block, kept", "a: |+\n  b\n\n\n", "b\n\n\n"],
        ["a literal block with an indentation", "a: |2-\n   b\n  c", " b\nc"],
        ["a literal block, indicators the other way round", "a: |-1\n  b", " b"],
        ["a literal block with leading empty lines", "a: |\n\n\n  b\n", "\n\nb\n"],
        ["a literal block without lines", "a: |\nb: c", ""],
        ["a literal block without a last line break", "a: |\n  b", "b"],
        ["a literal block with a line of spaces", "a: |\n  b\n     \n  c\n", "b\n   \nc\n"],
        ["a folded block", "a: >\n  b\n  c\n\n  d\n", "b c\nd\n"],
        ["a folded block with deeper lines", "a: >\n  b\n    c\n    d\n  e\n", "b\n  c\n  d\ne\n"],
        ["a folded block that starts with an empty line", "a: >\n\n  b\n  c", "\nb c"],
        ["line ends of Windows in every style", "a: |\r\n  b\r\n  c\r\n", "b\nc\n"],
        ["next line, line and paragraph separators", "a: 'b\x85  c\u2028  d'", "b c\u2028d"],
        ["a byte order mark in front", "\ufeffa: b", "b"],
        ["a tab between key and value", "a:\tb", "b"],
    ] as const)
        test(why, () => {
            const document = read(source)
            if (value === undefined) expect(document).toEqual(["-# c", { a: "b" }])
            else expect(document).toContainEqual({ a: value })
        })
})

describe("refuses", () => {
    for (const [why, source] of [
        ["quotes that do not end", 'a: "CANARY'],
        ["single quotes that do not end", "a: 'CANARY\n"],
        ["quotes that a document start cuts", 'a: "CANARY\n--- b"'],
        ["an escape that is not known", 'a: "CANARY\\q"'],
        ["an escape cut short", 'a: "CANARY\\u00e"'],
        ["an escape of half a character", 'a: "CANARY\\ud83d"'],
        ["an escape beyond Unicode", 'a: "CANARY\\U00110000"'],
        ["a block scalar indented by nothing", "a: |0\n  CANARY"],
        ["text behind the indicator of a block scalar", "a: | CANARY\n  b"],
        ["a tab for indentation in a block scalar", "a: |\n\tCANARY"],
        ["a tab for indentation in a plain scalar", "a: CANARY\n\tb"],
        ["a NUL", "a: CANARY\0"],
        ["a control character", "a: CANARY\x1b"],
        ["a DEL", "a: CANARY\x7f"],
        ["a C1 control character", "a: CANARY\x9f"],
        ["a non-character", "a: CANARY\uffff"],
    ] as const)
        test(why, () => {
            const error = failure(source)
            expect(error).toBeInstanceOf(SopsError)
            expect(error).toMatchObject({ problem: "syntax" })
            expect(String(error)).not.toContain("CANARY")
            expect(String(error)).toMatch(/line \d+: /)
        })
})

function failure(source: string): unknown {
    try {
        yaml.parse(source, "plain")
    } catch (error) {
        return error
    }
    return undefined
}
