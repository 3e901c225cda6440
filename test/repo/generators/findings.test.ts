import { expect, test } from "vitest"
import { findingsOfStates, orphansOf } from "../../../agent/repo/generators/findings.ts"
import { place } from "../../../agent/repo/generators/placed.ts"
import { emptyRepo } from "../../../agent/repo/repo.ts"
import { declared, generator, random } from "./declared.ts"

const now = new Date("2026-04-01T00:00:00Z")
const state = (id: string, inputs: Readonly<Record<string, string>> = {}, notAfter?: string) => ({
    version: 1 as const,
    id,
    made: "2026-01-01T00:00:00Z",
    inputs,
    ...(notAfter === undefined ? {} : { notAfter }),
})

test.each<[string, ReturnType<typeof state>, readonly string[]]>([
    ["an input that is as it was", state("b", { "shared/ca": "a" }), []],
    [
        "another one by now",
        state("b", { "shared/ca": "x" }),
        ["was made of vars/shared/ca, which has changed since"],
    ],
    ["one that is gone", state("b", { "shared/gone": "a" }), ["was made of vars/shared/gone, which is gone"]],
    ["the last third of its time", state("b", {}, "2026-05-01T00:00:00Z"), ["good until 2026-05-01"]],
    ["time enough", state("b", {}, "2027-05-01T00:00:00Z"), []],
])("without a manifest: %s", (_what, own, messages) => {
    const states = new Map([
        ["vars/shared/ca", state("a")],
        ["vars/per-machine/web01/app", own],
    ])
    expect(findingsOfStates(states, now).map(({ message }) => message)).toEqual(messages)
})

const shared = generator({ share: true })
const values = [
    "vars/shared/ca/key",
    "vars/shared/old/key",
    "vars/per-machine/web01/app/key",
    "vars/per-machine/web01/app/old",
    "vars/per-machine/web02/app/key",
    "vars/per-machine/gone/app/key",
    "vars/per-export/x/app/key",
]
const repo = {
    ...emptyRepo,
    machines: new Map([
        ["web01", []],
        ["web02", []],
    ]),
}
const web01 = { ca: shared, app: generator({ files: { key: random } }) }

test.each<[string, readonly string[], boolean, readonly string[]]>([
    [
        "all machines",
        ["web01", "web02"],
        true,
        [
            "vars/shared/old/key",
            "vars/per-machine/web01/app/old",
            "vars/per-machine/web02/app/key",
            "vars/per-machine/gone/app/key",
        ],
    ],
    [
        "one machine: nothing is known of others, nor of what they share",
        ["web01"],
        true,
        ["vars/per-machine/web01/app/old", "vars/per-machine/gone/app/key"],
    ],
    ["something that could not be evaluated", ["web01", "web02"], false, []],
])("values that nobody declares, by a manifest of %s", (_what, machines, isWhole, paths) => {
    const all = place(declared({ web01 }))
    expect(orphansOf(all, values, { machines: new Set(machines), isWhole }, repo)).toEqual(paths)
})
