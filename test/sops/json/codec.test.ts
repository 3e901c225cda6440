import { describe, expect, test } from "vitest"
import { binary, json } from "../../../agent/sops/json/codec.ts"

describe("refuses", () => {
    for (const [why, text, problem] of [
        ["a document without metadata", '{"a":1}', "not encrypted"],
        ["metadata that is no mapping", '{"sops":"CANARY"}', "metadata"],
        ["metadata twice", '{"sops":{},"sops":{}}', "metadata"],
    ] as const) {
        test(why, () => {
            expect(() => json.parse(text, "encrypted")).toThrow(expect.objectContaining({ problem }))
        })
    }

    test("to encrypt what has metadata", () => {
        expect(() => json.parse('{"sops":{}}', "plain")).toThrow(
            expect.objectContaining({ problem: "unsupported" }),
        )
        expect(() => json.parse('{"a":{"sops":{}}}', "plain")).not.toThrow()
    })
})

test("takes the metadata out, wherever it stands", () => {
    const { documents, metadata } = json.parse('{"sops":{"mac":""},"a":1}', "encrypted")
    expect(json.emit(documents).toString()).toBe('{\n\t"a": 1\n}\n')
    expect(metadata).toHaveLength(1)
})

describe("a binary document has one string under data", () => {
    test("and that is its plaintext", () => {
        const { documents } = binary.parse('{"x":1,"data":"CANARY","sops":{}}', "encrypted")
        expect(binary.emit(documents).toString()).toBe("CANARY")
    })

    for (const text of [
        '{"sops":{}}',
        '{"data":1,"sops":{}}',
        '{"data":{},"sops":{}}',
        '{"data":"a","data":"b","sops":{}}',
    ]) {
        test(`${text} is refused`, () => {
            const { documents } = binary.parse(text, "encrypted")
            expect(() => binary.emit(documents)).toThrow(expect.objectContaining({ problem: "value" }))
        })
    }
})
