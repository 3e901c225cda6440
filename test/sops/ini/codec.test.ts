import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { SopsError } from "../../../agent/sops/error.ts"
import { ini } from "../../../agent/sops/ini/codec.ts"
import { keyEntry } from "../../../agent/sops/key-entry.ts"
import { readMetadata } from "../../../agent/sops/metadata.ts"
import { editMetadata } from "../../../agent/sops/metadata-edit.ts"
import type { Comment, Leaf } from "../../../agent/sops/tree.ts"
import { documentOf } from "../documents.ts"
import { entries, nodesOf, outline } from "../outline.ts"
import { vectorBytes, vectors } from "../vectors.ts"

test("comments come before a section and behind a key", () => {
    const { documents } = ini.parse("; one\n[s]\n; two\na=b\nc=d\n", "plain")
    expect(entries(documents[0])).toEqual([
        { DEFAULT: { mapping: [] } },
        { s: { mapping: ["#one", { a: "b" }, "#two", { c: "d" }] } },
    ])
})

describe("reads metadata of every writer", () => {
    const expected = { age: [{ mapping: [{ enc: "x\ny\n" }, { recipient: "r" }] }] }
    for (const [why, source] of [
        ["in any order", "[sops]\nage__list_0__map_recipient = r\nmac=m\nage__list_0__map_enc = x\\ny\\n\n"],
        [
            "with real line breaks",
            '[sops]\nage__list_0__map_enc = """x\ny\n"""\nage__list_0__map_recipient = r\nmac = m\n',
        ],
        [
            "before other sections",
            "[sops]\nmac=m\nage__list_0__map_recipient=r\nage__list_0__map_enc=x\\ny\\n\n[s]\na=b\n",
        ],
    ] as const)
        test(why, () => {
            const { metadata } = ini.parse(source, "encrypted")
            expect(metadata.map((block) => block && outline(block))).toEqual([
                { mapping: [expected, { mac: "m" }] },
            ])
        })
})

for (const [why, source, layout, problem] of [
    ["an encrypted document without metadata", "[s]\na=CANARY\n", "encrypted", "not encrypted"],
    ["metadata twice", "[sops]\nmac=CANARY\n[sops]\nmac=CANARY\n", "encrypted", "metadata"],
    ["metadata with holes", "[sops]\nage__list_1=CANARY\n", "encrypted", "metadata"],
    ["a plaintext that is encrypted", "[sops]\na=CANARY\n", "plain", "unsupported"],
    ["a plaintext with a key twice, of which one would stay", "[s]\na=CANARY\na=b\n", "plain", "unsupported"],
] as const)
    test(`refuses ${why}`, () => {
        const read = (): unknown => ini.parse(source, layout)
        expect(read).toThrow(SopsError)
        expect(read).toThrow(expect.objectContaining({ problem }))
        expect(read).not.toThrow("CANARY")
    })

test("the plaintexts that sops prints are printed the same after reading them", () => {
    const printed = vectors.filter(({ file, decrypted }) => file.endsWith(".ini") && decrypted !== null)
    expect(printed.length).toBeGreaterThan(2)
    for (const { decrypted } of printed) {
        // One of them has a section twice, with a key that occurs in both.
        const text = vectorBytes(decrypted ?? "").toString()
        expect(ini.emit(ini.parse(text, "plain").documents).toString()).toBe(text)
    }
})

/** Each leaf and comment with a text as a stand-in for `ENC[…]`, counted from 0. */
function sealed(source: string): string {
    const parsed = ini.parse(source, "plain")
    const leaves = new Map<Leaf | Comment, string>()
    for (const node of parsed.documents.flatMap(nodesOf))
        if (
            node.kind === "comment"
                ? node.text !== ""
                : node.scalar.kind === "str" && node.scalar.value !== ""
        )
            leaves.set(node, `ENC[${leaves.size}]`)
    return ini.splice(source, parsed, { leaves })
}

describe("puts new values where the old ones were", () => {
    for (const [why, source, expected] of [
        ["and keeps the layout", "[s]\n  a   =  b\n\nc:d\n", "[s]\n  a   =  ENC[0]\n\nc:ENC[1]\n"],
        ["in quotes", 'a=\'b\'\nc=`d`\ne="""f"""\n', "a=ENC[0]\nc=ENC[1]\ne=ENC[2]\n"],
        ["over lines", "a=`b\nc`\nd=e\\\n  f\ng=h\n", "a=ENC[0]\nd=ENC[1]\ng=ENC[2]\n"],
        ["before a comment", "a=b ; c\nd=e#f\n", "a=ENC[0] ; ENC[1]\nd=ENC[2]#ENC[3]\n"],
        ["and makes one line of several comments", "; one\n#two\na=b ; three\n", "; ENC[1]\na=ENC[0]\n"],
        // The `]` of the text would end the header, so it moves above it, where sops has it.
        ["and moves the comment behind a header", "[s] # one\na=b\n", "; ENC[0]\n[s]\na=ENC[1]\n"],
        ["and keeps empty values", "a=\nb = ''\n", "a=\nb = ''\n"],
        ["with the line ends of Windows", "; one\r\n; two\r\na=b\r\n", "; ENC[1]\r\na=ENC[0]\r\n"],
        [
            "and leaves nothing that go-ini ignores",
            "[s] CANARY\na=`b` CANARY\n; CANARY\n",
            "[s] \na=ENC[0]\n\n",
        ],
    ] as const)
        test(why, () => {
            expect(sealed(source)).toBe(expected)
        })
})

