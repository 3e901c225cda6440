import { expect, test } from "vitest"
import type { Comment, Leaf } from "../../../agent/sops/tree.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"
import { nodesOf } from "../outline.ts"

/** Lifts list elements that say `comment:…`, and comments in lists that say the same. */
function lifted(source: string): string {
    const parsed = yaml.parse(source, "plain")
    const texts = new Map<Leaf | Comment, string>()
    for (const node of parsed.documents.flatMap(nodesOf)) {
        const text =
            node.kind === "comment"
                ? node.text.trim()
                : node.scalar.kind === "str"
                  ? node.scalar.value.toString()
                  : ""
        if (text.startsWith("comment:")) texts.set(node, text.slice("comment:".length))
    }
    expect(texts.size).toBeGreaterThan(0)
    return yaml.splice(source, parsed, { lifted: texts })
}

for (const [why, source, expected] of [
    ["the first element", "a:\n  - comment:1\n  - b\n", "#1\na:\n  - b\n"],
    ["the last element, without a line break", "a:\n  - b\n  - comment:1", "#1\na:\n  - b\n"],
    [
        "several, in order",
        "x: y\na:\n- comment:1\n- b\n- comment:2\n- comment:3\n- c\n",
        "x: y\n#1\n#2\n#3\na:\n- b\n- c\n",
    ],
    ["all of a list", "a:\n    - comment:1\n    - comment:2\nb: c\n", "#1\n#2\na: []\nb: c\n"],
    ["all of a list that is not indented", "a:\n- comment:1\nb: c\n", "#1\na: []\nb: c\n"],
    [
        "in an inner mapping",
        "a:\n    b:\n        - comment:1\n        - c\n",
        "a:\n    #1\n    b:\n        - c\n",
    ],
    [
        "in a mapping in a list",
        "a:\n  - b: c\n    d:\n      - comment:1\n      - e\n",
        "a:\n  - b: c\n    #1\n    d:\n      - e\n",
    ],
    [
        "in the first key of a mapping in a list",
        "a:\n  - b:\n      - comment:1\n      - c\n",
        "a:\n  #1\n  - b:\n      - c\n",
    ],
    ["in a list in a list", "a:\n  - - b\n    - comment:1\n  - c\n", "#1\na:\n  - - b\n  - c\n"],
    ["the first of a list in a list", "a:\n  - - comment:1\n    - b\n", "#1\na:\n  - \n    - b\n"],
    [
        "all of a list in a list",
        "a:\n  - - comment:1\n    - comment:2\n  - b\n",
        "#1\n#2\na:\n  - []\n  - b\n",
    ],
    ["in brackets", "a: [comment:1, b]\n", "#1\na: [b]\n"],
    ["at the end of brackets", "a: [b, comment:1, comment:2]\n", "#1\n#2\na: [b]\n"],
    ["between brackets", "a: [b, comment:1, c, comment:2, d,]\n", "#1\n#2\na: [b, c, d,]\n"],
    ["all of brackets", "a: [comment:1, comment:2,]\n", "#1\n#2\na: []\n"],
    ["brackets in a list", "a:\n  - [comment:1]\n  - b\n", "#1\na:\n  - []\n  - b\n"],
    [
        "in braces, where a comment can stand as well",
        "a: {b: [comment:1, c], d: e}\n",
        "a: {\n#1\nb: [c], d: e}\n",
    ],
    ["a real comment", "a:\n  - b\n  # comment:1\n  - c\n", "#1\na:\n  - b\n  - c\n"],
    ["a real comment behind an element", "a:\n  - b # comment:1\n  - c\n", "#1\na:\n  - b\n  - c\n"],
    ["with the line ends of Windows", "a:\r\n  - comment:1\r\n  - b\r\n", "#1\r\na:\r\n  - b\r\n"],
    ["with a comment that stays behind", "a:\n  - comment:1 # b\n  - c\n", "#1\na:\n   # b\n  - c\n"],
] as const)
    test(`moves comments out of a list: ${why}`, () => {
        expect(lifted(source)).toBe(expected)
        // It reads as it should, so nothing had to be printed anew.
        expect(yaml.parse(expected, "plain").documents).toHaveLength(1)
    })
