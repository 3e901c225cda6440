// Where comments go. The expectations are what go-yaml v3.0.4 and the YAML store of sops 3.13.2 make of each document.
import { expect, test } from "vitest"
import { SopsError } from "../../../agent/sops/error.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"
import { entries, type Outline } from "../outline.ts"

function read(source: string): Outline[] {
    return yaml.parse(source, "plain").documents.flatMap((document) => entries(document))
}

const cases: Readonly<Record<string, readonly [source: string, expected: readonly Outline[]]>> = {
    "above the first key": ["# one\n# two\na: 1\n", ["# one", "# two", { a: "int 1" }]],
    "above the first key, with an empty line between": [
        "# one\n\n# two\n\na: 1\n",
        ["# one", "# two", { a: "int 1" }],
    ],
    "behind a value": ["a: x # one\nb: 2\n", ["-# one", { a: "x" }, { b: "int 2" }]],
    "behind a quoted value, close up": ["a: 'x'# one\n", ["-# one", { a: "x" }]],
    "above a later key": ["a: 1\n# one\nb: 2\n", [{ a: "int 1" }, "# one", { b: "int 2" }]],
    "below an entry, before an empty line": [
        "a: 1\nb: 2\n# one\n\nc: 3\n",
        [{ a: "int 1" }, { b: "int 2" }, "# one", { c: "int 3" }],
    ],
    "at the end": ["a: 1\n# one\n", [{ a: "int 1" }, "# one"]],
    "at the end, behind an empty line": ["a: 1\n\n# one\n", [{ a: "int 1" }, "# one"]],
    "behind a colon, above a mapping": [
        "a: # one\n  b: 1\n",
        ["# one", { a: { mapping: [{ b: "int 1" }] } }],
    ],
    "behind a colon, above a list": ["a: # one\n  - b\n", ["# one", { a: ["b"] }]],
    "above the first entry of a mapping": [
        "a:\n  # one\n  b: 1\n",
        [{ a: { mapping: ["# one", { b: "int 1" }] } }],
    ],
    "above the first element of a list": [
        "a:\n  # one\n  - b\n  # two\n  - c # three\n",
        [{ a: ["# one", "b", "# two", "-# three", "c"] }],
    ],
    "at the end of an inner mapping": [
        "a:\n  b: 1\n  # one\nc: 2\n",
        [{ a: { mapping: [{ b: "int 1" }, "# one"] } }, { c: "int 2" }],
    ],
    "at the end of an inner mapping, as deep as the outer one": [
        "a:\n  b: 1\n# one\nc: 2\n",
        [{ a: { mapping: [{ b: "int 1" }] } }, "# one", { c: "int 2" }],
    ],
    "between two depths": [
        "a:\n    b: 1\n  # one\nc: 2\n",
        [{ a: { mapping: [{ b: "int 1" }, "# one"] } }, { c: "int 2" }],
    ],
    "one of each depth": [
        "a:\n    b:\n        c: 1\n        # three\n    # two\n# one\nd: 2\n",
        [
            { a: { mapping: [{ b: { mapping: [{ c: "int 1" }, "# three"] } }, "# two"] } },
            "# one",
            { d: "int 2" },
        ],
    ],
    "at the end of a list": ["a:\n  - b\n  # one\n\nc: 1\n", [{ a: ["b", "# one"] }, { c: "int 1" }]],
    "behind a dash": [
        "a:\n  - # one\n    b: 1\n  - # two\n    - c\n",
        [{ a: [{ mapping: ["# one", { b: "int 1" }] }, ["# two", "c"]] }],
    ],
    "above a dash, and behind it": [
        "a:\n  # one\n  - # two\n    b: 1\n",
        [{ a: ["# one", { mapping: ["# two", { b: "int 1" }] }] }],
    ],
    "in brackets": [
        "a: [b, # one\n  # two\n  c\n  # three\n  ]\n",
        [{ a: ["-# one", "b", "# two", "c", "# three"] }],
    ],
    "in braces": [
        "a: {b: 1, # one\n  # two\n  c: 2 # three\n  }\n",
        [{ a: { mapping: ["-# one", { b: "int 1" }, "# two", "-# three", { c: "int 2" }] } }],
    ],
    "behind the indicator of a block scalar": [
        "a: | # one\n  x\nb: 1\n",
        ["-# one", { a: "x\n" }, { b: "int 1" }],
    ],
    "between a key and its value": ["a:\n  # one\n  x\n", ["# one", { a: "x" }]],
    "in front of the document and behind its start": [
        "# one\n---\n# two\na: 1\n",
        ["# one", "# two", { a: "int 1" }],
    ],
    "between documents": [
        "a: 1\n# one\n---\n# two\nb: 2\n",
        [{ a: "int 1" }, "# one", "# two", { b: "int 2" }],
    ],
    "without text": ["#\na: 1\n", ["#", { a: "int 1" }]],
    "like a value with a hash": ["a: x#y\nb: 'x # y'\n", [{ a: "x#y" }, { b: "x # y" }]],
    "above a list that is not indented": [
        "a:\n# one\n- b\n# two\n- c\nd: 1\n",
        [{ a: ["# one", "b", "# two", "c"] }, { d: "int 1" }],
    ],
    "that go-yaml loses: behind an opening bracket": ["a: [ # one\n  b ]\n", [{ a: ["b"] }]],
}

for (const [where, [source, expected]] of Object.entries(cases)) {
    test(`a comment ${where}`, () => {
        expect(read(source)).toEqual(expected)
    })

    test(`a comment ${where}, with the line ends of Windows`, () => {
        expect(JSON.stringify(read(source.replaceAll("\n", "\r\n")))).toBe(JSON.stringify(expected))
    })
}

test("knows where the text of each comment stands", () => {
    const source = "# one\na: # two\n  b: 1 # three\n"
    const texts: string[] = []
    const visit = (items: readonly unknown[]): void => {
        for (const item of items)
            texts.push(...spansIn(item).map(({ start, end }) => source.slice(start, end)))
    }
    visit(yaml.parse(source, "plain").documents[0]?.items ?? [])
    expect(texts).toEqual([" one", " two", " three"])
})

test("refuses more comments than any document has", () => {
    expect(() => read(`a: 1\n${"#\n".repeat(200_000)}`)).toThrow(SopsError)
    expect(() => read(`a: 1\n${"#\n".repeat(200_000)}`)).toThrow("more than 100000 comments")
})

function spansIn(item: unknown): { start: number; end: number }[] {
    if (typeof item !== "object" || item === null) return []
    if ("kind" in item && item.kind === "comment" && "at" in item && isSpan(item.at)) return [item.at]
    return Object.values(item).flatMap(spansIn)
}

function isSpan(value: unknown): value is { start: number; end: number } {
    return typeof value === "object" && value !== null && "start" in value && "end" in value
}
