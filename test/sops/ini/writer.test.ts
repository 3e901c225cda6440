// As printed by sops 3.13.2.
import { describe, expect, test } from "vitest"
import { SopsError } from "../../../agent/sops/error.ts"
import { printIni } from "../../../agent/sops/ini/writer.ts"
import type { Branch, Comment, Item, Scalar } from "../../../agent/sops/tree.ts"

function entry(key: string, value: string | Buffer | Scalar): Item {
    const scalar: Scalar =
        typeof value === "string" || Buffer.isBuffer(value) ? { kind: "str", value } : value
    return { kind: "item", key, value: { kind: "leaf", scalar } }
}

function section(key: string, ...items: (Item | Comment)[]): Item {
    return { kind: "item", key, value: { kind: "branch", items } }
}

function comment(text: string): Comment {
    return { kind: "comment", text, inline: false }
}

function document(...items: Item[]): Branch {
    return { kind: "branch", items }
}

describe("prints", () => {
    for (const [why, tree, expected] of [
        [
            "sections with an empty line between them",
            document(section("DEFAULT"), section("a", entry("b", "c")), section("d")),
            "[a]\nb = c\n\n[d]\n",
        ],
        [
            "keys above all sections",
            document(section("DEFAULT", entry("a", "b")), section("c", entry("d", "e"))),
            "a = b\n\n[c]\nd = e\n",
        ],
        [
            "a section DEFAULT that is not the first",
            document(section("a"), section("DEFAULT", entry("b", "c"))),
            "[a]\n\n[DEFAULT]\nb = c\n",
        ],
        [
            "keys in a column, counted in bytes",
            document(section("s", entry("a", "1"), entry("éé", "2"), entry("ccc", "3"))),
            "[s]\na    = 1\néé = 2\nccc  = 3\n",
        ],
        [
            "values in the quotes they need",
            document(
                section(
                    "s",
                    entry("a", "b\nc"),
                    entry("d", "e`f"),
                    entry("g", "h;i"),
                    entry("j", "k#l"),
                    entry("m", " n"),
                    entry("o", ""),
                ),
            ),
            '[s]\na = """b\nc"""\nd = """e`f"""\ng = `h;i`\nj = `k#l`\nm = " n"\no = \n',
        ],
        [
            "keys in the quotes they need",
            document(section("s", entry("a=b", "1"), entry('c"d', "2"), entry("e`f", "3"))),
            '[s]\n`a=b`     = 1\n`c"d`     = 2\n"""e`f""" = 3\n',
        ],
        [
            "comments of sections and keys",
            document(section("s", comment("one"), entry("a", "b"), comment("two\n# three\n;four"))),
            "; one\n[s]\n; two\n# three\n; four\na = b\n",
        ],
        [
            "the last of several comments",
            document(section("s", entry("a", "b"), comment("one"), comment("two"))),
            "[s]\n; two\na = b\n",
        ],
        [
            "no comments before the first key but the first",
            document(section("s", comment("one"), comment("two"), entry("a", "b"))),
            "; one\n[s]\na = b\n",
        ],
        [
            "other scalars",
            document(
                section(
                    "s",
                    entry("a", { kind: "int", value: 5n }),
                    entry("b", { kind: "float", value: 1 }),
                    entry("c", { kind: "bool", value: true }),
                ),
            ),
            "[s]\na = 5\nb = 1.0\nc = true\n",
        ],
        [
            "a key twice, once",
            document(section("s", entry("a", "1"), entry("b", "2"), entry("a", "3"))),
            "[s]\na = 3\nb = 2\n",
        ],
    ] as const)
        test(why, () => {
            expect(printIni(tree).toString()).toBe(expected)
        })

    test("bytes that are not UTF-8 as they are", () => {
        const bytes = Buffer.from([0xff, 0x3b])
        expect(printIni(document(section("s", entry("a", bytes))))).toEqual(
            Buffer.concat([Buffer.from("[s]\na = `"), bytes, Buffer.from("`\n")]),
        )
    })
})

test("refuses what has no place in it", () => {
    expect(() => printIni(document(entry("a", "CANARY")))).toThrow(SopsError)
    expect(() => printIni(document(section("s", section("t"))))).toThrow(SopsError)
})
