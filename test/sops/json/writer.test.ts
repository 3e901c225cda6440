import { describe, expect, test } from "vitest"
import { writeJson } from "../../../agent/sops/json/writer.ts"
import type { Scalar, Value } from "../../../agent/sops/tree.ts"

const leaf = (scalar: Scalar): Value => ({ kind: "leaf", scalar })
const written = (value: Value): string =>
    writeJson({ kind: "branch", items: [{ kind: "item", key: "k", value }] })

describe("prints as sops 3.13.2", () => {
    for (const [scalar, text] of [
        [
            { kind: "str", value: "<&>\u2028\u2029\b\f\n\r\t\u0001/\u007fé😀\ufeff" },
            '"\\u003c\\u0026\\u003e\\u2028\\u2029\\b\\f\\n\\r\\t\\u0001/\u007fé😀\ufeff"',
        ],
        [{ kind: "str", value: Buffer.from("\u2028<") }, '"\\u2028\\u003c"'],
        // A byte that belongs to no character is an escape, the character U+FFFD itself is not.
        [
            { kind: "str", value: Buffer.from([0x61, 0xff, 0xe2, 0x82, 0xef, 0xbf, 0xbd, 0xc3, 0xa9]) },
            '"a\\ufffd\\ufffd\\ufffd\ufffdé"',
        ],
        [{ kind: "int", value: 9007199254740993n }, "9007199254740993"],
        [{ kind: "float", value: -0 }, "-0"],
        [{ kind: "float", value: 1e21 }, "1e+21"],
        [{ kind: "float", value: 1e-7 }, "1e-7"],
        [{ kind: "float", value: 1 }, "1"],
        [{ kind: "bool", value: true }, "true"],
        [{ kind: "time", value: "2026-01-01T00:00:00Z" }, '"2026-01-01T00:00:00Z"'],
        [{ kind: "null" }, "null"],
    ] satisfies [Scalar, string][]) {
        test(text, () => {
            expect(written(leaf(scalar))).toBe(`{\n\t"k": ${text}\n}\n`)
        })
    }

    test("containers, without comments", () => {
        const comment = { kind: "comment", text: "CANARY", inline: false } as const
        expect(written({ kind: "list", items: [comment] })).toBe('{\n\t"k": []\n}\n')
        expect(written({ kind: "branch", items: [comment] })).toBe('{\n\t"k": {}\n}\n')
        expect(
            written({ kind: "list", items: [comment, leaf({ kind: "null" }), { kind: "list", items: [] }] }),
        ).toBe('{\n\t"k": [\n\t\tnull,\n\t\t[]\n\t]\n}\n')
    })
})

test("refuses what JSON has no number for", () => {
    expect(() => written(leaf({ kind: "float", value: Infinity }))).toThrow(/infinity/)
})
