import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { json } from "../../../agent/sops/json/codec.ts"
import type { Scalar } from "../../../agent/sops/tree.ts"
import { printYaml } from "../../../agent/sops/yaml/print.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"

function plain(name: string): string {
    return readFileSync(new URL(`../vectors/plain/${name}`, import.meta.url), "utf8")
}

function printed(scalar: Scalar): string {
    const text = printYaml([
        { kind: "branch", items: [{ kind: "item", key: "k", value: { kind: "leaf", scalar } }] },
    ])
    return text.slice("k: ".length)
}

const strings = json.parse(plain("yaml-quoting-strings.json"), "plain").documents
const rendered = plain("yaml-quoting-strings.rendered.yaml")

test("prints the 128 strings of the table as sops 3.13.2 does", () => {
    expect(strings[0]?.items).toHaveLength(128)
    expect(yaml.emit(strings).toString()).toBe(rendered)
})

test("reads what sops prints for them back to the same strings", () => {
    const back = yaml.parse(rendered, "plain").documents
    expect(json.emit(back).toString()).toBe(json.emit(strings).toString())
})

// As printed by sops 3.13.2.
for (const [why, value, expected] of [
    ["a word", "word", "word\n"],
    ["nothing", "", '""\n'],
    ["what would be another type", "12", '"12"\n'],
    ["what would be a time", "2026-01-01T00:00:00Z", '"2026-01-01T00:00:00Z"\n'],
    ["what was a boolean in YAML 1.1", "yes", '"yes"\n'],
    ["a number to the base of 60", "1:30", '"1:30"\n'],
    ["what looks like a mapping", "a: b", "'a: b'\n"],
    ["what looks like a comment", "a #b", "'a #b'\n"],
    ["a quote inside", "it's", "it's\n"],
    ["a quote in front", "'t", "'''t'\n"],
    ["a tab", "a\tb", '"a\\tb"\n'],
    ["several lines", "a\nb\n", "|\n    a\n    b\n"],
    ["several lines without a last break", "a\nb", "|-\n    a\n    b\n"],
    ["several lines with breaks at the end", "a\n\n", "|+\n    a\n\n"],
    ["a line break alone", "\n", "|4+\n\n"],
    ["several lines that start with a space", " a\nb", "|4-\n     a\n    b\n"],
    ["a line that ends with a space", "a \nb", '"a \\nb"\n'],
    ["a carriage return", "a\r\nb", '"a\\r\\nb"\n'],
    ["an emoji", "😀", '"\\U0001F600"\n'],
    ["letters beyond ASCII", "é – 漢", "é – 漢\n"],
    ["a byte order mark in front", "\ufeffab", '"\\uFEFF\\x61\\x62"\n'],
    ["a byte order mark inside", "a\ufeffb", '"a\\uFEFFb"\n'],
    ["a control character", "a\x1b", '"a\\e"\n'],
    ["a next line", "a\x85b", '"a\\Nb"\n'],
    ["a line separator", "a\u2028b", "'a\u2028    b'\n"],
    ["a merge key", "<<", "!!merge <<\n"],
] as const)
    test(`prints ${why}`, () => {
        expect(printed({ kind: "str", value })).toBe(expected)
        expect(printed({ kind: "str", value: Buffer.from(value) })).toBe(expected)
    })

// Not as sops, which prints null: the value would be lost.
test("prints several lines that start with a tab", () => {
    const text = printed({ kind: "str", value: "\ta\nb" })
    expect(text).toBe("|4-\n    \ta\n    b\n")
    expect(yaml.parse(`k: ${text}`, "plain").documents[0]?.items).toMatchObject([
        { value: { scalar: { value: "\ta\nb" } } },
    ])
})

for (const [why, scalar, expected] of [
    ["an integer", { kind: "int", value: -(2n ** 63n) }, "-9223372036854775808\n"],
    ["true", { kind: "bool", value: true }, "true\n"],
    ["nothing", { kind: "null" }, "null\n"],
    ["a time", { kind: "time", value: "2020-01-01T00:00:00Z" }, "2020-01-01T00:00:00Z\n"],
    ["a float", { kind: "float", value: 1.5 }, "1.5\n"],
    ["a whole float", { kind: "float", value: 100000 }, "100000\n"],
    ["a large float", { kind: "float", value: 1000000 }, "1e+06\n"],
    ["a long float", { kind: "float", value: 1234567.5 }, "1.2345675e+06\n"],
    ["a small float", { kind: "float", value: 0.0001 }, "0.0001\n"],
    ["a tiny float", { kind: "float", value: 0.00001 }, "1e-05\n"],
    ["a huge float", { kind: "float", value: 1e300 }, "1e+300\n"],
    ["negative zero", { kind: "float", value: -0 }, "-0\n"],
    ["infinity", { kind: "float", value: -Infinity }, "-.inf\n"],
    ["no number", { kind: "float", value: Number.NaN }, ".nan\n"],
    ["bytes", { kind: "str", value: Buffer.from([0xff, 0, 1]) }, "!!binary /wAB\n"],
    [
        "many bytes",
        { kind: "str", value: Buffer.alloc(60, 0xff) },
        `!!binary |\n    ${"/".repeat(70)}\n    ${"/".repeat(10)}\n`,
    ],
] as const satisfies readonly (readonly [string, Scalar, string])[])
    test(`prints ${why} as ${JSON.stringify(expected)}`, () => {
        expect(printed(scalar)).toBe(expected)
    })
