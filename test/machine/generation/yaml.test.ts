// What the filter `yaml` writes, read back by a parser that is not ours.

import * as fc from "fast-check"
import { expect, test } from "vitest"
import { parse } from "yaml"
import { yamlScalar } from "../../../agent/machine/generation/yaml.ts"
import { YamlPlaces } from "../../../agent/machine/generation/yaml-place.ts"
import { oddTexts } from "./odd-texts.ts"

const mark = "<MARK>"

/** The template with the value for each mark. */
function rendered(template: string, value: string): string {
    const places = new YamlPlaces(template)
    let text = ""
    let end = 0
    for (const { index } of template.matchAll(/<MARK>/gu)) {
        text += template.slice(end, index) + yamlScalar(value, places.at(index, index + mark.length))
        end = index + mark.length
    }
    return text + template.slice(end)
}

const values = fc.oneof(
    fc.constantFrom(...oddTexts),
    fc.string({ unit: "binary" }),
    fc
        .array(fc.constantFrom("CANARY", " ", "\n", "\n", "\t", "# x", "a: b", "---", "|", "'"), {
            maxLength: 9,
        })
        .map((parts) => parts.join("")),
)

/** Templates whose every mark stands for one value, and what becomes of them. */
const templates: readonly (readonly [string, string, (value: string) => unknown])[] = [
    ["behind a key", `a: ${mark}\nb: x\n`, (a) => ({ a, b: "x" })],
    ["behind a key at the end", `a: ${mark}`, (a) => ({ a })],
    ["behind a key with line ends of two characters", `a: ${mark}\r\nb: x\r\n`, (a) => ({ a, b: "x" })],
    ["behind a key before an empty line", `a: ${mark}\n\n\n# a comment\n\nb: x\n`, (a) => ({ a, b: "x" })],
    ["behind quoted keys", `"a: b":   ${mark}\n'c # d': ${mark}\n`, (a) => ({ "a: b": a, "c # d": a })],
    [
        "behind an inner key",
        `a:\n    b:\n        c: ${mark}\n    d: x\n`,
        (c) => ({ a: { b: { c }, d: "x" } }),
    ],
    ["behind dashes", `- ${mark}\n- - ${mark}\n  -   ${mark}\n- x\n`, (a) => [a, [a, a], "x"]],
    [
        "behind dashes that are not indented",
        `a:\n- ${mark}\n- ${mark}\nb: x\n`,
        (a) => ({ a: [a, a], b: "x" }),
    ],
    [
        "behind a key behind dashes",
        `a:\n  - b: ${mark}\n    c: ${mark}\n  - d: x\n`,
        (a) => ({ a: [{ b: a, c: a }, { d: "x" }] }),
    ],
    ["alone on a line", `a:\n  ${mark}\nb:\n    -\n        ${mark}\n`, (a) => ({ a, b: [a] })],
    ["the whole document", mark, (a) => a],
    ["before a comment", `a: ${mark} # a comment\nb: x\n`, (a) => ({ a, b: "x" })],
    [
        "in brackets",
        `a: [${mark}, {b: ${mark}}]\nc: {\n  d: ${mark}\n  }\n`,
        (a) => ({ a: [a, { b: a }], c: { d: a } }),
    ],
    [
        "in brackets behind quotes",
        `a: ["]", ']', it's, # ]\n  ${mark}\n  ]\nb: ${mark}\n`,
        (a) => ({ a: ["]", "]", "it's", a], b: a }),
    ],
    ["behind a text with brackets", `a: x [y]\nb: "{"\nc: ${mark}\n`, (c) => ({ a: "x [y]", b: "{", c })],
    ["behind a block", `a: |\n  [ "\n   x: |\n  b: {\nc: ${mark}\n`, (c) => ({ a: '[ "\n x: |\nb: {\n', c })],
]

test.each(templates)("%s", (_, template, expected) => {
    const check = (value: string) => {
        const text = rendered(template, value)
        for (const version of ["1.1", "1.2"] as const)
            expect(parse(text, { version }), text).toEqual(expected(value))
    }
    for (const value of oddTexts) check(value)
    fc.assert(fc.property(values, check), { numRuns: 150 })
})

test("a value of several lines is a block that people can read", () => {
    const key = "-----BEGIN CANARY-----\n\nabc\n-----END CANARY-----"
    expect(rendered(`- tls:\n    key: ${mark}\n`, `${key}\n`)).toBe(
        "- tls:\n    key: |\n      -----BEGIN CANARY-----\n\n      abc\n      -----END CANARY-----\n",
    )
    expect(rendered(`key: ${mark}\n`, key)).toBe(
        "key: |-\n  -----BEGIN CANARY-----\n\n  abc\n  -----END CANARY-----\n",
    )
    expect(rendered(`key: ${mark}\n`, "  CANARY\nb\n")).toBe("key: |2\n    CANARY\n  b\n")
    expect(rendered(`key:\n  ${mark}\n`, "CANARY\nb\n")).toBe("key:\n  |\n  CANARY\n  b\n")
})

test("what a block would change is quoted, and so is one line", () => {
    for (const value of ["CANARY", "CANARY\r\nb\n", "CANARY\n\n", "CANARY\n ", "\n", "CANARY\n\u0085"])
        expect(rendered(`a: ${mark}\n`, value)).toMatch(/^a: "[^\n]*"\n$/u)
})

/** Values of which a block of the template can hold each. */
const held = oddTexts.filter((value) => /^[\n\u0020-\u007e]+$/u.test(value) && !/^[ \n]/u.test(value))

test.each([
    ["behind a key", `a: |+\n  ${mark}\nb: x\n`, "a", (value: string) => value.replace(/\n$/u, "") + "\n"],
    [
        "with another line end",
        `a: |\n  ${mark}\nb: x\n`,
        "a",
        (value: string) => value.replace(/\n*$/u, "\n"),
    ],
    [
        "with text around it",
        `a: |\n    x\n      y ${mark} z\n    w\nb: x\n`,
        "a",
        (value: string) => `x\n  y ${value.replaceAll(/\n(?!\n)/gu, "\n  ")} z\nw\n`,
    ],
    ["behind a dash", `- |-\n ${mark}`, 0, (value: string) => value.replace(/\n+$/u, "")],
    [
        "behind a line that looks like a header",
        `a: |\n  b: |\n  ${mark}\nb: x\n`,
        "a",
        (value: string) => `b: |\n${value.replace(/\n*$/u, "\n")}`,
    ],
    ["of the whole document", `--- |\n${mark}\n`, "", (value: string) => value.replace(/\n*$/u, "\n")],
])("a block of the template gets lines with its indentation: %s", (_, template, at, expected) => {
    expect(held.length).toBeGreaterThan(5)
    for (const value of held.filter((text) => at !== "" || !text.startsWith("---"))) {
        const text = rendered(template, value)
        const read: unknown = parse(text)
        expect(at === "" ? read : Reflect.get(Object(read), at), text).toBe(expected(value))
    }
})

test("what a block of the template cannot hold is refused without its content", () => {
    for (const value of ["CANARY\r\n", "CANARY\0", " CANARY\n"])
        expect(() => rendered(`a: |\n  ${mark}\n`, value)).toThrow("a value that a block of YAML cannot hold")
    expect(() => rendered(`--- |\n${mark}\n`, "CANARY\n---\n")).toThrow("a block of YAML cannot hold")
    expect(rendered(`a: |2\n  ${mark}\n`, " CANARY\n")).toBe("a: |2\n   CANARY\n")
})
