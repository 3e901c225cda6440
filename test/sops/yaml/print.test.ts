import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseAllDocuments } from "yaml"
import type { Branch, Comment, Item, Leaf, List, Scalar, Value } from "../../../agent/sops/tree.ts"
import { printYaml } from "../../../agent/sops/yaml/print.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"
import { entries, outline } from "../outline.ts"

function leaf(value: string): Leaf {
    return { kind: "leaf", scalar: { kind: "str", value } }
}

function item(key: string, value: Value): Item {
    return { kind: "item", key, value }
}

function branch(...items: (Item | Comment)[]): Branch {
    return { kind: "branch", items }
}

function list(...items: (Value | Comment)[]): List {
    return { kind: "list", items }
}

function comment(text: string, inline = false): Comment {
    return { kind: "comment", text, inline }
}

// As printed by sops 3.13.2.
describe("prints", () => {
    for (const [why, document, expected] of [
        ["an empty document", branch(), "{}\n"],
        ["empty collections", branch(item("a", branch()), item("b", list())), "a: {}\nb: []\n"],
        [
            "nested collections",
            branch(
                item(
                    "a",
                    branch(
                        item(
                            "b",
                            list(
                                leaf("c"),
                                list(leaf("d"), leaf("e")),
                                branch(item("f", leaf("g")), item("h", branch(item("i", leaf("j"))))),
                            ),
                        ),
                    ),
                ),
            ),
            "a:\n    b:\n        - c\n        - - d\n          - e\n        - f: g\n          h:\n            i: j\n",
        ],
        [
            "a key that needs quotes",
            branch(item("y", leaf("a")), item("a: b", leaf("c")), item("", leaf("d"))),
            '"y": a\n\'a: b\': c\n"": d\n',
        ],
        ["a key of several lines", branch(item("a\nb", leaf("c"))), "? |-\n    a\n    b\n: c\n"],
        [
            "a key of more than 128 bytes",
            branch(item("é".repeat(65), leaf("c"))),
            `? ${"é".repeat(65)}\n: c\n`,
        ],
        ["a merge key", branch(item("<<", branch(item("a", leaf("b"))))), "!!merge <<:\n    a: b\n"],
        [
            "a block scalar in a list",
            branch(item("a", list(leaf("b\nc\n")))),
            "a:\n    - |\n      b\n      c\n",
        ],
        [
            "comments at the start and the end",
            branch(comment(" one"), item("a", leaf("b")), comment(" two")),
            "# one\na: b\n# two\n",
        ],
        [
            "a comment above a later key",
            branch(item("a", leaf("b")), comment("c"), item("d", leaf("e"))),
            "a: b\n#c\nd: e\n",
        ],
        ["an inline comment", branch(comment(" c", true), item("a", leaf("b"))), "a: b # c\n"],
        [
            "an inline comment of a block scalar",
            branch(comment(" c", true), item("a", leaf("b\n"))),
            "a: | # c\n    b\n",
        ],
        [
            "comments in a mapping",
            branch(item("a", branch(comment("b"), item("c", leaf("d")), comment("e"))), item("f", leaf("g"))),
            "a:\n    #b\n    c: d\n    #e\nf: g\n",
        ],
        [
            "comments in a list",
            branch(
                item("a", list(comment("b"), leaf("c"), comment("d"), leaf("e"), comment("f"))),
                item("g", leaf("h")),
            ),
            "a:\n    #b\n    - c\n    #d\n    - e\n    #f\ng: h\n",
        ],
        [
            "comments in a mapping in a list",
            branch(item("a", list(branch(comment("b"), item("c", leaf("d")), comment("e"))))),
            "a:\n    #b\n    - c: d\n      #e\n",
        ],
        ["a comment without text", branch(comment(""), item("a", leaf("b"))), "#\na: b\n"],
        ["nothing but comments", branch(comment("a"), comment("b")), "#a\n#b\n{}\n"],
    ] as const)
        test(why, () => {
            expect(printYaml([document])).toBe(expected)
        })

    test("several documents", () => {
        const documents = [
            branch(item("a", leaf("b")), comment("c")),
            branch(),
            branch(item("d", leaf("e\n"))),
        ]
        expect(printYaml(documents)).toBe("a: b\n#c\n---\n{}\n---\nd: |\n    e\n")
    })
})

