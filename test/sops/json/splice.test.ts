import { describe, expect, test } from "vitest"
import { json } from "../../../agent/sops/json/codec.ts"
import { keyEntry, textLeaf } from "../../../agent/sops/key-entry.ts"
import { editMetadata } from "../../../agent/sops/metadata-edit.ts"
import { readMetadata } from "../../../agent/sops/metadata.ts"
import type { Parsed } from "../../../agent/sops/codec.ts"
import type { Branch, Leaf } from "../../../agent/sops/tree.ts"

function block(parsed: Parsed): Branch {
    const [metadata] = parsed.metadata
    if (metadata === undefined) throw new Error("no metadata")
    return metadata
}

function firstLeaf(parsed: Parsed): Leaf {
    const item = parsed.documents[0]?.items[0]
    if (item?.kind !== "item" || item.value.kind !== "leaf") throw new Error("no leaf")
    return item.value
}

const anna = keyEntry("age", { recipient: "age1anna", enc: "A\n" })

/** The document with one more entry, and without the entries named. */
function changed(source: string, without: readonly string[] = []): string {
    const parsed = json.parse(source, "encrypted")
    const { groups } = readMetadata(block(parsed))
    const kept = groups.flat().filter((entry) => !without.includes(entry.id))
    return json.splice(source, parsed, {
        metadata: editMetadata(block(parsed), { entries: [...kept, anna] }),
    })
}

const tabs = `{
	"data": "x",
	"sops": {
		"kms": null,
		"age": [
			{
				"recipient": "age1bob",  "enc": "B\\u000a", "unknown": {"a":1}
			}
		],
		"lastmodified": "2026-01-01T00:00:00Z",
		"mac": "m",
		"pgp": null,
		"version": "3.9.4"
	}
}
`

describe("adds an entry and keeps every other byte", () => {
    test("in the layout of sops, unknown fields and null lists included", () => {
        expect(changed(tabs)).toBe(
            tabs.replace(
                '{"a":1}\n\t\t\t}',
                '{"a":1}\n\t\t\t},\n\t\t\t{\n\t\t\t\t"enc": "A\\n",\n\t\t\t\t"recipient": "age1anna"\n\t\t\t}',
            ),
        )
    })

    test("with spaces", () => {
        const spaces = tabs.replaceAll("\t", "  ")
        expect(changed(spaces)).toBe(changed(tabs).replaceAll("\t", "  "))
    })

    test("with the line ends of Windows", () => {
        const windows = tabs.replaceAll("\n", "\r\n")
        expect(changed(windows)).toBe(changed(tabs).replaceAll("\n", "\r\n"))
    })

    test("all on one line", () => {
        const line =
            '{"data":"x","sops":{"age":[{"recipient":"age1bob","enc":"B"}],"lastmodified":"2026-01-01T00:00:00Z","mac":"m"}}'
        expect(changed(line)).toBe(
            line.replace('"enc":"B"}', '"enc":"B"},{"enc": "A\\n","recipient": "age1anna"}'),
        )
    })
})

test("replaces the last entry, and a list of another kind goes when it is empty", () => {
    const source = tabs.replace('"pgp": null', '"pgp": [ { "fp": "F", "enc": "P" } ]')
    const result = changed(source, ["age1bob", "pgp:F"])
    expect(result).toBe(
        tabs
            .replace(
                /\{\n\t+"recipient"[^]*?\n\t\t\t\}/,
                '{\n\t\t\t\t"enc": "A\\n",\n\t\t\t\t"recipient": "age1anna"\n\t\t\t}',
            )
            .replace('\t\t"pgp": null,\n', ""),
    )
})

test("changes scalars of the metadata alone", () => {
    const parsed = json.parse(tabs, "encrypted")
    const metadata = editMetadata(block(parsed), { mac: "<new>" })
    expect(json.splice(tabs, parsed, { metadata })).toBe(tabs.replace('"m"', '"\\u003cnew\\u003e"'))
})

test("changes nothing when nothing changes", () => {
    const parsed = json.parse(tabs, "encrypted")
    const { groups } = readMetadata(block(parsed))
    expect(
        json.splice(tabs, parsed, { metadata: editMetadata(block(parsed), { entries: groups.flat() }) }),
    ).toBe(tabs)
    expect(json.splice(tabs, parsed, {})).toBe(tabs)
})

describe("appends metadata to a plain document", () => {
    const metadata: Branch = { kind: "branch", items: [{ kind: "item", key: "mac", value: textLeaf("m") }] }
    for (const [source, expected] of [
        ['{\n\t"a": 1\n}\n', '{\n\t"a": "ENC",\n\t"sops": {\n\t\t"mac": "m"\n\t}\n}\n'],
        ['{\n  "a": 1\n}', '{\n  "a": "ENC",\n  "sops": {\n    "mac": "m"\n  }\n}'],
        ['{"a":1}', '{"a":"ENC","sops": {"mac": "m"}}'],
    ] as const) {
        test(source, () => {
            const parsed = json.parse(source, "plain")
            const leaves = new Map([[firstLeaf(parsed), "ENC"]])
            expect(json.splice(source, parsed, { leaves, metadata })).toBe(expected)
        })
    }

    test("that is empty", () => {
        expect(json.splice("{}\n", json.parse("{}\n", "plain"), { metadata })).toBe(
            '{\n\t"sops": {\n\t\t"mac": "m"\n\t}\n}\n',
        )
    })
})
