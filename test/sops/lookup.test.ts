import { describe, expect, test } from "vitest"
import { json } from "../../agent/sops/json/codec.ts"
import { finder, leavesOf, scalarAt } from "../../agent/sops/lookup.ts"
import type { Scalar } from "../../agent/sops/tree.ts"
import { yaml } from "../../agent/sops/yaml/codec.ts"

const { documents } = json.parse(
    JSON.stringify({
        a: { b: ["CANARY", { c: 1 }, ["deep"]], "x/y": { z: "slash" }, "": "empty" },
        "a/b/0": "literal",
        "k/l": "literal too",
        t: true,
        n: null,
    }).replace('"t":true', '"t":true,"twice":1,"twice":2'),
    "plain",
)

const find = finder(documents)

function at(key: string): Scalar {
    return scalarAt(find(key), key)
}

describe("finds", () => {
    for (const [key, value] of [
        ["a/b/0", "CANARY"],
        ["a/b/1/c", 1n],
        ["a/b/2/0", "deep"],
        ["a/x/y/z", "slash"],
        ["a/", "empty"],
        ["k/l", "literal too"],
        ["t", true],
        ["twice", 2n],
    ] as const) {
        test(key, () => {
            expect(at(key)).toMatchObject({ value })
        })
    }
})

describe("finds what a merge key brings, as sops-nix does", () => {
    const source = [
        "base: &base {user: CANARY base, host: CANARY host, deep: {x: CANARY deep}}",
        "more: &more {<<: *base, port: CANARY port}",
        "one: {<<: *more, user: CANARY own}",
        "two: {user: CANARY own, <<: *base}",
        "list: {<<: [{a: CANARY first}, {a: CANARY second, b: CANARY b}]}",
        "<<: {top: CANARY top}",
    ].join("\n")
    const merged = finder(yaml.parse(source, "plain").documents)
    for (const [key, value] of [
        ["one/user", "own"],
        ["one/host", "host"],
        ["one/port", "port"],
        ["one/deep/x", "deep"],
        ["one/<</user", "base"],
        // As sops-nix has it: a merge key below a key replaces it.
        ["two/user", "base"],
        ["list/a", "first"],
        ["list/b", "b"],
        ["top", "top"],
    ] as const) {
        test(key, () => {
            expect(scalarAt(merged(key), key)).toMatchObject({ value: `CANARY ${value}` })
        })
    }
})

describe("says that there is no key", () => {
    for (const key of [
        "b",
        "a/c",
        "a/b/3",
        "a/b/-1",
        "a/b/00",
        "a/b/0x0",
        "a/b/length",
        "t/x",
        "__proto__",
        "a//b",
        "k",
        "k/l/m",
    ]) {
        test(key, () => {
            expect(() => at(key)).toThrow(`there is no key "${key}"`)
        })
    }
})

test("says what is there in place of a value", () => {
    expect(() => at("a")).toThrow('the key "a" is a mapping')
    expect(() => at("a/b")).toThrow('the key "a/b" is a list')
})

test("a long key is looked up and named in reason", () => {
    expect(() => at("a/".repeat(100_000))).toThrow(/^there is no key "a\/.{1,250}$/)
})

test("lists all scalars with their way", () => {
    const [document] = documents
    const all = document === undefined ? [] : [...leavesOf(document)].map(({ path }) => path.join("."))
    expect(all).toEqual([
        "a.b.0",
        "a.b.1.c",
        "a.b.2.0",
        "a.x/y.z",
        "a.",
        "a/b/0",
        "k/l",
        "t",
        "twice",
        "twice",
        "n",
    ])
})
