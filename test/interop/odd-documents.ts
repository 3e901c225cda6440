// Keys of every form, and files that are read in another format.

import { odd } from "./odd-runs.ts"
import type { RandomRun } from "./random-manifests.ts"

/** A document of keys and values that are easy to misread. */
export const oddDocuments: Readonly<Record<string, string>> = {
    "odd.yaml": `number: 5432
float: 1.50
truth: true
nothing: null
day: 2024-01-02
list:
    - CANARY zero
    - x: CANARY x
      y: [CANARY y]
a/b: CANARY slash
dotted.key: CANARY dotted
"1": CANARY one
" spaced ": CANARY spaced
"": CANARY empty
ünï: CANARY unicode
map:
    "0": CANARY zero
    list: CANARY not a list
spaces: "  CANARY  "
crlf: "CANARY\\r\\nb\\r\\n"
folded: >
    CANARY
    folded
last: |-
    CANARY without an end
`,
    "odd.json": `{"token": "CANARY", "number": 1, "list": ["CANARY 0", {"x": "CANARY x"}], "a/b": "CANARY slash", "map": {"0": "CANARY"}}`,
    "odd.env": `# CANARY\nA=CANARY=x=y\nB="CANARY quoted"\nC=\nexport D=CANARY\nE='CANARY # x'\n`,
    "odd.ini": `top = CANARY\n[one two]\na = CANARY\n; CANARY\nb: CANARY = x\n[one two.three]\nempty =\n`,
    "rows.bin": `CANARY\0\u0001\r\n\tü\n`,
}

const keys = [
    ["list/0", "list/1/x", "list/1/y/0", "list/9", "list/-1", "list/00", "list/x", "list", "list/1"],
    ["a/b", "dotted.key", "dotted/key", "1", " spaced ", "spaced", "ünï", "map/0", "map", "map/list/0"],
    ["number", "float", "truth", "nothing", "day", "spaces", "crlf", "folded", "last", "sops", "sops/mac"],
    ["/token", "last/", "//last", "map//0", "LAST", "last ", "map/0/x", "last/x"],
].flat()

const each = (kind: string, values: readonly unknown[], make: (value: unknown) => RandomRun[]) =>
    values.map((value) => [`${kind} ${JSON.stringify(value)}`, make(value)] as const)

/** By name, what runs on one machine. */
export const oddKeysOfDocuments: ReadonlyMap<string, readonly RandomRun[]> = new Map([
    ...each("the key in YAML", keys, (key) => odd({ key, sopsFile: "odd.yaml" })),
    ...each("the key in JSON", ["token", "number", "list/0", "a/b", "map/0", "list"], (key) =>
        odd({ key, sopsFile: "odd.json", format: "json" }),
    ),
    ...each(
        "the file and format",
        [
            ["odd.json", "yaml", "token"],
            ["odd.json", "yaml", ""],
            ["odd.yaml", "yaml", ""],
            ["odd.json", "json", ""],
            ["odd.env", "dotenv", ""],
            ["odd.ini", "ini", ""],
            ["rows.bin", "binary", ""],
            ["odd.yaml", "json", "last"],
            ["odd.yaml", "binary", ""],
            ["odd.json", "binary", ""],
            ["odd.env", "binary", ""],
            ["odd.yaml", "dotenv", ""],
            ["odd.env", "ini", ""],
            ["odd.ini", "dotenv", ""],
            ["rows.bin", "yaml", "data"],
            ["rows.bin", "json", "data"],
            ["rows.bin", "json", ""],
            ["odd.env", "yaml", "A"],
        ],
        (value) => {
            const [sopsFile, format, key] = Array.isArray(value) ? value : []
            return odd({ sopsFile, format, key })
        },
    ),
])
