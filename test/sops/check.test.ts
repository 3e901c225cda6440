import { expect, test } from "vitest"
import { keyChecker, checkSealed } from "../../agent/sops/check.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import type { Format } from "../../agent/sops/format.ts"
import { sealBinary, sealTree } from "../../agent/sops/seal.ts"
import { alice, at, samples } from "./sealed.ts"
import { parseVector, vectors } from "./vectors.ts"

test("tells without a key whether a value is there, and its type", async () => {
    const plain = samples.json.replace("{", '{"n": null, "x_unencrypted": 7, "e": "",')
    const document = await parseDocument(
        await sealTree(Buffer.from(plain), "json", [alice.target], { at }),
        "json",
    )
    const types = Object.fromEntries(
        ["", "a", "b/c", "b/d", "b/e", "l/0", "l/1/x", "x_unencrypted", "e"].map((key) => [
            key,
            keyChecker(document)(key),
        ]),
    )
    expect(types).toEqual({
        "": "str",
        a: "str",
        "b/c": "int",
        "b/d": "float",
        "b/e": "bool",
        "l/0": "str",
        "l/1/x": "str",
        x_unencrypted: "int",
        e: "empty",
    })
    expect(() => keyChecker(document)("b/x")).toThrow('there is no key "b/x"')
    expect(() => keyChecker(document)("l")).toThrow('the key "l" is a list')
    expect(() => keyChecker(document)("n")).toThrow('the value of "n" is null')
})

test("tells without a key that a whole document is empty", async () => {
    expect(keyChecker(await sealed("", "binary"))("")).toBe("empty")
    expect(keyChecker(await sealed("CANARY", "binary"))("")).toBe("str")
    expect(keyChecker(await sealed("A=\n", "dotenv"))("")).toBe("str")
    expect(keyChecker(await sealed("{}", "json"))("")).toBe("str")
})

async function sealed(plain: string, format: Format, change = (text: string): string => text) {
    const bytes = Buffer.from(plain)
    const file =
        format === "binary"
            ? await sealBinary(bytes, [alice.target], at)
            : await sealTree(bytes, format, [alice.target], { at })
    return await parseDocument(Buffer.from(change(file.toString())), format)
}

const plain = "a: CANARY\nb:\n    - CANARY\n    - 1\nc_unencrypted: 7\ne: ''\nn: null\n"

test("a document as it was sealed is sealed", async () => {
    for (const format of ["json", "yaml", "dotenv", "ini"] as const)
        checkSealed(await sealed(samples[format], format))
    checkSealed(await sealed(plain, "yaml"))
})

const broken: Record<string, [change: (text: string) => string, said: string]> = {
    "a value that somebody added": [
        (text) => `d: CANARY\n${text}`,
        'the value of "d": this is not an encrypted value',
    ],
    "a number that somebody added": [(text) => `d: 1\n${text}`, 'the value of "d": it should be encrypted'],
    "a value in a list": [
        (text) => text.replace("    - ENC", "    - CANARY\n    - ENC"),
        'the value of "b/0": this is not an encrypted value',
    ],
    "a value that was damaged": [
        (text) => text.replace("data:", "data:="),
        'the value of "a": an encrypted value has bad base64',
    ],
    "no MAC": [(text) => text.replace(/mac: .*/u, "mac: ''"), "the document has no MAC"],
    "a MAC that is none": [(text) => text.replace(/mac: .*/u, "mac: abc"), "this is not an encrypted value"],
}
for (const [why, [change, said]] of Object.entries(broken)) {
    test(`finds without a key: ${why}`, async () => {
        const document = await sealed(plain, "yaml", change)
        expect(() => checkSealed(document)).toThrow(said)
        expect(() => checkSealed(document)).not.toThrow("CANARY")
    })
}

test("finds nothing wrong with what any release wrote", async () => {
    for (const { file } of vectors) checkSealed(await parseVector(file))
})
