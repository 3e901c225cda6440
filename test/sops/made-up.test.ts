import { expect, test } from "vitest"
import { parseDocument } from "../../agent/sops/document.ts"
import type { Format } from "../../agent/sops/format.ts"
import { madeUpDocument } from "../../agent/sops/made-up.ts"
import { makeHost, seal } from "../host.ts"

async function madeUp(plaintext: string, format: Format) {
    const document = await parseDocument(await seal(plaintext, format, makeHost().recipient), format)
    return madeUpDocument(document, (path) => ({ text: `made-up-${path.join("-")}`, number: 12_345 }))
}

test.each([
    [
        "yaml",
        "# CANARY\na: CANARY\nlist: [CANARY, 5]\nint: 5\nf: 1.25\nb: true\nempty: ''\nnothing: null\nopen_unencrypted: clear\n",
        '# made up\na: made-up-a\nlist:\n    - made-up-list-0\n    - 12345\nint: 12345\nf: 12345.5\nb: false\nempty: ""\nnothing: null\nopen_unencrypted: clear\n',
    ],
    ["json", '{"a": "CANARY", "n": 5}', '{\n\t"a": "made-up-a",\n\t"n": 12345\n}\n'],
    ["dotenv", "A=CANARY\nB=CANARY\n", "A=made-up-A\nB=made-up-B\n"],
    ["ini", "[one]\na = CANARY\n", "[one]\na = made-up-one-a\n"],
    ["binary", "CANARY", "made-up-data"],
] as const)("has the shape of a %s document, and other values", async (format, plaintext, expected) => {
    expect((await madeUp(plaintext, format)).whole().toString()).toBe(expected)
})

test("values are found by their keys, with their types", async () => {
    const document = await madeUp("m: {n: 5, b: true}\nnothing: null\n", "yaml")
    expect(document.lookup("m/n").toString()).toBe("12345")
    expect(document.lookup("m/b").toString()).toBe("false")
    expect(() => document.lookup("gone")).toThrow('there is no key "gone"')
    expect(() => document.lookup("m")).toThrow("is a mapping")
    expect(() => document.lookup("nothing")).toThrow("null")
})

test("a value that is not sealed is none to be replaced", async () => {
    const sealed = await seal("a: CANARY\n", "yaml", makeHost().recipient)
    const document = await parseDocument(Buffer.from(`added: 5\n${sealed.toString()}`), "yaml")
    expect(() => madeUpDocument(document, () => ({ text: "", number: 0 }))).toThrow('the value of "added"')
})
