import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { dotenv } from "../../../agent/sops/flat/dotenv.ts"
import { SopsError } from "../../../agent/sops/error.ts"
import { keyEntry } from "../../../agent/sops/key-entry.ts"
import { editMetadata } from "../../../agent/sops/metadata-edit.ts"
import type { Comment, Leaf } from "../../../agent/sops/tree.ts"
import { documentOf } from "../documents.ts"
import { entries, nodesOf, outline } from "../outline.ts"
import { vectorBytes } from "../vectors.ts"
import { cpuTime } from "../../cpu-time.ts"

describe("reads", () => {
    for (const [why, source, expected] of [
        ["entries and comments", "# one\nA=b\n#two\nC=\n", ["# one", { A: "b" }, "#two", { C: "" }]],
        [
            "everything as it is written",
            " A = 'b' #c\nexport D=\"e\"\n",
            [{ " A ": " 'b' #c" }, { "export D": '"e"' }],
        ],
        ["a value up to the end of the line", "A=b=c\n=d\n", [{ A: "b=c" }, { "": "d" }]],
        ["line breaks written as two characters", "A=b\\nc\\\\nd\n", [{ A: "b\nc\\\nd" }]],
        ["a key twice", "A=b\nA=c\n", [{ A: "b" }, { A: "c" }]],
        ["no empty lines", "\n\nA=b\n\n", [{ A: "b" }]],
        ["the last line without a line break", "A=b", [{ A: "b" }]],
        ["a carriage return as part of the value", "A=b\r\n", [{ A: "b\r" }]],
        ["a byte order mark as part of the key", "\ufeffA=b\n", [{ "\ufeffA": "b" }]],
        ["nothing", "", []],
        [
            "keys that objects would lose",
            "__proto__=a\n1=b\n",
            [Object.fromEntries([["__proto__", "a"]]), { 1: "b" }],
        ],
    ] as const)
        test(why, () => {
            expect(entries(dotenv.parse(source, "plain").documents[0])).toEqual(expected)
        })

    test("metadata from flat names, and the rest without it", () => {
        const parsed = dotenv.parse(
            "A=b\nsops_mac=m\n# one\nsops_age__list_0__map_enc=x\\ny\\n\n",
            "encrypted",
        )
        expect(parsed.documents.map(entries)).toEqual([[{ A: "b" }, "# one"]])
        expect(parsed.metadata.map((block) => block && outline(block))).toEqual([
            { mapping: [{ age: [{ mapping: [{ enc: "x\ny\n" }] }] }, { mac: "m" }] },
        ])
    })

    // sops itself cannot read these any more.
    test("a file whose line breaks were converted", () => {
        const source = vectorBytes("enc/basic-env.3.13.2.env").toString()
        const parsed = dotenv.parse(source, "encrypted")
        const converted = dotenv.parse(source.replaceAll("\n", "\r\n"), "encrypted")
        expect(converted.documents.map(entries)).toEqual(parsed.documents.map(entries))
        expect(converted.metadata.map((block) => block && outline(block))).toEqual(
            parsed.metadata.map((block) => block && outline(block)),
        )
    })
})

for (const [why, source, layout, problem, line] of [
    ["a line without =", "A=b\nCANARY\n", "plain", "syntax", 2],
    ["an encrypted document without metadata", "A=CANARY\n", "encrypted", "not encrypted", undefined],
    ["a plaintext with reserved names", "sops_x=CANARY\n", "plain", "unsupported", undefined],
    ["metadata twice", "sops_mac=CANARY\nsops_mac=CANARY\n", "encrypted", "metadata", undefined],
    ["metadata with holes", "sops_age__list_1__map_enc=CANARY\n", "encrypted", "metadata", undefined],
    [
        "metadata of hostile depth",
        `sops_a${"__map_b".repeat(1_000_000)}=CANARY\n`,
        "encrypted",
        "limit",
        undefined,
    ],
] as const)
    test(`refuses ${why}`, () => {
        const read = (): unknown => dotenv.parse(source, layout)
        expect(read).toThrow(SopsError)
        expect(read).toThrow(expect.objectContaining({ problem, line }))
        expect(read).not.toThrow("CANARY")
    })

test("prints what sops prints", () => {
    const plain = vectorBytes("plain/basic.env").toString()
    const printed = vectorBytes("enc/basic-env.3.13.2.env.dec").toString()
    expect(dotenv.emit(dotenv.parse(plain, "plain").documents).toString()).toBe(printed)
    expect(dotenv.emit(dotenv.parse(printed, "plain").documents).toString()).toBe(printed)
})

test("prints bytes that are not UTF-8 as they are", () => {
    const value = Buffer.from([0xff, 0x0a, 0x41])
    const leaf: Leaf = { kind: "leaf", scalar: { kind: "str", value } }
    const printed = dotenv.emit([{ kind: "branch", items: [{ kind: "item", key: "A", value: leaf }] }])
    expect(printed).toEqual(Buffer.concat([Buffer.from("A="), Buffer.from([0xff]), Buffer.from("\\nA\n")]))
})

test("refuses to print what has no place in it", () => {
    const nested = { kind: "item" as const, key: "A", value: { kind: "list" as const, items: [] } }
    expect(() => dotenv.emit([{ kind: "branch", items: [nested] }])).toThrow(SopsError)
})

test("puts new values and comments where the old ones were", () => {
    const source = "# one\n A =b # c\n\nD=e\\nf\n"
    const parsed = dotenv.parse(source, "plain")
    const leaves = new Map<Leaf | Comment, string>(
        parsed.documents.flatMap(nodesOf).map((node, index) => [node, `ENC[${index}]`]),
    )
    expect(dotenv.splice(source, parsed, { leaves })).toBe("#ENC[0]\n A =ENC[1]\n\nD=ENC[2]\n")
})

const anna = keyEntry("age", { recipient: "age1anna", enc: "A\nA\n" })
const metadata = editMetadata({ kind: "branch", items: [] }, { entries: [anna], mac: "m" })
const lines = ["sops_age__list_0__map_enc=A\\nA\\n", "sops_age__list_0__map_recipient=age1anna", "sops_mac=m"]

for (const [why, source, expected] of [
    ["a document", "A=b\n", `A=b\n${lines.join("\n")}\n`],
    ["a document without a last line break", "A=b", `A=b\n${lines.join("\n")}`],
    ["an empty document", "", `${lines.join("\n")}\n`],
] as const)
    test(`gives ${why} its first metadata`, () => {
        expect(dotenv.splice(source, dotenv.parse(source, "plain"), { metadata })).toBe(expected)
    })

test("what looks like the start of many lines is read in little time", () => {
    const started = cpuTime()
    for (const start of ["\rsops_", "\u2028sops_"]) {
        const source = `sops_mac=${start.repeat(300_000)}\nA=b\n`
        expect(entries(dotenv.parse(source, "encrypted").documents[0])).toEqual([{ A: "b" }])
    }
    // Hundredths of a second; minutes when every start is read to the end.
    expect(cpuTime() - started).toBeLessThan(5000)
})

test("without edits, every byte stays", () => {
    fc.assert(
        fc.property(documentOf("dotenv"), (bytes) => {
            const source = bytes.toString()
            expect(dotenv.splice(source, dotenv.parse(source, "plain"), {})).toBe(source)
            const sealed = dotenv.splice(source, dotenv.parse(source, "plain"), { metadata })
            const parsed = dotenv.parse(sealed, "encrypted")
            const [block] = parsed.metadata
            expect(dotenv.splice(sealed, parsed, block === undefined ? {} : { metadata: block })).toBe(sealed)
        }),
    )
})
