import { expect, test } from "vitest"
import { planImport } from "../../../agent/admin/import/names.ts"
import type { NamingOptions } from "../../../agent/admin/import/names.ts"
import type { Scalar } from "../../../agent/sops/tree.ts"

type Given = readonly [path: readonly (string | number)[], scalar: Scalar | string]

function plan(values: readonly Given[], options: Partial<NamingOptions> = {}) {
    const located = values.map(([path, scalar]) => ({
        path,
        scalar: typeof scalar === "string" ? ({ kind: "str", value: scalar } as const) : scalar,
    }))
    const { secrets, skipped } = planImport(located, {
        prefix: "",
        separator: undefined,
        existing: new Set(),
        ...options,
    })
    return { secrets: secrets.map(({ name, value }) => [name, value.toString()]), skipped }
}

test("takes strings as they are, empty ones too, and other scalars as their text", () => {
    const values: Given[] = [
        [["wifi"], "CANARY\n"],
        [["empty"], ""],
        [["pin"], { kind: "int", value: 12_345_678_901_234_567_890n }],
        [["ratio"], { kind: "float", value: 0.1 }],
        [["on"], { kind: "bool", value: true }],
        [["bytes"], { kind: "str", value: Buffer.from("CANARY") }],
    ]
    expect(plan(values)).toEqual({
        secrets: [
            ["wifi", "CANARY\n"],
            ["empty", ""],
            ["pin", "12345678901234567890"],
            ["ratio", "0.1"],
            ["on", "true"],
            ["bytes", "CANARY"],
        ],
        skipped: [],
    })
})

test("names nested values with the separator of choice", () => {
    const values: Given[] = [
        [["db", "password"], "CANARY"],
        [["hosts", 0, "key"], "CANARY"],
    ]
    expect(plan(values, { prefix: "m-", separator: "." }).secrets.map(([name]) => name)).toEqual([
        "m-db.password",
        "m-hosts.0.key",
    ])
    expect(plan(values, { separator: "" }).secrets.map(([name]) => name)).toEqual(["dbpassword", "hosts0key"])
})

test("skips with a reason what it cannot or must not take", () => {
    const values: Given[] = [
        [["db", "password"], "CANARY"],
        [["db", "user"], "CANARY"],
        [["list", 0], "CANARY"],
        [["nothing"], { kind: "null" }],
        [["old"], "CANARY"],
        [["new"], "CANARY"],
    ]
    expect(plan(values, { prefix: "m-", existing: new Set(["m-old", "new"]) })).toEqual({
        secrets: [["m-new", "CANARY"]],
        skipped: [
            {
                name: "m-db",
                why: "is not a string but a mapping (--separator takes it apart)",
                values: ["db/password", "db/user"],
            },
            {
                name: "m-list",
                why: "is not a string but a list (--separator takes it apart)",
                values: ["list/0"],
            },
            { name: "m-nothing", why: "is null" },
            { name: "m-old", why: "already exists" },
        ],
    })
})

for (const [why, values, options, problem] of [
    ["a blank", [[["bad name"], "CANARY"]], {}, `"bad name": allowed are`],
    ["a way out", [[["../../etc/x"], "CANARY"]], {}, `"../../etc/x": allowed are`],
    ["a way out by two keys", [[["..", "x"], "CANARY"]], { separator: "/" }, `"../x": allowed are`],
    ["dots alone", [[[".."], "CANARY"]], {}, `"..": allowed are`],
    ["a dash in front", [[["-x"], "CANARY"]], {}, `"-x": allowed are`],
    ["a newline", [[["wifi\n"], "CANARY"]], {}, String.raw`"wifi\x0a": allowed are`],
    ["a control character", [[["\x1b[2J"], "CANARY"]], {}, String.raw`"\x1b[2J": allowed are`],
    ["nothing in it", [[[""], "CANARY"]], {}, `"": it is empty`],
    ["too many characters", [[["x".repeat(201)], "CANARY"]], {}, "longer than 200"],
    ["a bad prefix", [[["x"], "CANARY"]], { prefix: "../" }, `"../x": allowed are`],
    [
        "two meanings",
        [
            [["a", "b"], "1"],
            [["a.b"], "2"],
        ],
        { separator: "." },
        `"a.b": two values would have this name`,
    ],
] as const) {
    test(`stops at a name with ${why}, and imports nothing`, () => {
        const all: Given[] = [[["good"], "CANARY"], ...values]
        expect(() => plan(all, options)).toThrow(problem)
        expect(() => plan(all, options)).not.toThrow("CANARY")
    })
}

test("lists every bad name at once", () => {
    const values: Given[] = [
        [["bad name"], "CANARY"],
        [["also/bad"], "CANARY"],
    ]
    expect(() => plan(values)).toThrow(/nothing was imported.*"bad name".*"also\/bad"/su)
})
