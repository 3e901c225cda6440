import { describe, expect, test } from "vitest"
import { keyEntry, keyTypes, readEntry, textLeaf } from "../../../agent/sops/key-entry.ts"
import type { KeyEntry } from "../../../agent/sops/key-entry.ts"
import { editMetadata } from "../../../agent/sops/metadata-edit.ts"
import type { MetadataChanges } from "../../../agent/sops/metadata-edit.ts"
import type { Branch } from "../../../agent/sops/tree.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"
import { entries, outline } from "../outline.ts"
import { cpuTime } from "../../cpu-time.ts"

const anna = keyEntry("age", { recipient: "age1anna", enc: "A\nA\n" })

function block(source: string): { parsed: ReturnType<typeof yaml.parse>; metadata: Branch } {
    const parsed = yaml.parse(source, "encrypted")
    const [metadata] = parsed.metadata
    if (metadata === undefined) throw new Error("no metadata")
    return { parsed, metadata }
}

function entriesIn(metadata: Branch): KeyEntry[] {
    return keyTypes.flatMap((type) => {
        const found = metadata.items.find((item) => item.kind === "item" && item.key === type)
        if (found?.kind !== "item" || found.value.kind === "leaf") return []
        const nodes = found.value.kind === "branch" ? [found.value] : found.value.items
        return nodes.flatMap((node) => (node.kind === "branch" ? [readEntry(type, node)] : []))
    })
}

/** The document with Anna as one more reader, and without those named. */
function withAnna(source: string, without: readonly string[] = []): string {
    const { parsed, metadata } = block(source)
    const kept = entriesIn(metadata).filter((entry) => !without.includes(entry.id))
    return yaml.splice(source, parsed, { metadata: editMetadata(metadata, { entries: [...kept, anna] }) })
}

function changed(source: string, changes: MetadataChanges): string {
    const { parsed, metadata } = block(source)
    return yaml.splice(source, parsed, { metadata: editMetadata(metadata, changes) })
}

const bob = `        # Bob's
        - recipient: age1bob   # since May
          enc:   |
            B
            B
          unknown: [1,  2]
`
const eve = `        - enc: |
            E
          recipient: age1eve
`
const added = `        - enc: |
            A
            A
          recipient: age1anna
`
const rest = `    lastmodified: "2026-01-01T00:00:00Z" # the day
    # the sum
    mac: m
    version: 3.9.4
# the end
`
const document = `a:   b # kept
sops:
    kms: []
    age:
${bob}${eve}${rest}`

describe("entries", () => {
    for (const [why, source, expected] of [
        ["in the layout of sops", document, document.replace(eve, eve + added)],
        [
            "with the line ends of Windows",
            document.replaceAll("\n", "\r\n"),
            document.replace(eve, eve + added).replaceAll("\n", "\r\n"),
        ],
        [
            "in a list that is not indented",
            "sops:\n  age:\n  - recipient: age1bob\n    enc: B\n  mac: m\n",
            "sops:\n  age:\n  - recipient: age1bob\n    enc: B\n  - enc: |\n        A\n        A\n    recipient: age1anna\n  mac: m\n",
        ],
        [
            "at the end of the file, without a line break",
            "sops:\n    mac: m\n    age:\n        - recipient: age1bob\n          enc: B",
            "sops:\n    mac: m\n    age:\n        - recipient: age1bob\n          enc: B\n        - enc: |\n            A\n            A\n          recipient: age1anna",
        ],
        [
            "where there was null",
            "sops:\n    age:\n    kms: null\n    pgp:\n        - fp: F\n          enc: P\n",
            "sops:\n    age:\n        - enc: |\n            A\n            A\n          recipient: age1anna\n    kms: null\n    pgp:\n        - fp: F\n          enc: P\n",
        ],
        [
            "where there was nothing",
            "sops:\n    mac: m\n    pgp:\n        - fp: F\n          enc: P\n",
            "sops:\n    age:\n        - enc: |\n            A\n            A\n          recipient: age1anna\n    mac: m\n    pgp:\n        - fp: F\n          enc: P\n",
        ],
        [
            "in brackets",
            'a: b\nsops: {age: [{recipient: age1bob, enc: "B"}], mac: m}\n',
            'a: b\nsops: {"age": [{"recipient": "age1bob", "enc": "B"}, {"enc": "A\\nA\\n", "recipient": "age1anna"}], "mac": "m"}\n',
        ],
        [
            "to a lone entry",
            "sops:\n    age:\n        recipient: age1bob # Bob\n        enc: B\n    mac: m\n",
            "sops:\n    age:\n        - recipient: age1bob # Bob\n          enc: B\n        - enc: |\n            A\n            A\n          recipient: age1anna\n    mac: m\n",
        ],
        [
            "in JSON",
            '{"a": "b", "sops": {"age": [{"recipient": "age1bob", "enc": "B"}], "mac": "m"}}',
            '{"a": "b", "sops": {"age": [{"recipient": "age1bob", "enc": "B"}, {"enc": "A\\nA\\n", "recipient": "age1anna"}], "mac": "m"}}',
        ],
    ] as const)
        test(`are added ${why}`, () => {
            expect(withAnna(source)).toBe(expected)
        })

    test("go with the comments above them", () => {
        expect(withAnna(document, ["age1bob"])).toBe(document.replace(bob + eve, eve + added))
        expect(withAnna(document, ["age1eve"])).toBe(document.replace(eve, added))
        expect(withAnna(document, ["age1bob", "age1eve"])).toBe(document.replace(bob + eve, added))
    })

    test("come back to the byte when an entry comes and goes", () => {
        const { parsed, metadata } = block(withAnna(document))
        const next = editMetadata(metadata, { entries: entriesIn(metadata).slice(0, 2) })
        expect(yaml.splice(withAnna(document), parsed, { metadata: next })).toBe(document)
    })

    test("of the last one, the key goes too", () => {
        const source = document
            .replace(bob, "")
            .replace(rest, `    pgp:\n        - enc: P\n          fp: F\n${rest}`)
        const { parsed, metadata } = block(source)
        const pgp = entriesIn(metadata).filter(({ type }) => type === "pgp")
        const next = editMetadata(metadata, { entries: pgp })
        expect(yaml.splice(source, parsed, { metadata: next })).toBe(source.replace(`    age:\n${eve}`, ""))
    })
})

