// What a filter writes, read back by those that it is written for.

import { execFileSync } from "node:child_process"
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { parse } from "yaml"
import { filtered, filterNames } from "../../../agent/machine/generation/filter.ts"
import { oddTexts } from "./odd-texts.ts"

const values = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: "binary" }))
const written = (value: string | Buffer, filter: string): string =>
    filtered(Buffer.from(value), filter).toString()

function holds(check: (value: string) => void, numRuns = 300): void {
    for (const value of oddTexts) check(value)
    fc.assert(
        fc.property(values, (value) => {
            check(value)
        }),
        { numRuns },
    )
}

test("json", () =>
    holds((value) => expect(JSON.parse(`{"a": [${written(value, "json")}]}`)).toEqual({ a: [value] })))

test("yaml, at any place of a document", () =>
    holds((value) => {
        const scalar = written(value, "yaml")
        const document = `a: ${scalar}\nb:\n  - ${scalar}\n  - c: ${scalar} # a comment\n    d: [${scalar}, {e: ${scalar}}]\n${scalar}: f\n`
        for (const version of ["1.1", "1.2"] as const) {
            const read: unknown = parse(document, { version, uniqueKeys: false, mapAsMap: true })
            const expected = new Map<string, unknown>([
                ["a", value],
                [
                    "b",
                    [
                        value,
                        new Map<string, unknown>([
                            ["c", value],
                            ["d", [value, new Map([["e", value]])]],
                        ]),
                    ],
                ],
                [value, "f"],
            ])
            expect(read).toEqual(expected)
        }
    }, 150))

test("shell", () => {
    const some = [...oddTexts, "\u0001CANARY\u007f"]
    const script = some.map((value) => `printf '%s\\0' ${written(value, "shell")}`).join("\n")
    const read = execFileSync("sh", ["-c", script], { encoding: "utf8" })
    expect(read.split("\0").slice(0, -1)).toEqual(some)
})

test("base64, of any bytes", () => {
    const bytes = Buffer.from([0, 0xff, 0x0a, 0x80])
    expect(Buffer.from(written(bytes, "base64"), "base64")).toEqual(bytes)
    expect(written(Buffer.alloc(100), "base64")).not.toContain("\n")
})

test("trimmed and line", () => {
    expect(written(" \t\nCANARY one\n two\r\n\n", "trimmed")).toBe("CANARY one\n two")
    expect(filtered(Buffer.from([0x20, 0xff, 0xa0, 0x0a]), "trimmed")).toEqual(Buffer.from([0xff, 0xa0]))
    for (const end of ["", "\n", "\r\n"]) expect(written(`CANARY ${end}`, "line")).toBe("CANARY ")
    expect(() => written("CANARY\nCANARY\n", "line")).toThrow(
        "a value of more than one line is wanted as one",
    )
})

/** systemd's own rules for an EnvironmentFile: what is between double quotes, and after a backslash there. */
function readBySystemd(text: string): string {
    expect(text.startsWith('"') && text.endsWith('"')).toBe(true)
    let value = ""
    for (let at = 1; at < text.length - 1; at++) {
        expect(text[at]).not.toBe('"')
        if (text[at] !== "\\") value += text[at]
        else if (text[++at] !== "\n") value += `${'"\\`$'.includes(text[at] ?? "") ? "" : "\\"}${text[at]}`
    }
    return value
}

test("systemd", () =>
    holds((value) => {
        if (!value.includes("\0")) expect(readBySystemd(written(value, "systemd"))).toBe(value)
    }))

test("what cannot be written is refused without its content", () => {
    const binary = Buffer.from([0x43, 0xff])
    for (const filter of ["json", "yaml", "systemd"])
        expect(() => filtered(binary, filter), filter).toThrow("a value that is not UTF-8 is wanted as text")
    for (const filter of ["systemd", "shell"])
        expect(() => filtered(Buffer.from("CANARY\0"), filter), filter).toThrow("holds a NUL")
    expect(() => filtered(binary, "jsno")).toThrow('it names the filter "jsno", which there is not')
    expect(filterNames).toEqual(["json", "yaml", "systemd", "shell", "base64", "trimmed", "line"])
})
