import { describe, expect, test } from "vitest"
import { SopsError } from "../../../agent/sops/error.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"
import { entries } from "../outline.ts"

function read(source: string): unknown {
    return yaml.parse(source, "plain").documents.map((document) => entries(document))
}

describe("reads", () => {
    for (const [why, source, expected] of [
        [
            "nested blocks",
            "a:\n  b:\n   - c\n   -\n     d: e\n",
            [[{ a: { mapping: [{ b: ["c", { mapping: [{ d: "e" }] }] }] } }]],
        ],
        ["a list that is not indented", "a:\n- b\n- c\nd: e\n", [[{ a: ["b", "c"] }, { d: "e" }]]],
        ["lists in lists", "a:\n - - b\n   - c\n - - - d\n", [[{ a: [["b", "c"], [["d"]]] }]]],
        [
            "values that are missing",
            "a:\nb: \nc:\n  -\n  - d\n",
            [[{ a: "null" }, { b: "null" }, { c: ["null", "d"] }]],
        ],
        [
            "explicit keys",
            "? a\n: b\n? c\n? |\n  d\n: - e\n",
            [[{ a: "b" }, { c: "null" }, { "d\n": ["e"] }]],
        ],
        ["a colon without a key in its line", "? a\n:\n  b\n", [[{ a: "b" }]]],
        [
            "brackets",
            "a: [b, 'c', [d], {e: f, g}, h: i,]\n",
            [[{ a: ["b", "c", ["d"], { mapping: [{ e: "f" }, { g: "null" }] }, { mapping: [{ h: "i" }] }] }]],
        ],
        [
            "brackets over lines, whatever the indentation",
            "a: {b: [\nc,\n  d\n ], e:\nf}\n",
            [[{ a: { mapping: [{ b: ["c", "d"] }, { e: "f" }] } }]],
        ],
        ["JSON", '{"a":"b","c":[1,true,null]}', [[{ a: "b" }, { c: ["int 1", "bool true", "null"] }]]],
        ["a mapping that is indented", "  a: b\n  c: d\n", [[{ a: "b" }, { c: "d" }]]],
        [
            "several documents",
            "a: b\n---\nc: d\n...\n---\n---\ne: f\n",
            [[{ a: "b" }], [{ c: "d" }], [], [{ e: "f" }]],
        ],
        ["a document start and a directive", "%YAML 1.1\n---\na: b\n", [[{ a: "b" }]]],
        ["an empty document", "---\n", [[]]],
        ["null for a document", "~\n", [[]]],
        [
            "anchors that nobody refers to",
            "a: &x b\nc: &y\n  d: e\n",
            [[{ a: "b" }, { c: { mapping: [{ d: "e" }] } }]],
        ],
        [
            "tags on collections, which mean nothing",
            "a: !!map {b: c}\nd: !x [e]\n",
            [[{ a: { mapping: [{ b: "c" }] } }, { d: ["e"] }]],
        ],
        ["line ends of Windows", "a:\r\n  - b\r\n  - c\r\nd: e\r\n", [[{ a: ["b", "c"] }, { d: "e" }]]],
        ["line ends of old Macs", "a:\r  - b\rd: e\r", [[{ a: ["b"] }, { d: "e" }]]],
        [
            "keys that a plain object would lose or move",
            "10: a\n".replace("10", '"10"') + '"2": b\n__proto__: c\nconstructor: d\n',
            [[{ 10: "a" }, { 2: "b" }, Object.fromEntries([["__proto__", "c"]]), { constructor: "d" }]],
        ],
        ["old booleans as keys", "yes: a\non: b\nn: c\n", [[{ yes: "a" }, { on: "b" }, { n: "c" }]]],
    ] as const)
        test(why, () => {
            expect(read(source)).toEqual(expected)
        })
})