test("scalars change on their line", () => {
    expect(changed(document, { lastmodified: "2026-07-08T09:10:11Z", mac: "ENC[n]" })).toBe(
        document.replace("2026-01-01T00:00:00Z", "2026-07-08T09:10:11Z").replace("mac: m", "mac: ENC[n]"),
    )
})

test("without a change, every byte stays", () => {
    const { parsed, metadata } = block(document)
    expect(yaml.splice(document, parsed, { metadata })).toBe(document)
    expect(changed(document, {})).toBe(document)
})

test("every document with metadata gets the same, those without get none", () => {
    const second = document.replace("# the end\n", "")
    const source = `${document}---\n${second}---\nc: d\n---\n  ${second.trimEnd().replaceAll("\n", "\n  ")}\n`
    const text = withAnna(source)
    const grown = (part: string): string => part.replace(eve, eve + added)
    expect(text).toBe(
        `${grown(document)}---\n${grown(second)}---\nc: d\n---\n  ${grown(second).trimEnd().replaceAll("\n", "\n  ")}\n`,
    )
})

test.each(["\r", "\x85", "\u2028"])(
    "line breaks that only YAML knows do not spoil the document",
    (lineBreak) => {
        const source = `a: b\nsops:\n    age:\n${eve.trimEnd()}${lineBreak}${rest.replace(" # the day", "")}`
        const { metadata } = block(source)
        const wanted = editMetadata(metadata, { entries: [...entriesIn(metadata), anna] })
        const text = yaml.splice(source, yaml.parse(source, "encrypted"), { metadata: wanted })
        const { parsed, metadata: written } = block(text)
        expect(outline(written)).toEqual(outline(wanted))
        expect(entries(parsed.documents[0])).toEqual([{ a: "b" }, "# the end"])
    },
)

test("a list of groups that is edited keeps the entries and the layout of the others", () => {
    const source = `sops:
  key_groups:
  - age:
    - recipient: age1bob # first
      enc: B
  # second group
  - hc_vault: []
    age:
    - {recipient: age1eve, enc: E}
  shamir_threshold: 2
`
    const { parsed, metadata } = block(source)
    const [groups] = metadata.items
    if (groups?.kind !== "item" || groups.value.kind !== "list") throw new Error("no groups")
    const [one, two] = groups.value.items
    if (one === undefined || two?.kind !== "branch") throw new Error("no two groups")
    const age = two.items[1]
    if (age?.kind !== "item" || age.value.kind !== "list") throw new Error("no entries")
    const grown = { ...age, value: { kind: "list" as const, items: [...age.value.items, anna.node] } }
    const next: Branch = {
        kind: "branch",
        items: [
            {
                ...groups,
                value: {
                    kind: "list",
                    items: [one, { kind: "branch", items: [...two.items.slice(0, 1), grown] }],
                },
            },
            { kind: "item", key: "shamir_threshold", value: textLeaf("3") },
        ],
    }
    expect(yaml.splice(source, parsed, { metadata: next })).toBe(
        source
            .replace("enc: E}\n", "enc: E}\n    - enc: |\n        A\n        A\n      recipient: age1anna\n")
            .replace("threshold: 2", 'threshold: "3"'),
    )
})

