import { expect, test } from "vitest"
import { readConfig } from "../../../../agent/sops/config/config.ts"
import type { Config } from "../../../../agent/sops/config/config.ts"
import { Unedited } from "../../../../agent/sops/config/edit/unedited.ts"
import { filled, keysWith } from "../../../admin/shapes/keys.ts"
import { misread } from "../../../admin/shapes/misread.ts"
import { mistaken } from "../../../admin/shapes/mistaken.ts"
import { written } from "../../../admin/shapes/written.ts"
import { editConfig } from "../../../../agent/sops/config/edit/edit.ts"
import type { Wish } from "../../../../agent/sops/config/edit/edit.ts"

const named = (letter: string): string => `age1${letter.repeat(8)}`
const [a, b, c, d] = [named("a"), named("b"), named("c"), named("d")] as const
const pgp = "0123456789ABCDEF0123456789ABCDEF01234567"

/** The lines that an edit takes out and puts in. */
function edited(source: string, wish: Wish): string[] {
    const after = editConfig(source, wish).source
    const [old, next] = [source.split("\n"), after.split("\n")]
    let [from, till] = [0, 0]
    while (from < Math.min(old.length, next.length) && old[from] === next[from]) from++
    while (till < Math.min(old.length, next.length) - from && old.at(-1 - till) === next.at(-1 - till)) till++
    return [
        ...old.slice(from, old.length - till).map((line) => `-${line}`),
        ...next.slice(from, next.length - till).map((line) => `+${line}`),
    ]
}

const flat = `# who may what
keys:
  - &alice ${a} # the first
  # in the cellar
  - &host_web ${b}
creation_rules:
  # web
  - path_regex: ^secrets/web/
    key_groups:
      - age:
          - *alice
          - *host_web
  - path_regex: ^secrets/
    key_groups:
      - age:
          - *alice
`
const bob = { name: "bob", text: c, beside: [a] }

test.each<[string, string, Wish, string[]]>([
    ["beside its like", flat, { define: bob }, [`+  - &bob ${c}`]],
    ["at the end of keys, without a like", flat, { define: { ...bob, beside: [] } }, [`+  - &bob ${c}`]],
    ["with CRLF", flat.replaceAll("\n", "\r\n"), { define: bob }, [`+  - &bob ${c}\r`]],
    [
        "in a nested group",
        `keys:\n  - &users\n      -   &alice ${a}\n  - &hosts\n      -   &web ${b}\n`,
        { define: bob },
        [`+      -   &bob ${c}`],
    ],
    [
        "where the group is an empty key with an anchor",
        `keys:\n- &users:\n  - &alice ${a}\n- &hosts:\n  - &web ${b}\n`,
        { define: bob },
        [`+  - &bob ${c}`],
    ],
    [
        "in a mapping of groups",
        `keys:\n  users:\n    alice: &alice ${a}\n  hosts:\n    web: &web ${b}\n`,
        { define: bob },
        [`+    bob: &bob ${c}`],
    ],
    [
        "in a mapping without anchors",
        `keys:\n  users:\n    alice: "${a}"\n  hosts:\n    web: ${b}\n`,
        { define: bob },
        [`+    bob: "${c}"`],
    ],
    [
        "in a list of mappings",
        `keys:\n  - alice: &alice ${a}\n  - web: &web ${b}\n`,
        { define: bob },
        [`+  - bob: &bob ${c}`],
    ],
    [
        "in brackets",
        `keys: [&alice ${a}, &web ${b}]\n`,
        { define: bob },
        [`-keys: [&alice ${a}, &web ${b}]`, `+keys: [&alice ${a}, &bob ${c}, &web ${b}]`],
    ],
    [
        "in brackets over lines",
        `keys: [\n  &alice ${a}, # one\n  &web ${b}\n]\n`,
        { define: { ...bob, beside: [b] } },
        [`-  &web ${b}`, `+  &web ${b},`, `+  &bob ${c}`],
    ],
    [
        "where there are no names yet",
        `# mine\ncreation_rules:\n  - age: ${a}\n`,
        { define: bob },
        [`+keys:`, `+  - &bob ${c}`],
    ],
    [
        "outside of a list that a rule takes",
        `keys:\n  - &admins\n    - &alice ${a}\n  - &web ${b}\ncreation_rules:\n  - key_groups:\n      - age: *admins\n`,
        { define: bob },
        [`+  - &bob ${c}`],
    ],
])("a name is put %s", (_, source, wish, lines) => {
    expect(edited(source, wish)).toEqual(lines)
})

test("a name is put at the end of a text that has no last line break", () => {
    const source = `creation_rules: []\nkeys:\n  - &alice ${a}`
    expect(editConfig(source, { define: bob }).source).toBe(`${source}\n  - &bob ${c}`)
})

const rule = (lines: string): string =>
    `keys:\n  - &alice ${a}\n  - &web ${b}\n  - &bob ${c}\n  - &carol ${pgp}\ncreation_rules:\n${lines}`
const admitted: Wish = { admit: { rules: [0], keys: [c] } }

