import { describe, expect, test } from "vitest"
import { SopsError } from "../../../agent/sops/error.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"
import { entries, nodesOf } from "../outline.ts"
import { cpuTime } from "../../cpu-time.ts"

function read(source: string): unknown {
    return entries(yaml.parse(source, "plain").documents[0])
}

describe("aliases are written out", () => {
    for (const [why, source, expected] of [
        ["of a scalar", "a: &x b\nc: *x\n", [{ a: "b" }, { c: "b" }]],
        [
            "of a mapping",
            "a: &x\n  b: c\nd: *x\n",
            [{ a: { mapping: [{ b: "c" }] } }, { d: { mapping: [{ b: "c" }] } }],
        ],
        [
            "within what an alias stands for",
            "a: &x b\nc: &y [*x]\nd: *y\n",
            [{ a: "b" }, { c: ["b"] }, { d: ["b"] }],
        ],
        [
            "with the comments inside",
            "a: &x\n  # one\n  b: c\nd: *x\n",
            [{ a: { mapping: ["# one", { b: "c" }] } }, { d: { mapping: ["# one", { b: "c" }] } }],
        ],
        [
            "that come to mean another node",
            "a: &x b\nc: *x\nd: &x e\nf: *x\n",
            [{ a: "b" }, { c: "b" }, { d: "e" }, { f: "e" }],
        ],
        ["as keys", "a: &x b\n*x : c\n", [{ a: "b" }, { b: "c" }]],
        [
            "under a merge key, which is a key like any other",
            "a: &x {b: c}\nd:\n  <<: *x\n  e: f\n",
            [
                { a: { mapping: [{ b: "c" }] } },
                { d: { mapping: [{ "<<": { mapping: [{ b: "c" }] } }, { e: "f" }] } },
            ],
        ],
    ] as const)
        test(why, () => {
            expect(read(source)).toEqual(expected)
        })
})

test("every node has its place in the source, an alias that of its name", () => {
    const source = "a: &x  'b'\nc: [*x, !!str d, |\n"
        .replace(", |\n", "]\n")
        .concat("e: |-\n  f\n  g\n\nh: > # i\n  j\n")
    const [document] = yaml.parse(source, "plain").documents
    const texts = (document === undefined ? [] : nodesOf(document)).map(({ at }) =>
        source.slice(at?.start, at?.end),
    )
    expect(texts).toEqual(["'b'", "*x", "d", "|-\n  f\n  g", " i", "> # i\n  j"])
    const spans = document?.items.map(({ at }) => source.slice(at?.start, at?.end))
    expect(spans).toEqual(["a: &x  'b'", "c: [*x, !!str d]", "e: |-\n  f\n  g", " i", "h: > # i\n  j"])
})

const laughs = `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(10)}]\n`).join("")}`

describe("refuses in little time", () => {
    for (const [why, source, problem] of [
        ["a billion laughs", laughs, "limit"],
        ["a billion laughs in mappings", laughs.replaceAll("[", "{k: [").replaceAll("]", "]}"), "limit"],
        ["a value that contains itself", "a: &x [*x]\n", "syntax"],
        ["a mapping that contains itself", "a: &x\n  b:\n    c: *x\n", "syntax"],
        ["a million brackets", `a: ${"[".repeat(1_000_000)}`, "limit"],
        ["a million braces", `a: ${"{b: ".repeat(1_000_000)}`, "limit"],
        ["a million dashes", `a:\n  ${"- ".repeat(1_000_000)}`, "limit"],
        ["a million question marks", "? ".repeat(1_000_000), "limit"],
        [
            "a thousand depths of indentation",
            Array.from({ length: 1000 }, (_, depth) => `${" ".repeat(depth)}k:`).join("\n"),
            "limit",
        ],
        [
            "depth by alias",
            `a: &x ${"[".repeat(40)}${"]".repeat(40)}\nb: ${"[".repeat(40)}*x${"]".repeat(40)}\n`,
            "limit",
        ],
        [
            "many aliases of much text",
            `a: &x ${"b".repeat(1_000_000)}\nc: [${"*x,".repeat(50_000)}]\n`,
            "limit",
        ],
        ["a million elements", `a: [${"b,".repeat(1_000_000)}]`, "limit"],
        ["a million documents", "---\n".repeat(1_000_000), "limit"],
        ["a million anchors", `a: ${"&b ".repeat(1_000_000)}`, "syntax"],
        ["megabytes of colons", `a: ${"b:".repeat(1_000_000)} c: d`, "syntax"],
        ["a megabyte of opened quotes", `a: "${"\\n".repeat(500_000)}`, "syntax"],
    ] as const)
        test(why, () => {
            const started = cpuTime()
            const error = failure(source)
            // Tenths of a second; a limit that does not work takes minutes, or all memory.
            expect(cpuTime() - started).toBeLessThan(10_000)
            expect(error).toBeInstanceOf(SopsError)
            expect(error).toMatchObject({ problem })
        })
})

test("64 levels are read, 65 are not", () => {
    const nested = (levels: number): string => `a: ${"[".repeat(levels - 1)}b${"]".repeat(levels - 1)}\n`
    expect(failure(nested(64))).toBeUndefined()
    expect(failure(nested(65))).toMatchObject({ problem: "limit" })
})

test("huge scalars and gaps are read in little time", () => {
    const started = cpuTime()
    const million = 1_000_000
    for (const source of [
        `a: ${"b".repeat(4 * million)}`,
        `a: "${"b".repeat(4 * million)}"`,
        `a: ${" ".repeat(4 * million)}b`,
        `a: b${"\n".repeat(4 * million)}`,
        `a: |\n${"  b\n".repeat(million)}`,
        `a: |\n${"\n".repeat(4 * million)}`,
        `a: b${"\n  c".repeat(million)}`,
        `a: "${"\\u0041".repeat(million)}"`,
    ])
        expect(failure(source)).toBeUndefined()
    expect(cpuTime() - started).toBeLessThan(20_000)
})

function failure(source: string): unknown {
    try {
        yaml.parse(source, "plain")
    } catch (error) {
        return error
    }
    return undefined
}
