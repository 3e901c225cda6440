import { expect, test } from "vitest"
import { flatten, unflatten } from "../../../agent/sops/flat/flatten.ts"
import { json } from "../../../agent/sops/json/codec.ts"
import { textLeaf } from "../../../agent/sops/key-entry.ts"
import type { Branch } from "../../../agent/sops/tree.ts"

function tree(text: string): Branch {
    const [document] = json.parse(text, "plain").documents
    if (document === undefined) throw new Error("no document")
    return document
}

function names(branch: Branch): string[] {
    return flatten(branch).map(([name]) => name)
}

const metadata =
    '{"age":[{"enc":"1","recipient":"2"}],"kms":[{"context":{"foo":"x"}}],"key_groups":[{"age":[]},{"age":[{"enc":"3"}]}],"mac":"4","none":null}'

test("joins the way to each scalar", () => {
    expect(names(tree(metadata))).toEqual([
        "age__list_0__map_enc",
        "age__list_0__map_recipient",
        "kms__list_0__map_context__map_foo",
        "key_groups__list_1__map_age__list_0__map_enc",
        "mac",
    ])
})

test("finds the way back, with sorted keys and the very leaves", () => {
    const flat = flatten(tree('{"b":"1","a":[{"y":"2","x":"3"},"4"]}'))
    const back = unflatten(flat)
    expect(names(back)).toEqual(["a__list_0__map_x", "a__list_0__map_y", "a__list_1", "b"])
    expect(new Set(flatten(back).map(([, leaf]) => leaf))).toEqual(new Set(flat.map(([, leaf]) => leaf)))
})

for (const [why, flat] of Object.entries({
    "a name twice": ["a", "a"],
    "a value that is also a mapping": ["a", "a__map_b"],
    "a mapping that is also a value": ["a__map_b", "a"],
    "a list that is also a mapping": ["a__list_0", "a__map_b"],
    "a list with a hole": ["a__list_0", "a__list_2"],
    "a list that begins at one": ["a__list_1"],
    "a huge index": ["a__list_0", "a__list_99999999999999999999"],
    "a hostile depth": [`a${"__map_b".repeat(100)}`],
})) {
    test(`refuses ${why}`, () => {
        expect(() => unflatten(flat.map((name) => [name, textLeaf("CANARY")]))).toThrow(/^metadata: /)
    })
}