test.each<[string, string, string[]]>([
    ["a list", `  - key_groups:\n    - age:\n      - *alice # me\n      # end\n`, ["+      - *bob"]],
    ["a list in one line", `  - age: [*alice]\n`, ["-  - age: [*alice]", "+  - age: [*alice, *bob]"]],
    ["a text with commas", `  - age: ${a}, ${b}\n`, [`-  - age: ${a}, ${b}`, `+  - age: ${a}, ${b}, ${c}`]],
    ["a text in quotes", `  - age: "${a}"\n`, [`-  - age: "${a}"`, `+  - age: "${a},${c}"`]],
    [
        "a folded text",
        `  - age: >-\n      ${a},\n      ${b}\n`,
        [`-      ${b}`, `+      ${b},`, `+      ${c}`],
    ],
    ["a text over lines", `  - age: ${a},\n      ${b}\n`, [`-      ${b}`, `+      ${b},`, `+      ${c}`]],
    ["an alias", `  - age: *alice\n`, ["-  - age: *alice", "+  - age: [*alice, *bob]"]],
    [
        "a group without its kind",
        `  - key_groups:\n      - pgp:\n          - *carol\n`,
        ["+        age:", "+          - *bob"],
    ],
    ["a rule without its kind", `  - pgp: ${pgp}\n`, [`+    age: ${c}`]],
    [
        "a group in one line",
        `  - key_groups: [{age: [*alice]}]\n`,
        ["-  - key_groups: [{age: [*alice]}]", "+  - key_groups: [{age: [*alice, *bob]}]"],
    ],
    [
        "a group in one line without its kind",
        `  - key_groups: [{pgp: [*carol]}]\n`,
        ["-  - key_groups: [{pgp: [*carol]}]", "+  - key_groups: [{pgp: [*carol], age: [*bob]}]"],
    ],
])("a key is put into %s", (_, lines, change) => {
    expect(edited(rule(lines), admitted)).toEqual(change)
})

test("who has no name yet above is named by the key itself", () => {
    const source = `creation_rules:\n  - key_groups:\n      - age: [${a}]\nkeys:\n  - &alice ${a}\n  - &bob ${c}\n`
    expect(edited(source, admitted)).toEqual([`-      - age: [${a}]`, `+      - age: [${a}, ${c}]`])
})

test("a list that several rules take is changed once, for all of them", () => {
    const source = `keys:\n  - &bob ${c}\n  - &admins\n    - &alice ${a}\ncreation_rules:\n  - path_regex: a\n    key_groups:\n      - age: *admins\n  - key_groups:\n      - age: *admins\n`
    const { config } = editConfig(source, admitted)
    expect(config.rules.map(({ groups }) => groups)).toEqual([[[a, c]], [[a, c]]])
    expect(edited(source, admitted)).toEqual(["+    - *bob"])
})

test.each<[string, string, string[]]>([
    ["from a list", `  - age:\n      - *alice\n      - *web # the server\n`, ["-      - *web # the server"]],
    ["from a text", `  - age: ${a},${b}\n`, [`-  - age: ${a},${b}`, `+  - age: ${a}`]],
    ["from the front of a text", `  - age: ${b}, ${a}\n`, [`-  - age: ${b}, ${a}`, `+  - age: ${a}`]],
    [
        "from brackets",
        `  - age: [*alice, *web, *bob]\n`,
        ["-  - age: [*alice, *web, *bob]", "+  - age: [*alice, *bob]"],
    ],
    [
        "from the end of brackets",
        `  - age: [*alice, *web]\n`,
        ["-  - age: [*alice, *web]", "+  - age: [*alice]"],
    ],
    [
        "from brackets over lines",
        `  - age: [\n      *web, # w\n      *alice # a\n    ]\n`,
        ["-      *web, # w"],
    ],
    [
        "with a field that would be empty",
        `  - age:\n      - *web\n    pgp: ${pgp}\n`,
        ["-  - age:", "-      - *web", `-    pgp: ${pgp}`, `+  - pgp: ${pgp}`],
    ],
    ["with a field of one alias", `  - pgp: ${pgp}\n    age: *web\n`, ["-    age: *web"]],
])("a key is taken %s", (_, lines, change) => {
    expect(edited(rule(lines), { dismiss: { rules: [0], keys: [b], name: "web" } })).toEqual(change)
})

test("a name that is defined where it is taken out goes to the next who use it", () => {
    const source = `creation_rules:\n  - path_regex: x\n    age: [&web ${b}, ${a}]\n  - age: [${a}, *web] # both\n`
    expect(editConfig(source, { dismiss: { rules: [0], keys: [b], name: "web" } }).source).toBe(
        `creation_rules:\n  - path_regex: x\n    age: [${a}]\n  - age: [${a}, &web ${b}] # both\n`,
    )
})

test("who is taken out everywhere leaves neither aliases nor groups without members", () => {
    const source = `keys:\n  - &users\n    - &alice ${a}\n  # machines\n  - &hosts\n    # old\n    - &web ${b}\ncreation_rules:\n  - path_regex: x\n    age: ${a},${b}\n  - key_groups:\n    - age:\n      - *web\n      - *alice\n`
    const { source: after } = editConfig(source, { dismiss: { keys: [b], name: "web" } })
    expect(after).toBe(
        `keys:\n  - &users\n    - &alice ${a}\ncreation_rules:\n  - path_regex: x\n    age: ${a}\n  - key_groups:\n    - age:\n      - *alice\n`,
    )
})

