// The expectations are what go-ini v1.67.3 and the INI store of sops 3.13.2 make of each file.
import { describe, expect, test } from "vitest"
import { SopsError } from "../../../agent/sops/error.ts"
import { readIni } from "../../../agent/sops/ini/reader.ts"
import { cpuTime } from "../../cpu-time.ts"

/** Sections with their keys; a comment as `"; text"` behind what it belongs to. */
function read(source: string): unknown {
    return readIni(source).sections.map(({ name, comment, keys }) => [
        name,
        ...(comment === undefined ? [] : [`; ${comment.text}`]),
        ...keys.flatMap((key) => [
            `${key.name} = ${key.leaf.scalar.kind === "str" ? key.leaf.scalar.value.toString() : ""}`,
            ...(key.comment === undefined ? [] : [`; ${key.comment.text}`]),
        ]),
    ])
}

describe("reads", () => {
    for (const [why, source, expected] of [
        ["nothing", "", [["DEFAULT"]]],
        [
            "keys above all sections",
            "a=b\n[s]\nc=d\n",
            [
                ["DEFAULT", "a = b"],
                ["s", "c = d"],
            ],
        ],
        [
            "both delimiters, and space around them",
            "a:b\n  c  =  d  \ne = f = g\n",
            [["DEFAULT", "a = b", "c = d", "e = f = g"]],
        ],
        [
            "sections that repeat",
            "[s]\na=b\n[s]\nc=d\n[DEFAULT]\n",
            [["DEFAULT"], ["s", "a = b"], ["s", "c = d"], ["DEFAULT"]],
        ],
        ["a key that repeats", "[s]\na=1\nb=2\na=3\n", [["DEFAULT"], ["s", "a = 3", "b = 2"]]],
        [
            "section names with brackets and space",
            "[ a ]\n[b]c]\n[d] e\n",
            [["DEFAULT"], [" a "], ["b]c"], ["d"]],
        ],
        [
            "values in quotes",
            "a='b'\nc=\"d\"\ne='f\"\ng='h'i'\n",
            [["DEFAULT", "a = b", "c = d", "e = 'f\"", "g = 'h'i'"]],
        ],
        ["values in backticks", "a=`b;c`\nd=`e`f`\n", [["DEFAULT", "a = b;c", "d = e`f"]]],
        ["values in three quotes", 'a="""b"c"""\nd=""""""\ne="""\n', undefined],
        ["values over lines", 'a="""b\nc\n"""\nd=`e\nf`\n', [["DEFAULT", "a = b\nc\n", "d = e\nf"]]],
        ["values that go on", "a=b\\\n  c\\\nd\ne=f\\\n\ng=h\n", [["DEFAULT", "a = bcd", "e = f", "g = h"]]],
        [
            "comments above keys and behind values",
            "; one\n# two\na=b ; three\nc=d#four\n",
            [["DEFAULT", "a = b", "; one\n# two\n; three", "c = d", "; four"]],
        ],
        ["comments of sections", "; one\n[s] ; two\na=b\n", [["DEFAULT"], ["s", "; one\n; two", "a = b"]]],
        [
            "markers that repeat",
            ";; ; one\na=b\n## two\nc=d\n",
            [["DEFAULT", "a = b", "; one", "c = d", "; two"]],
        ],
        ["a comment without text", ";\na=b\n", [["DEFAULT", "a = b", "; "]]],
        [
            "a comment behind a value that ends after lines",
            "a=`b\nc` ; d\n",
            [["DEFAULT", "a = b\nc", "; d"]],
        ],
        ["keys in quotes", '`a=b`=c\n"d:e"=f\n"""g`h"""=i\n', [["DEFAULT", "a=b = c", "d:e = f", "g`h = i"]]],
        [
            "keys that number themselves",
            "-=a\n-=b\n[s]\n-=c\n",
            [
                ["DEFAULT", "#1 = a", "#2 = b"],
                ["s", "#1 = c"],
            ],
        ],
        ["empty values", "a=\nb =   \nc= ; d\n", [["DEFAULT", "a = ", "b = ", "c = ", "; d"]]],
        [
            "line ends of Windows",
            "; one\r\na=b\r\n[s]\r\nc=`d\r\ne`\r\n",
            [
                ["DEFAULT", "a = b", "; one"],
                ["s", "c = d\r\ne"],
            ],
        ],
        ["a byte order mark", "\ufeffa=b\n", [["DEFAULT", "a = b"]]],
        ["the last line without a line break", "a=b", [["DEFAULT", "a = b"]]],
        ["every space that Go knows", "a\u00a0=\u2003b\x85\n", [["DEFAULT", "a = b"]]],
        [
            "names that objects would lose",
            "[__proto__]\n__proto__=a\n",
            [["DEFAULT"], ["__proto__", "__proto__ = a"]],
        ],
        ["comments behind the last key not at all", "a=b\n; one\n", [["DEFAULT", "a = b"]]],
    ] as const)
        test(why, () => {
            if (expected === undefined) expect(() => readIni(source)).toThrow("a quoted value does not end")
            else expect(read(source)).toEqual(expected)
        })
})

test("knows what go-ini ignores", () => {
    const source = '[s] CANARY\na=`b` CANARY\nc="""d\ne""" CANARY\n; CANARY\n'
    expect(readIni(source).lost.map(({ start, end }) => source.slice(start, end).trim())).toEqual([
        "CANARY",
        "CANARY",
        "CANARY",
        "; CANARY",
    ])
})

describe("refuses", () => {
    for (const [why, source, line] of [
        ["a line that is nothing", "a=b\nCANARY\n", 2],
        ["a header without its end", "[CANARY\n", 1],
        ["a section without a name", "a=CANARY\n[]\n", 2],
        ["a key without a name", "=CANARY\n", 1],
        ["a key in quotes without a name", '" "=CANARY\n', 1],
        ["a key whose quotes do not end", '"a=CANARY\n', 1],
        ["a key in quotes without a delimiter", '"CANARY"\n', 1],
        ["a value whose quotes do not end", "a=`CANARY\n\n", 2],
    ] as const)
        test(why, () => {
            expect(() => readIni(source)).toThrow(SopsError)
            expect(() => readIni(source)).toThrow(expect.objectContaining({ problem: "syntax", line }))
            expect(() => readIni(source)).not.toThrow("CANARY")
        })
})

test("hostile files are read, or refused, in little time", () => {
    const started = cpuTime()
    const million = 1_000_000
    for (const source of [
        `a=${"b".repeat(4 * million)}`,
        `a=\\\n${"b\\\n".repeat(million)}`,
        `a=${"`".repeat(4 * million)}`,
        " ".repeat(4 * million),
        "[s]\n".repeat(million / 5),
    ])
        expect(() => readIni(source)).not.toThrow()
    for (const source of [
        "[s]\n".repeat(million),
        ";\n".repeat(million),
        `a=\`\n${"b\n".repeat(million)}`,
        "a".repeat(4 * million),
    ])
        expect(() => readIni(source)).toThrow(SopsError)
    expect(cpuTime() - started).toBeLessThan(20_000)
})
