import { expect, test } from "vitest"
import { changed } from "../../../agent/sops/change.ts"
import { SopsError } from "../../../agent/sops/error.ts"
import { flatChanges, flatText } from "../../../agent/sops/flat/flat.ts"
import type { FlatLine } from "../../../agent/sops/flat/flat.ts"
import { flatten, unflatten } from "../../../agent/sops/flat/flatten.ts"
import { textLeaf } from "../../../agent/sops/key-entry.ts"
import type { Branch, Scalar } from "../../../agent/sops/tree.ts"

// ValToString of sops 3.13.2.
for (const [scalar, expected] of [
    [{ kind: "str", value: "a\nb" }, "a\nb"],
    [{ kind: "str", value: Buffer.from("é") }, "é"],
    [{ kind: "int", value: -5n }, "-5"],
    [{ kind: "bool", value: true }, "true"],
    [{ kind: "float", value: 1 }, "1.0"],
    [{ kind: "float", value: 1.5 }, "1.5"],
    [{ kind: "float", value: 1234567.5 }, "1.2345675E+06"],
    [{ kind: "float", value: 1e-7 }, "1E-07"],
    [{ kind: "float", value: Infinity }, "+Inf"],
    [{ kind: "float", value: Number.NaN }, "NaN"],
    [{ kind: "time", value: "2020-01-02T03:04:05.5+02:00" }, "2020-01-02T03:04:05+02:00"],
] as const satisfies readonly (readonly [Scalar, string])[])
    test(`prints ${scalar.kind} ${JSON.stringify(expected)}`, () => {
        expect(flatText({ kind: "leaf", scalar })).toEqual({ text: expected, encoding: "utf8" })
    })

test("keeps bytes that are not UTF-8", () => {
    const value = Buffer.from([0xff, 0x41])
    const { text, encoding } = flatText({ kind: "leaf", scalar: { kind: "str", value } })
    expect(Buffer.from(text, encoding)).toEqual(value)
})

test("has no place for mappings and lists", () => {
    expect(() => flatText({ kind: "branch", items: [] })).toThrow(SopsError)
    expect(() => flatText({ kind: "list", items: [] })).toThrow(SopsError)
})

/** Lines `name=value`, and what they mean. */
function read(source: string): { lines: FlatLine[]; metadata: Branch } {
    const lines: FlatLine[] = []
    for (let start = 0; start < source.length;) {
        const end = source.indexOf("\n", start) + 1
        const value = { start: source.indexOf("=", start) + 1, end: end - 1 }
        const name = source.slice(start, value.start - 1)
        lines.push({
            name,
            leaf: textLeaf(source.slice(value.start, value.end)),
            line: { start, end },
            value,
        })
        start = end
    }
    return { lines, metadata: unflatten(lines.map(({ name, leaf }) => [name, leaf])) }
}

function edited(source: string, edit: (flat: Map<string, ReturnType<typeof textLeaf>>) => void): string {
    const { lines, metadata } = read(source)
    const flat = new Map(flatten(metadata))
    edit(flat)
    const printer = {
        line: (name: string, value: string) => `${name}=${value}`,
        value: (leaf: { scalar: Scalar }) => (leaf.scalar.kind === "str" ? leaf.scalar.value.toString() : ""),
        eol: "\n",
    }
    return changed(source, flatChanges(source, lines, unflatten(flat), printer))
}

// In no order, as sops 3.9 writes INI.
const source = "version=3\na__list_1__map_x=B\nmac=m\na__list_0__map_x=A\n"

test("changes a value on its line", () => {
    expect(edited(source, (flat) => flat.set("mac", textLeaf("n")))).toBe(source.replace("mac=m", "mac=n"))
})

test("puts a new name behind the one that sops would have before it", () => {
    expect(edited(source, (flat) => flat.set("lastmodified", textLeaf("t")))).toBe(
        source.replace("a__list_1__map_x=B\n", "a__list_1__map_x=B\nlastmodified=t\n"),
    )
    expect(edited(source, (flat) => flat.set("a__list_2__map_x", textLeaf("C")))).toBe(
        source.replace("a__list_1__map_x=B\n", "a__list_1__map_x=B\na__list_2__map_x=C\n"),
    )
    expect(edited(source, (flat) => flat.set("0", textLeaf("first")))).toBe(`0=first\n${source}`)
})

test("takes a name away", () => {
    expect(edited(source, (flat) => flat.delete("mac"))).toBe(source.replace("mac=m\n", ""))
})

test("renumbers the entries behind one that goes, on their lines", () => {
    const without = edited(source, (flat) => {
        const second = flat.get("a__list_1__map_x")
        flat.delete("a__list_1__map_x")
        if (second !== undefined) flat.set("a__list_0__map_x", second)
    })
    expect(without).toBe("version=3\na__list_0__map_x=B\nmac=m\n")
})

test("keeps every byte when nothing changes", () => {
    expect(edited(source, () => {})).toBe(source)
})