test("a comment goes with what it names, and stays where it is about all that follow", () => {
    const source = (heads: [string, string]): string =>
        `keys:\n${heads[0]}  - &web ${b}\n${heads[1]}  - &alice ${a}\ncreation_rules:\n  - age: ${a}\n`
    const gone = (heads: [string, string]): string[] =>
        edited(source(heads), { dismiss: { keys: [b], name: "web" } })
    expect(gone(["  # all\n", ""])).toEqual([`-  - &web ${b}`])
    expect(gone(["  # web is old\n", ""])).toEqual(["-  # web is old", `-  - &web ${b}`])
    expect(gone(["  # old\n", "  # me\n"])).toEqual(["-  # old", `-  - &web ${b}`])
})

test("a key is written beside another one, wherever that is", () => {
    const source = `keys:\n  - &alice ${a}\n  - &bob ${b}\ncreation_rules:\n  - path_regex: x\n    key_groups:\n      - age: [*alice]\n  - age: ${a}\n`
    const extended = editConfig(source, { extend: { keys: [a], by: [d] } })
    expect(extended.source).toBe(
        source.replace(`&alice ${a}`, `&alice ${a},${d}`).replace(`  - age: ${a}`, `  - age: ${a},${d}`),
    )
    expect(extended.config.rules.map(({ groups }) => groups)).toEqual([[[a, d]], [[a, d]]])
})

test("a comma within brackets stands in quotes", () => {
    const source = `keys: [&alice ${a}]\ncreation_rules:\n  - {age: ${a}}\n`
    expect(editConfig(source, { extend: { keys: [a], by: [d] } }).source).toBe(
        `keys: [&alice "${a},${d}"]\ncreation_rules:\n  - {age: "${a},${d}"}\n`,
    )
})

test.each<[string, string, Wish]>([
    ["nobody would be left", rule("  - age: *alice\n"), { dismiss: { keys: [a], name: "alice" } }],
    [
        "there are several key groups",
        rule("  - key_groups:\n    - age: [*alice]\n    - age: [*web]\n"),
        admitted,
    ],
    ["groups are merged", rule("  - key_groups:\n    - merge:\n      - age: [*alice]\n"), admitted],
    ["a text has escapes", rule(`  - age: "${a}\\u002c${b}"\n`), admitted],
    [
        "a name would be there twice",
        rule("  - age: *alice\n"),
        { define: { name: "alice", text: d, beside: [b] } },
    ],
])("refuses where %s", (_, source, wish) => {
    expect(() => editConfig(source, wish)).toThrow(/^line \d+ /u)
})

const shapes = [...written, ...mistaken, ...misread].map(
    ({ about, config }) => [about, filled(config, keysWith(pgp, `${pgp.slice(0, -1)}8`))] as const,
)

test.each(shapes)("what is edited says what was meant, line by line: %s", (_, source) => {
    let config: Config
    try {
        config = readConfig(source)
    } catch {
        expect(() => editConfig(source, { define: bob })).toThrow()
        return
    }
    const keys = config.keys
        .map(({ recipient }) => recipient)
        .filter((each) => !/^(?!pgp)[a-z_]+:/u.test(each))
    const wishes: Wish[] = [
        { define: { ...bob, name: "new" } },
        ...keys.flatMap((key) => [
            { define: { ...bob, name: "new", beside: [key] } },
            { dismiss: { keys: [key], name: "x" } },
            { extend: { keys: [key], by: [c] } },
            ...config.rules.flatMap((__, number) => [
                { admit: { rules: [number], keys: [key] } },
                { dismiss: { rules: [number], keys: [key], name: "x" } },
            ]),
        ]),
    ]
    for (const wish of wishes) {
        try {
            const lines = edited(source, wish)
            const most = wish.define === undefined && wish.admit === undefined ? Infinity : 3
            expect(lines.filter((line) => line.startsWith("+")).length).toBeLessThanOrEqual(most)
        } catch (error) {
            expect(error).toBeInstanceOf(Unedited)
        }
    }
})

test("who is put everywhere and taken out again leaves the text as it was", () => {
    const [others, refused]: [string[], string[]] = [[], []]
    for (const [about, source] of shapes) {
        try {
            const rules = readConfig(source).rules.map((_, number) => number)
            const define = { name: "new", text: c, beside: [] }
            const { source: added } = editConfig(source, { define, admit: { rules, keys: [c] } })
            const { source: back } = editConfig(added, { dismiss: { keys: [c], name: "new" } })
            if (back !== source) others.push(about)
        } catch {
            refused.push(about)
        }
    }
    // The alias of one key has become a list with one.
    expect(others).toEqual([
        "an anchor twice, of which the later counts",
        "a pattern over several lines",
        "a field that sops does not know",
    ])
    expect(refused.length).toBeLessThan(shapes.length / 6)
})
