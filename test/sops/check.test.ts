import { expect, test } from "vitest"
import { checkKey } from "../../agent/sops/check.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import { sealTree } from "../../agent/sops/seal.ts"
import { alice, at, samples } from "./sealed.ts"

test("tells without a key whether a value is there, and its type", async () => {
    const plain = samples.json.replace("{", '{"n": null, "x_unencrypted": 7, "e": "",')
    const document = await parseDocument(
        await sealTree(Buffer.from(plain), "json", [alice.target], { at }),
        "json",
    )
    const types = Object.fromEntries(
        ["", "a", "b/c", "b/d", "b/e", "l/0", "l/1/x", "x_unencrypted", "e"].map((key) => [
            key,
            checkKey(document, key),
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
        e: "str",
    })
    expect(() => checkKey(document, "b/x")).toThrow('there is no key "b/x"')
    expect(() => checkKey(document, "l")).toThrow('the key "l" is a list')
    expect(() => checkKey(document, "n")).toThrow('the value of "n" is null')
})
