import { expect, test } from "vitest"
import type { Make, Script } from "../../../agent/repo/generators/generator.ts"
import { place } from "../../../agent/repo/generators/placed.ts"
import { workOf } from "../../../agent/repo/generators/work.ts"
import { declared, generator, random } from "./declared.ts"

const written: Make = { kind: "script", sources: [] }
const script: Script = { text: "x", path: undefined, drv: undefined, runtimeInputs: [], system: undefined }
const app = generator({
    dependencies: ["ca"],
    prompts: ["p"],
    script,
    files: { a: written, b: written, early: random, late: { kind: "hash", of: "a", scheme: "sha512crypt" } },
})
const all = place(declared({ web01: { app, ca: generator({ share: true }) } }))
const facts = (...missing: readonly string[]) => ({
    values: new Set(
        [
            "vars/shared/ca/key",
            ...["a", "b", "early", "late"].map((file) => `vars/per-machine/web01/app/${file}`),
        ].filter((path) => !missing.some((file) => path.endsWith(`/${file}`))),
    ),
    validations: new Map(),
    states: new Map(),
    redefined: new Set<string>(),
})
const choice = { machines: [], only: [] }

test("a script is given answers, what is made without it, and all files of what it depends on", () => {
    const make = all.find(({ name }) => name === "app")?.generator.files.get("a")?.make
    expect(make).toEqual({
        kind: "script",
        sources: [{ prompt: "p" }, { file: "early" }, { input: "ca", file: "key" }],
    })
})

test.each([
    ["b", ["a", "b", "late"]],
    ["early", ["early", "a", "b", "late"]],
    ["late", ["late"]],
])("without %s these are made: %j", (missing, expected) => {
    expect(workOf(all, facts(missing), choice).work.map(({ files }) => files)).toEqual([expected])
})

test("a script waits for what a person has to enter", () => {
    const waits = place(
        declared({ web01: { app: generator({ script, files: { a: written, token: { kind: "manual" } } }) } }),
    )
    const { work, byHand } = workOf(waits, { ...facts(), values: new Set() }, choice)
    expect(work).toEqual([])
    expect(byHand).toEqual(["vars/per-machine/web01/app/token"])
})

test("a script of a shared generator must say the same on every machine", () => {
    const one = (text: string) =>
        generator({ share: true, script: { ...script, text }, files: { a: written } })
    const given = (other: string) => declared({ web01: { app: one("x") }, web02: { app: one(other) } })
    expect(place(given("x"))).toHaveLength(1)
    expect(() => place(given("y"))).toThrow('its script differ between machine "web01" and machine "web02"')
})