describe("refuses", () => {
    for (const [why, source, problem, line] of [
        ["nothing", "", "syntax", undefined],
        ["nothing but comments", "# CANARY\n\n", "syntax", undefined],
        ["a list for a document", "- CANARY\n", "unsupported", 1],
        ["a scalar for a document", "CANARY\n", "unsupported", 1],
        ["a list for a second document", "a: b\n---\n- CANARY\n", "unsupported", 3],
        ["a key without a colon", "a: b\nCANARY\nc: d\n", "syntax", 2],
        ["a second colon", "a: b\nc: CANARY: d\n", "syntax", 2],
        ["a line that is indented too little", "a:\n    b: c\n  CANARY: d\n", "syntax", 3],
        ["a line that is indented too much", "a: b\n  CANARY: d\n", "syntax", 2],
        ["an element without its dash", "a:\n  - b\n  CANARY\n", "syntax", 3],
        ["a list behind a key", "a: - CANARY\n", "syntax", 1],
        ["a mapping behind an explicit value", "a: b\n? - c\n  CANARY\n", "syntax", 3],
        ["brackets that do not close", "a: [CANARY, b\n", "syntax", 2],
        ["brackets that close otherwise", "a: [CANARY}\n", "syntax", 1],
        ["brackets that nobody opened", "a: CANARY]\n]\n", "syntax", 2],
        ["a comma too many", "a: [CANARY,, b]\n", "syntax", 1],
        ["a missing comma", "a: ['CANARY' b]\n", "syntax", 1],
        ["text behind brackets", "a: [CANARY] b\n", "syntax", 1],
        ["a document without a start", "a: b\n...\nCANARY: d\n", "syntax", 3],
        ["another version of YAML", "%YAML 1.2\n---\na: CANARY\n", "syntax", 1],
        ["a directive for tags", "%TAG ! tag:CANARY\n---\na: b\n", "syntax", 1],
        ["a tag with an unknown handle", "a: !CANARY!b c\n", "syntax", 1],
        ["a tag with an escape", "a: !CANARY%41 c\n", "syntax", 1],
        ["an anchor without a name", "a: & CANARY\n", "syntax", 1],
        ["an alias without a name", "a: * \n", "syntax", 1],
        ["an alias of nothing", "a: *CANARY\n", "syntax", 1],
        ["a value that starts with an at sign", "a: @CANARY\n", "syntax", 1],
        ["a value that starts with a backtick", "a: `CANARY`\n", "syntax", 1],
        ["a value that starts with a percent sign", "a: %CANARY\n", "syntax", 1],
        ["tabs for indentation", "a:\n\tb: CANARY\n", "syntax", 2],
        ["a key that is too long", `${"x".repeat(1025)}: CANARY\n`, "syntax", 1],
        ["a key over two lines", "'CAN\n ARY': b\n", "syntax", undefined],
        ["a key that is a number", "1: CANARY\n", "unsupported", 1],
        ["a key that is null", "~: CANARY\n", "unsupported", 1],
        ["a key that is a boolean", "true: CANARY\n", "unsupported", 1],
        ["a key that is a list", "a: b\n? [CANARY]\n: d\n", "unsupported", 2],
        ["a key twice", "a: b\nc:\n  CANARY: d\n  e: f\n  CANARY: g\n", "syntax", 5],
        ["a key twice, once in quotes", "'CANARY': b\nCANARY: d\n", "syntax", 2],
        ["a key twice in a second document", "a: b\n---\nCANARY: d\nCANARY: d\n", "syntax", 4],
        ["a value that is not what its tag says", "a: !!int CANARY\n", "syntax", 1],
        ["an integer that sops refuses", "a: 9223372036854775808\n", "unsupported", 1],
    ] as const)
        test(why, () => {
            const error = failure(source)
            expect(error).toBeInstanceOf(SopsError)
            expect(error).toMatchObject({ problem, ...(line === undefined ? {} : { line }) })
            expect(String(error)).not.toMatch(/CANARY|CAN|9223/)
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
