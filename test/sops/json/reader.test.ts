import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { readJson } from "../../../agent/sops/json/reader.ts"
import { writeJson } from "../../../agent/sops/json/writer.ts"
import type { Value } from "../../../agent/sops/tree.ts"
import { cpuTime } from "../../cpu-time.ts"

/** The tree as plain lists, to compare. */
function plain(value: Value): unknown {
    if (value.kind === "leaf") return "value" in value.scalar ? value.scalar.value : null
    if (value.kind === "list")
        return value.items.map((item) => (item.kind === "comment" ? item : plain(item)))
    return value.items.map((item) => (item.kind === "comment" ? item : [item.key, plain(item.value)]))
}

describe("reads", () => {
    for (const [text, expected] of [
        [
            '{"2":1,"10":2,"__proto__":3,"2":4}',
            [
                ["2", 1n],
                ["10", 2n],
                ["__proto__", 3n],
                ["2", 4n],
            ],
        ],
        [
            ' \n{ "a" : [ ] , "b" : { } }\r\n',
            [
                ["a", []],
                ["b", []],
            ],
        ],
        [
            '{"a":[1,[null,"",true,false],{"b":-1.5e3}]}',
            [["a", [1n, [null, "", true, false], [["b", -1500]]]]],
        ],
        ['{"\\u0061\\n\\"\\\\":"\\ud83d\\ude00é/\\/"}', [['a\n"\\', "😀é//"]]],
        [
            '{"a":"\\ud800","b":"\\udc00\\ud83dx"}',
            [
                ["a", "\ufffd"],
                ["b", "\ufffd\ufffdx"],
            ],
        ],
        [
            '{"a":9007199254740993,"b":1.0}',
            [
                ["a", 9007199254740993n],
                ["b", 1],
            ],
        ],
    ] as const) {
        test(text, () => {
            expect(plain(readJson(text))).toEqual(expected)
        })
    }

    test("what JSON.parse reads, and nothing else", () => {
        const pieces = fc.constantFrom(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            '"a"',
            '"',
            "\\",
            "1",
            "-",
            ".",
            "e5",
            "0",
            "true",
            "nul",
            " ",
            "\u0007",
            "\\u12",
        )
        fc.assert(
            fc.property(
                fc.array(pieces, { maxLength: 12 }).map((parts) => `{"k":${parts.join("")}}`),
                (text) => {
                    let valid = true
                    try {
                        JSON.parse(text, (_, value: unknown) => {
                            if (value === Infinity || value === -Infinity) valid = false
                            return value
                        })
                    } catch {
                        valid = false
                    }
                    // Both take the same texts; numbers beyond a double are none here.
                    if (valid) expect(() => readJson(text)).not.toThrow()
                    else expect(() => readJson(text)).toThrow(expect.objectContaining({ problem: "syntax" }))
                },
            ),
            { numRuns: 3000 },
        )
    })

    test("and writes any value that JSON.stringify writes, back to the same value", () => {
        fc.assert(
            fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
                const text = JSON.stringify(value, null, "\t")
                expect(JSON.parse(writeJson(readJson(text)))).toEqual(JSON.parse(text))
            }),
        )
    })
})

test("every node knows its place", () => {
    const text = '{ "a": [1, "x\\n"], "b": {"c": null} }'
    const at = (value: { readonly at?: { start: number; end: number } } | undefined): string =>
        value?.at === undefined ? "" : text.slice(value.at.start, value.at.end)
    const document = readJson(text)
    const [a, b] = document.items
    expect(at(document)).toBe(text)
    expect([at(a), at(b)]).toEqual(['"a": [1, "x\\n"]', '"b": {"c": null}'])
    const list = a?.kind === "item" && a.value.kind === "list" ? a.value : undefined
    expect([at(list), ...(list?.items ?? []).map(at)]).toEqual(['[1, "x\\n"]', "1", '"x\\n"'])
})

describe("refuses with a line and without the content", () => {
    for (const text of [
        "",
        "\ufeff{}",
        "[]",
        '"CANARY"',
        '{"CANARY":1,}',
        '{"a":1}{"CANARY":2}',
        '{"a":1} CANARY',
        '{"a":CANARY}',
        '{"a":"CANARY\n"}',
        '{"a":"CANARY\\x"}',
        '{"a":"CANARY',
        '{"a":01}',
        '{"a":1e400}',
        "{'a':1}",
        '{"a" 1}',
        '{"a":}',
        "{a:1}",
    ]) {
        test(JSON.stringify(text), () => {
            expect(() => readJson(text)).toThrow(/^line \d+: (?!.*CANARY)/)
            expect(() => readJson(text)).toThrow(
                expect.objectContaining({ name: "SopsError", problem: "syntax" }),
            )
        })
    }

    test("the line is the right one", () => {
        expect(() => readJson('{\n"a": 1,\n"b": ?\n}')).toThrow(/^line 3: /)
    })
})

describe("is not brought down by", () => {
    test("nesting", () => {
        const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`
        expect(() => readJson(nested(64))).not.toThrow()
        expect(() => readJson(nested(65))).toThrow(expect.objectContaining({ problem: "limit" }))
        expect(() => readJson(`{"a":${"[".repeat(1_000_000)}`)).toThrow(
            expect.objectContaining({ problem: "limit" }),
        )
    })

    for (const [name, text] of Object.entries({
        "a long string of escapes": `{"a":"${"\\n".repeat(2_000_000)}"}`,
        "a long run of backslashes": `{"a":"${"\\\\".repeat(2_000_000)}"}`,
        "a string that never ends": `{"a":"${'\\"'.repeat(2_000_000)}`,
        "a long number": `{"a":${"1".repeat(2_000_000)}.5}`,
        "much space": `{${" ".repeat(4_000_000)}}`,
        "many keys": `{${'"a":1,'.repeat(500_000)}"a":1}`,
    })) {
        test(name, () => {
            const start = cpuTime()
            try {
                readJson(text)
            } catch (error) {
                expect(error).toMatchObject({ problem: name === "many keys" ? "limit" : "syntax" })
            }
            expect(cpuTime() - start).toBeLessThan(5000)
        })
    }
})
