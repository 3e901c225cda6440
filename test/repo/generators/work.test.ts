import { expect, test } from "vitest"
import type { Declared } from "../../../agent/repo/generators/generator.ts"
import { place } from "../../../agent/repo/generators/placed.ts"
import { workOf } from "../../../agent/repo/generators/work.ts"
import type { Choice, Facts } from "../../../agent/repo/generators/work.ts"
import { declared, generator, random } from "./declared.ts"

const all: Choice = { machines: [], only: [] }
const id = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`
const state = (own: number, inputs: Readonly<Record<string, number>> = {}) => ({
    version: 1 as const,
    id: id(own),
    made: "2026-01-01T00:00:00Z",
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, digit]) => [name, id(digit)])),
})

function facts(values: readonly string[], more: Partial<Facts> = {}): Facts {
    return {
        values: new Set(values),
        validations: new Map(),
        states: new Map(),
        redefined: new Set(),
        ...more,
    }
}

function made(given: Declared, known: Facts, choice = all): readonly string[] {
    return workOf(place(given), known, choice).work.map(
        ({ placed, files, why }) =>
            `${placed.folder.slice("vars/".length)} ${files.join(" ")}: ${why.map((each) => each.kind).join(" ")}`,
    )
}

const hashed = generator({
    files: { hash: { kind: "hash", of: "password", scheme: "sha512crypt" }, password: random },
})
const leaf = generator({
    dependencies: ["ca"],
    files: { env: { kind: "template", parts: [{ input: "ca", file: "key" }] } },
})
const ca = generator({ share: true })
const two = declared({ web01: { app: leaf, ca }, web02: { app: leaf, ca } })
const everything = ["vars/shared/ca/key", "vars/per-machine/web01/app/env", "vars/per-machine/web02/app/env"]

test.each<[string, readonly string[], Declared, Facts, Choice?]>([
    [
        "nothing is there",
        ["per-machine/web01/app password hash: missing"],
        declared({ web01: { app: hashed } }),
        facts([]),
    ],
    ["all is there", [], two, facts(everything)],
    [
        "a file is missing: those that are there stay",
        ["per-machine/web01/app hash: missing"],
        declared({ web01: { app: hashed } }),
        facts(["vars/per-machine/web01/app/password"]),
    ],
    [
        "what a file is made of is missing: both are made",
        ["per-machine/web01/app password hash: missing"],
        declared({ web01: { app: hashed } }),
        facts(["vars/per-machine/web01/app/hash"]),
    ],
    [
        "made for something else",
        ["per-machine/web01/app key: validation"],
        declared({ web01: { app: generator({ validation: "aa" }) } }),
        facts(["vars/per-machine/web01/app/key"], {
            validations: new Map([["vars/per-machine/web01/app", "bb"]]),
        }),
    ],
    [
        "made for the same",
        [],
        declared({ web01: { app: generator({ validation: "aa" }) } }),
        facts(["vars/per-machine/web01/app/key"], {
            validations: new Map([["vars/per-machine/web01/app", "aa"]]),
        }),
    ],
    [
        "an input was set anew",
        ["per-machine/web01/app env: input"],
        two,
        facts(everything, {
            states: new Map([
                ["vars/shared/ca", state(2)],
                ["vars/per-machine/web01/app", state(3, { "shared/ca": 1 })],
                ["vars/per-machine/web02/app", state(4, { "shared/ca": 2 })],
            ]),
        }),
    ],
    [
        "clan made them, and wrote down no inputs",
        [],
        two,
        facts(everything, { states: new Map([["vars/shared/ca", state(1)]]) }),
    ],
    [
        "an input is made now",
        ["shared/ca key: missing", "per-machine/web01/app env: input", "per-machine/web02/app env: input"],
        two,
        facts(everything.slice(1)),
    ],
    [
        "one machine, and what it needs",
        ["shared/ca key: missing", "per-machine/web02/app env: missing"],
        two,
        facts([]),
        { machines: ["web02"], only: [] },
    ],
    [
        "only one that is there: it is no reason to replace it",
        [],
        two,
        facts(everything),
        { machines: [], only: ["ca"] },
    ],
    [
        "only one, and not those that depend on it",
        ["shared/ca key: missing"],
        two,
        facts(everything.slice(1)),
        { machines: [], only: ["ca"] },
    ],
])("%s", (_when, expected, given, known, choice) => {
    expect(made(given, known, choice)).toEqual(expected)
})

test("what a person has to enter is not made, nor what is made of it", () => {
    const given = declared({
        web01: {
            app: generator({
                files: {
                    token: { kind: "manual" },
                    hash: { kind: "hash", of: "token", scheme: "sha512crypt" },
                    key: random,
                },
            }),
        },
    })
    const { work, byHand } = workOf(place(given), facts([]), all)
    expect(work.map(({ files }) => files)).toEqual([["key"]])
    expect(byHand).toEqual(["vars/per-machine/web01/app/token"])
})

test.each<[string, Choice]>([
    ["web03", { machines: ["web03"], only: [] }],
    ['generator "cq" does not exist', { machines: [], only: ["cq"] }],
    ["needs vars/shared/ca/key, which has no value yet", { machines: [], only: ["app"] }],
])("refuses %s", (message, choice) => {
    expect(() => workOf(place(two), facts([]), choice)).toThrow(message)
})