test("an entry that moves into another list keeps its lines", () => {
    const source =
        "sops:\n    age:\n        - recipient: age1bob # Bob\n          enc: |\n            B\n            B\n    mac: m\n"
    const { parsed, metadata } = block(source)
    const [age] = metadata.items
    if (age?.kind !== "item" || age.value.kind !== "list") throw new Error("no entries")
    const [entry] = age.value.items
    if (entry === undefined) throw new Error("no entry")
    const groups: Branch = {
        kind: "branch",
        items: [{ kind: "item", key: "age", value: { kind: "list", items: [entry] } }],
    }
    const next: Branch = {
        kind: "branch",
        items: [{ kind: "item", key: "key_groups", value: { kind: "list", items: [groups] } }],
    }
    expect(yaml.splice(source, parsed, { metadata: next })).toBe(
        "sops:\n    key_groups:\n        - age:\n            - recipient: age1bob # Bob\n              enc: |\n                B\n                B\n",
    )
})

test("blank lines in a block scalar do not double the time that its end takes to find", () => {
    const started = cpuTime()
    const blank = "   \n".repeat(28)
    const metadata = editMetadata({ kind: "branch", items: [] }, { mac: "m" })
    const source = `a: |\n  b\n${blank}c: d`
    expect(yaml.splice(source, yaml.parse(source, "plain"), { metadata })).toBe(
        `${source}\nsops:\n    mac: m\n`,
    )
    // Each line doubled it: ten seconds.
    expect(cpuTime() - started).toBeLessThan(2000)
})

describe("a plaintext document gets its first metadata", () => {
    const metadata: Branch = editMetadata({ kind: "branch", items: [] }, { entries: [anna], mac: "m" })
    const printed =
        "sops:\n    age:\n        - enc: |\n            A\n            A\n          recipient: age1anna\n    mac: m\n"
    for (const [why, source, expected] of [
        ["at its end", "a: b\n", `a: b\n${printed}`],
        ["at its end, without a line break", "a: b", `a: b\n${printed}`],
        [
            "behind a block scalar without a line break, which must not get one",
            "a: |\n  b",
            `a: |-\n  b\n${printed}`,
        ],
        ["behind a comment", "a: b\n# c\n", `a: b\n# c\n${printed}`],
        [
            "at the end of each document",
            "a: b\n---\nc: d\n...\n",
            `a: b\n${printed}---\nc: d\n${printed}...\n`,
        ],
        ["in an empty document", "---\n", `---\n${printed}`],
        [
            "indented as the document is",
            "  a: b\n",
            `  a: b\n  ${printed.trimEnd().replaceAll("\n", "\n  ")}\n`,
        ],
        ["with the line ends of Windows", "a: b\r\n", `a: b\r\n${printed.replaceAll("\n", "\r\n")}`],
        [
            "in braces",
            "{a: b}\n",
            '{a: b, "sops": {"age": [{"enc": "A\\nA\\n", "recipient": "age1anna"}], "mac": "m"}}\n',
        ],
        [
            "in empty braces",
            "{}\n",
            '{"sops": {"age": [{"enc": "A\\nA\\n", "recipient": "age1anna"}], "mac": "m"}}\n',
        ],
    ] as const)
        test(why, () => {
            const text = yaml.splice(source, yaml.parse(source, "plain"), { metadata })
            expect(text).toBe(expected)
            const back = yaml.parse(text, "encrypted")
            expect(
                back.documents.map(({ items }) => items.filter((item) => item.kind === "item").length),
            ).toEqual(
                yaml
                    .parse(source, "plain")
                    .documents.map(({ items }) => items.filter((item) => item.kind === "item").length),
            )
            for (const found of back.metadata)
                expect(entriesIn(found ?? metadata)).toMatchObject([{ id: "age1anna" }])
        })
})