const anna = keyEntry("age", { recipient: "age1anna", enc: "A\nA\n" })
const metadata = editMetadata({ kind: "branch", items: [] }, { entries: [anna], mac: "m" })
const section =
    "[sops]\nage__list_0__map_enc       = A\\nA\\n\nage__list_0__map_recipient = age1anna\nmac                        = m\n"

describe("gives a plaintext its first metadata", () => {
    for (const [why, source, expected] of [
        ["at its end", "a=b\n", `a=b\n\n${section}`],
        ["without a last line break", "a=b", `a=b\n\n${section}`],
        ["behind a value that would go on", "a=b\\", `a=b\\\n\n${section}`],
        ["in an empty file", "", section],
        ["with the line ends of Windows", "a=b\r\n", `a=b\r\n\r\n${section.replaceAll("\n", "\r\n")}`],
    ] as const)
        test(why, () => {
            const text = ini.splice(source, ini.parse(source, "plain"), { metadata })
            expect(text).toBe(expected)
            const back = ini.parse(text, "encrypted")
            expect(back.documents.map(entries)).toEqual(ini.parse(source, "plain").documents.map(entries))
            expect(back.metadata.map((block) => block && outline(block))).toEqual([outline(metadata)])
        })
})

test("an added entry is aligned as its section is, and what stays keeps its lines", () => {
    const source = `[s]\na = b\n\n[sops]\nmac                        = m\nage__list_0__map_recipient = r\nage__list_0__map_enc       = """E\n"""\n`
    const parsed = ini.parse(source, "encrypted")
    const [block] = parsed.metadata
    const age = block?.items[0]
    if (block === undefined || age?.kind !== "item" || age.value.kind !== "list")
        throw new Error("no entries")
    const next = {
        ...block,
        items: [
            { ...age, value: { kind: "list" as const, items: [...age.value.items, anna.node] } },
            ...block.items.slice(1),
        ],
    }
    expect(ini.splice(source, parsed, { metadata: next })).toBe(
        source.replace(
            "_recipient = r\n",
            "_recipient = r\nage__list_1__map_enc       = A\\nA\\n\nage__list_1__map_recipient = age1anna\n",
        ),
    )
})

test("a key of the metadata that occurs twice becomes one, and nothing between the two is lost", () => {
    const source =
        "[sops]\nage__list_0__map_recipient = r\nage__list_0__map_enc = E\nmac = m\nage__list_0__map_recipient = q\nlastmodified = 2026-07-08T09:10:11Z\n"
    const parsed = ini.parse(source, "encrypted")
    const [block] = parsed.metadata
    if (block === undefined) throw new Error("no metadata")
    expect(ini.splice(source, parsed, { metadata: block })).toBe(source)
    const entriesThere = readMetadata(block).groups.flat()
    const next = editMetadata(block, { entries: [...entriesThere, anna], mac: "n" })
    const text = ini.splice(source, parsed, { metadata: next })
    expect(ini.parse(text, "encrypted").metadata.map((read) => read && outline(read))).toEqual([
        outline(next),
    ])
    expect(text).toMatch(/^\[sops\]\nage__list_0__map_enc = E\n/)
    expect(text).toMatch(/\nmac = n\nage__list_0__map_recipient = q\n/)
    expect(text).not.toContain("= r\n")
})

test("an empty value of the metadata gets its text in its own line", () => {
    const source = "[sops]\nmac =\nlastmodified = 2026-07-08T09:10:11Z\n"
    const parsed = ini.parse(source, "encrypted")
    const [block] = parsed.metadata
    if (block === undefined) throw new Error("no metadata")
    const text = ini.splice(source, parsed, { metadata: editMetadata(block, { mac: "m" }) })
    expect(text).toBe("[sops]\nmac =m\nlastmodified = 2026-07-08T09:10:11Z\n")
})

test("without edits, every byte stays", () => {
    fc.assert(
        fc.property(documentOf("ini"), (bytes) => {
            const source = bytes.toString()
            expect(ini.splice(source, ini.parse(source, "plain"), {})).toBe(source)
            const text = ini.splice(source, ini.parse(source, "plain"), { metadata })
            const parsed = ini.parse(text, "encrypted")
            const [block] = parsed.metadata
            expect(ini.splice(text, parsed, block === undefined ? {} : { metadata: block })).toBe(text)
        }),
    )
})
