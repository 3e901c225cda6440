import { describe, expect, test } from "vitest"
import { json } from "../../agent/sops/json/codec.ts"
import { textLeaf } from "../../agent/sops/key-entry.ts"
import { checkRule } from "../../agent/sops/selection.ts"
import type { SelectionRule } from "../../agent/sops/selection.ts"
import type { Branch, Comment, Item, Value } from "../../agent/sops/tree.ts"
import { walk } from "../../agent/sops/walk.ts"

const comment = (text: string): Comment => ({ kind: "comment", text, inline: false })
const item = (key: string, value: Value): Item => ({ kind: "item", key, value })
const map = (...items: (Item | Comment)[]): Branch => ({ kind: "branch", items })
const leaf = textLeaf

/** `aad=encrypted` of each scalar and comment, in order. */
function places(documents: readonly Branch[], rule: SelectionRule): string[] {
    const seen: string[] = []
    walk(documents, rule, {
        leaf(node, place) {
            seen.push(`${place.path.join("/")} ${place.aad} ${place.encrypted ? "yes" : "no"}`)
            return node
        },
        comment(node, place) {
            seen.push(`#${node.text} ${place.aad} ${place.encrypted ? "yes" : "no"}`)
            return node
        },
    })
    return seen
}

const tree = map(
    comment("top"),
    item("a", leaf("1")),
    item(
        "b_x",
        map(
            comment("in"),
            item("c", leaf("2")),
            item("d", {
                kind: "list",
                items: [leaf("3"), comment("l"), { kind: "list", items: [leaf("4")] }],
            }),
        ),
    ),
    item("null", { kind: "leaf", scalar: { kind: "null" } }),
    item("a:b", leaf("5")),
)

describe("paths and selection", () => {
    for (const [rule, answers] of [
        [{ option: "unencrypted_suffix", pattern: "_x" }, "yes yes no no no no no yes"],
        [{ option: "encrypted_suffix", pattern: "_x" }, "no no yes yes yes yes yes no"],
        [{ option: "unencrypted_regex", pattern: "^[bd]" }, "yes yes no no no no no yes"],
        [{ option: "encrypted_regex", pattern: "^d$" }, "no no no no yes yes yes no"],
        // Go ignores a pattern that it refuses.
        [{ option: "encrypted_regex", pattern: "[" }, "no no no no no no no no"],
        [{ option: "unencrypted_regex", pattern: "(?=a)" }, "yes yes yes yes yes yes yes yes"],
    ] as const) {
        test(`${rule.option} ${rule.pattern}`, () => {
            const aads = [
                "#top :",
                "a a:",
                "#in b_x:",
                "b_x/c b_x:c:",
                "b_x/d/0 b_x:d:",
                "#l b_x:d:",
                "b_x/d/1/0 b_x:d:",
                "a:b a:b:",
            ]
            const answer = answers.split(" ")
            expect(places([tree], rule)).toEqual(aads.map((aad, index) => `${aad} ${answer[index]}`))
        })
    }
})

describe("comment rules", () => {
    const commented = map(
        comment("enc"),
        item("a", leaf("1")),
        item("b", leaf("2")),
        comment("enc"),
        item("m", map(item("c", leaf("3")), item("d", leaf("4")))),
        item("l", { kind: "list", items: [leaf("5"), comment("enc"), comment("t"), leaf("6"), leaf("7")] }),
    )

    test("encrypted_comment_regex encrypts what follows a comment, not the comment itself", () => {
        expect(places([commented], { option: "encrypted_comment_regex", pattern: "^enc$" })).toEqual([
            "#enc : no",
            "a a: yes",
            "b b: no",
            "#enc : no",
            "m/c m:c: yes",
            "m/d m:d: yes",
            "l/0 l: no",
            "#enc l: no",
            "#t l: yes",
            "l/1 l: yes",
            "l/2 l: no",
        ])
    })

    test("unencrypted_comment_regex leaves the comment and what follows it", () => {
        expect(places([commented], { option: "unencrypted_comment_regex", pattern: "enc" })).toEqual([
            "#enc : no",
            "a a: no",
            "b b: yes",
            "#enc : no",
            "m/c m:c: no",
            "m/d m:d: no",
            "l/0 l: yes",
            "#enc l: no",
            "#t l: no",
            "l/1 l: no",
            "l/2 l: yes",
        ])
    })

    test("a list element that turns out to be a comment keeps the comments before it active", () => {
        const list = map(
            item("l", { kind: "list", items: [comment("enc"), leaf("secret"), leaf("7"), leaf("8")] }),
        )
        const seen: boolean[] = []
        walk(
            [list],
            { option: "encrypted_comment_regex", pattern: "^enc$" },
            {
                leaf(node, place) {
                    seen.push(place.encrypted)
                    return seen.length === 1 ? comment("t") : node
                },
                comment: (node) => node,
            },
        )
        expect(seen).toEqual([true, true, false])
    })
})

test("a comment can be lifted to where the rule still encrypts it", () => {
    const list = map(
        item(
            "o",
            map(item("l", { kind: "list", items: [comment("c"), { kind: "list", items: [comment("d")] }] })),
        ),
    )
    const lifted = (rule: SelectionRule): (string | undefined)[] => {
        const seen: (string | undefined)[] = []
        walk([list], rule, {
            leaf: (node) => node,
            comment(node, place) {
                seen.push(place.lifted)
                return node
            },
        })
        return seen
    }
    expect(lifted({ option: "unencrypted_suffix", pattern: "_x" })).toEqual(["o:", "o:"])
    expect(lifted({ option: "encrypted_regex", pattern: "o" })).toEqual(["o:", "o:"])
    expect(lifted({ option: "encrypted_regex", pattern: "l" })).toEqual([undefined, undefined])
    expect(lifted({ option: "unencrypted_comment_regex", pattern: "x" })).toEqual([undefined, undefined])
})

test("keys that objects would lose are walked in order", () => {
    const { documents } = json.parse('{"10":1,"2":2,"__proto__":3,"2":4}', "plain")
    expect(places(documents, { option: "unencrypted_suffix", pattern: "_x" })).toEqual([
        "10 10: yes",
        "2 2: yes",
        "__proto__ __proto__: yes",
        "2 2: yes",
    ])
})

test("a rule is written only if sops understands it", () => {
    expect(() => checkRule({ option: "encrypted_regex", pattern: "^secret" })).not.toThrow()
    expect(() => checkRule({ option: "encrypted_suffix", pattern: "[" })).not.toThrow()
    expect(() => checkRule({ option: "encrypted_regex", pattern: "[" })).toThrow(/encrypted_regex/)
    expect(() => checkRule({ option: "unencrypted_comment_regex", pattern: "(?!a)" })).toThrow(
        /comment_regex/,
    )
})
