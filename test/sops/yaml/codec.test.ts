import { expect, test } from "vitest"
import { SopsError } from "../../../agent/sops/error.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"
import { entries, outline } from "../outline.ts"
import { vectorBytes, vectors } from "../vectors.ts"

test("takes the metadata out of every document, wherever it stands", () => {
    const parsed = yaml.parse(
        "sops:\n  # one\n  mac: m\n  age:\n  # two\n  - enc: E # three\na: b\n---\nc: d\nsops: {mac: n}\n---\ne: f\n",
        "encrypted",
    )
    expect(parsed.documents.map(entries)).toEqual([[{ a: "b" }], [{ c: "d" }], [{ e: "f" }]])
    expect(parsed.metadata.map((block) => (block === undefined ? "none" : outline(block)))).toEqual([
        { mapping: [{ mac: "m" }, { age: [{ mapping: [{ enc: "E" }] }] }] },
        { mapping: [{ mac: "n" }] },
        "none",
    ])
})

test("comments around the metadata belong to the document", () => {
    const { documents } = yaml.parse("a: b\n# one\nsops:\n    mac: m\n# two\n", "encrypted")
    expect(documents.map(entries)).toEqual([[{ a: "b" }, "# one", "# two"]])
})

for (const [why, source, layout, problem] of [
    ["an encrypted document without metadata", "a: CANARY\n", "encrypted", "not encrypted"],
    ["one with metadata only in the second document", "a: b\n---\nsops: {}\n", "encrypted", "not encrypted"],
    ["metadata that is a list", "sops: [CANARY]\n", "encrypted", "metadata"],
    ["metadata that is a string", "sops: CANARY\n", "encrypted", "metadata"],
    ["metadata twice", "sops: {}\nsops: {}\n", "encrypted", "syntax"],
    ["a plaintext that is encrypted", "a: CANARY\nsops:\n  mac: m\n", "plain", "unsupported"],
    [
        "a plaintext with a second document that is encrypted",
        "a: b\n---\nsops: CANARY\n",
        "plain",
        "unsupported",
    ],
] as const)
    test(`refuses ${why}`, () => {
        const read = (): unknown => yaml.parse(source, layout)
        expect(read).toThrow(SopsError)
        expect(read).toThrow(expect.objectContaining({ problem }))
        expect(read).not.toThrow("CANARY")
    })

test("the plaintexts that sops prints are printed the same after reading them", () => {
    const printed = vectors.filter(({ file, decrypted }) => file.endsWith(".yaml") && decrypted !== null)
    expect(printed.length).toBeGreaterThan(15)
    for (const { decrypted } of printed) {
        const text = vectorBytes(decrypted ?? "").toString()
        expect(yaml.emit(yaml.parse(text, "plain").documents).toString()).toBe(text)
    }
})

test("without edits, every byte of what sops wrote stays", () => {
    for (const { file } of vectors.filter((vector) => vector.file.endsWith(".yaml"))) {
        const source = vectorBytes(file).toString()
        const parsed = yaml.parse(source, "encrypted")
        const [metadata] = parsed.metadata
        expect(
            yaml.splice(source, parsed, metadata === undefined ? {} : { metadata, leaves: new Map() }),
        ).toBe(source)
    }
})