// sops prints `|4-` here, which nothing can read.
test("a block scalar in a list that starts with a space can be read", () => {
    const document = branch(
        item("a", list(leaf(" b\nc"), list(leaf("\n\nd")), branch(item("e", leaf(" f\n"))))),
    )
    const text = printYaml([document])
    expect(text).toBe(
        "a:\n    - |2-\n       b\n      c\n    - - |2-\n\n\n        d\n    - e: |2\n         f\n",
    )
    expect(entries(yaml.parse(text, "plain").documents[0])).toEqual(entries(document))
})

const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.string({
        unit: fc.constantFrom("a", " ", "\n", "\t", "#", ":", "-", "'", '"', "\r", "\u2028", "\ufeff", "😀"),
        maxLength: 8,
    }),
    fc.constantFrom("<<", "null", "1e3", "2020-01-01", "---", "...", "|", "%", "? a", "- b", "x".repeat(200)),
)

const scalar: fc.Arbitrary<Scalar> = fc.oneof(
    text.map((value) => ({ kind: "str" as const, value })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ kind: "int" as const, value })),
    // A whole float comes back as an integer, from sops too.
    fc
        .double({ noDefaultInfinity: false })
        .filter((value) => Math.abs(value) > 1e7 || !Number.isInteger(value))
        .map((value) => ({ kind: "float" as const, value })),
    fc.boolean().map((value) => ({ kind: "bool" as const, value })),
    fc.constant({ kind: "null" as const }),
)

const tree = fc.letrec<{ value: Value; branch: Branch; list: List }>((tie) => ({
    value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        scalar.map((value): Leaf => ({ kind: "leaf", scalar: value })),
        tie("branch"),
        tie("list"),
    ),
    list: fc.array(tie("value"), { maxLength: 4 }).map((items): List => ({ kind: "list", items })),
    branch: fc
        .uniqueArray(fc.tuple(text, tie("value")), { maxLength: 4, selector: ([key]) => key })
        .map((pairs) => branch(...pairs.map(([key, value]) => item(key, value)))),
}))

describe("any tree", () => {
    test("reads back as it was", () => {
        fc.assert(
            fc.property(fc.array(tree.branch, { minLength: 1, maxLength: 3 }), (documents) => {
                const back = yaml.parse(printYaml(documents), "plain").documents
                expect(back.map(outline)).toEqual(documents.map(outline))
            }),
            { numRuns: 500 },
        )
    })

    test("is read by the npm package, too, which knows nothing of sops", () => {
        // To YAML 1.2, two of the characters break no line; and this package merges, told or not.
        const documents = tree.branch.filter(
            (document) => !/[\u2028\u2029]|!!merge/.test(printYaml([document])),
        )
        fc.assert(
            fc.property(documents, (document) => {
                const options = { schema: "failsafe", merge: false, logLevel: "silent" } as const
                const [other] = parseAllDocuments(printYaml([document]), options)
                if (other === undefined || !("errors" in other)) throw new Error("no document")
                expect(other.errors).toEqual([])
                const read: unknown = other.toJS({ mapAsMap: true })
                expect(agrees(document, read)).toBe(true)
            }),
            { numRuns: 200 },
        )
    })
})

/** Whether the other reader sees the same keys and strings, nested the same. */
function agrees(value: Value, other: unknown): boolean {
    if (value.kind === "leaf") return value.scalar.kind !== "str" || value.scalar.value === other
    if (value.kind === "list") {
        const elements = value.items.filter((element) => element.kind !== "comment")
        if (!Array.isArray(other) || other.length !== elements.length) return false
        return elements.every((element, index) => agrees(element, other[index]))
    }
    if (!(other instanceof Map)) return false
    const items = value.items.filter((entry) => entry.kind === "item")
    const pairs: unknown[] = [...other]
    return (
        pairs.length === items.length &&
        items.every(({ key, value: inner }, index) => {
            const pair = pairs[index]
            return Array.isArray(pair) && pair[0] === key && agrees(inner, pair[1])
        })
    )
}
