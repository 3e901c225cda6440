import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { json } from "../../../agent/sops/json/codec.ts"
import type { Parsed } from "../../../agent/sops/codec.ts"
import type { Comment, Leaf } from "../../../agent/sops/tree.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"
import { documentOf } from "../documents.ts"
import { entries, nodesOf } from "../outline.ts"

function nodes(parsed: Parsed): (Leaf | Comment)[] {
    return parsed.documents.flatMap(nodesOf)
}

/** Each leaf (but null) and comment with a text as a stand-in for `ENC[…]`, counted from 1. */
function sealed(source: string): string {
    const parsed = yaml.parse(source, "plain")
    const leaves = new Map<Leaf | Comment, string>()
    for (const node of nodes(parsed))
        if (node.kind === "comment" || node.scalar.kind !== "null")
            leaves.set(node, `ENC[${leaves.size + 1}]`)
    return yaml.splice(source, parsed, { leaves })
}

describe("puts new values where the old ones were", () => {
    for (const [why, source, expected] of [
        ["plain, before a comment", "a:   b  # c\nd: e\n", "a:   ENC[2]  #ENC[1]\nd: ENC[3]\n"],
        ["in quotes, which stay quotes", "a: 'b'\nc: \"d\"\n", 'a: "ENC[1]"\nc: "ENC[2]"\n'],
        ["over lines", "a: b\n  c\n\n  d\ne: f\n", "a: ENC[1]\ne: ENC[2]\n"],
        [
            "in a block scalar",
            "a: |\n  b\n  c\nd: >-\n  e\n\n\nf: g\n",
            "a: ENC[1]\nd: ENC[2]\n\n\nf: ENC[3]\n",
        ],
        ["in a block scalar with a comment", "a: | # b\n  c\n  d\ne: f\n", "a: ENC[2] #ENC[1]\ne: ENC[3]\n"],
        ["in a list", "a:\n- b\n-   c\n", "a:\n- ENC[1]\n-   ENC[2]\n"],
        ["in brackets", "a: [b, 'c',{d:  e}]\n", 'a: ["ENC[1]", "ENC[2]",{d:  "ENC[3]"}]\n'],
        ["under an explicit key", "? a\n: b\n", "? a\n: ENC[1]\n"],
        [
            "with a tag, which says what the plaintext is",
            "a: !!int 5\nb: !x\n  c\n",
            "a: ENC[1]\nb: ENC[2]\n",
        ],
        [
            "with an anchor, which somebody may refer to",
            "a: &x b\nc: &y !!str d\n",
            "a: &x ENC[1]\nc: &y ENC[2]\n",
        ],
        ["of an alias", "a: &x b\nc: *x\n", "a: &x ENC[1]\nc: ENC[2]\n"],
        ["of what an alias stands for", "a: &x {b: c}\nd: *x\n", 'a: &x {b: "ENC[1]"}\nd: {"b": "ENC[2]"}\n'],
        ["and keeps nothing and null", "a:\nb: ~\nc: {}\nd: []\n", "a:\nb: ~\nc: {}\nd: []\n"],
        [
            "with the line ends of Windows",
            "a: b # c\r\nd: |\r\n  e\r\nf: g\r\n",
            "a: ENC[2] #ENC[1]\r\nd: ENC[3]\r\nf: ENC[4]\r\n",
        ],
        ["in several documents", "a: b\n---\n# c\nd: e\n", "a: ENC[1]\n---\n#ENC[2]\nd: ENC[3]\n"],
        ["behind a byte order mark", "\ufeffa: b\n", "\ufeffa: ENC[1]\n"],
    ] as const)
        test(why, () => {
            expect(sealed(source)).toBe(expected)
        })
})

test("an alias of something that becomes secret no longer follows it", () => {
    const source = "a: &x\n  b: c\n  d: 5\ne_unencrypted: *x\nf_unencrypted: [*x]\n"
    const parsed = yaml.parse(source, "plain")
    const [secret] = nodes(parsed)
    const leaves = new Map(secret === undefined ? [] : [[secret, "ENC[1]"]])
    expect(yaml.splice(source, parsed, { leaves })).toBe(
        'a: &x\n  b: ENC[1]\n  d: 5\ne_unencrypted: {"b": "c", "d": 5}\nf_unencrypted: [{"b": "c", "d": 5}]\n',
    )
})

test("comments that have no place in the tree do not outlive the encryption of the others", () => {
    const source = "a: [ # CANARY one\n  b, c ]\n--- # CANARY two\nd: e\n... # CANARY three\n"
    const text = sealed(source)
    expect(text).not.toContain("CANARY")
    expect(yaml.parse(text, "plain").documents.map(entries)).toHaveLength(2)
})

// With its neighbours gone, the third comment would be one of the list.
test("where a comment would come to belong elsewhere, the document is printed as sops does it", () => {
    const source = "a:\n    # one\n    - b\n    # two\n  # three\nc: d\n"
    const parsed = yaml.parse(source, "plain")
    const [one, b, two, three, d] = nodes(parsed)
    if (one === undefined || b === undefined || two === undefined || three === undefined || d === undefined)
        throw new Error("not five nodes")
    const text = yaml.splice(source, parsed, {
        leaves: new Map([b, three, d].map((node, index) => [node, `ENC[${index}]`])),
        lifted: new Map([one, two].map((node) => [node, "ENC[x]"])),
    })
    expect(text).toBe("#ENC[x]\n#ENC[x]\na:\n    - ENC[0]\n#ENC[1]\nc: ENC[2]\n")
})

test("without edits, every byte stays", () => {
    fc.assert(
        fc.property(documentOf("yaml"), (bytes) => {
            const source = bytes.toString()
            const parsed = yaml.parse(source, "plain")
            expect(yaml.splice(source, parsed, {})).toBe(source)
            expect(yaml.splice(source, parsed, { leaves: new Map(), lifted: new Map() })).toBe(source)
        }),
    )
})

test("the same values again, and every byte of an encrypted document stays", () => {
    fc.assert(
        fc.property(documentOf("yaml"), (bytes) => {
            const text = sealed(bytes.toString())
            expect(sealed(text).replaceAll(/ENC\[\d+\]/g, "")).toBe(text.replaceAll(/ENC\[\d+\]/g, ""))
        }),
    )
})

test("only what YAML was parsed from can be spliced", () => {
    expect(() => yaml.splice("{}", json.parse("{}", "plain"), {})).toThrow(TypeError)
})
