import { describe, expect, test } from "vitest"
import type { Generator } from "../../../agent/repo/generators/generator.ts"
import { place } from "../../../agent/repo/generators/placed.ts"
import { rotationOf, toConfirm } from "../../../agent/repo/generators/rotation.ts"
import type { History, Wish } from "../../../agent/repo/generators/rotation.ts"
import { workOf } from "../../../agent/repo/generators/work.ts"
import type { Facts } from "../../../agent/repo/generators/work.ts"
import { declared, generator, random } from "./declared.ts"

const day = 86_400
const nothing: Wish = { generators: [], machines: [], due: false, debt: false, all: false }
const bob = (at = "2026-03-01T00:00:00Z") => [{ lost: "user:bob", at }]

interface Case {
    readonly generators: Readonly<Record<string, Generator>>
    readonly wish: Partial<Wish>
    /** Generators whose values are not there yet. */
    readonly unmade?: readonly string[]
    readonly made?: string
    readonly notAfter?: string
    readonly debts?: readonly string[]
    readonly set?: string
}

const web01 = "vars/per-machine/web01"

/** What is made anew, and what is left to a person, each with the reason. */
function rotated({ generators, wish, unmade = [], made = "2026-01-01T00:00:00Z", ...known }: Case) {
    const all = place(declared({ web01: generators }))
    const here = all.filter(({ name }) => !unmade.includes(name))
    const state = { version: 1 as const, id: "", made, inputs: {} }
    const facts: Facts = {
        values: new Set(
            here.flatMap(({ folder, generator: { files } }) =>
                [...files.keys()].map((f) => `${folder}/${f}`),
            ),
        ),
        validations: new Map(),
        states: new Map(
            here.map(({ folder }) => [
                folder,
                known.notAfter === undefined ? state : { ...state, notAfter: known.notAfter },
            ]),
        ),
        redefined: new Set(),
    }
    const history: History = {
        now: new Date("2026-04-11T00:00:00Z"),
        made: new Map(here.map(({ folder }) => [folder, made])),
        debts: new Map((known.debts ?? []).map((path) => [path, bob()])),
        set: () => known.set,
    }
    const { anew, byHand } = rotationOf(all, facts, history, { ...nothing, ...wish })
    const { work } = workOf(all, facts, { machines: [], only: [], anew })
    return {
        work: work.map(
            ({ placed, files, why }) =>
                `${placed.name} ${files.join(" ")}: ${why.map(({ kind }) => kind).join(" ")}`,
        ),
        byHand: byHand.map(({ path, why }) => `${path}: ${why.kind}`),
        confirm: toConfirm(work, facts).map(({ name }) => name),
    }
}

const rotate = (more: Partial<Generator["rotate"]>) => ({
    rotate: { maxAge: undefined, overlap: false, confirm: false, apply: false, ...more },
})
const ca = generator({ files: { key: random } })
const leaf = generator({
    dependencies: ["ca"],
    files: { env: { kind: "template", parts: ["CA=", { input: "ca", file: "key" }] } },
})

describe("by name", () => {
    test("a generator with all its files, and what is made of them", () => {
        const both = { ca, leaf, other: generator() }
        expect(rotated({ generators: both, wish: { generators: ["ca"] } })).toEqual({
            work: ["ca key: asked", "leaf env: input"],
            byHand: [],
            confirm: [],
        })
    })

    test("what a person has entered is left to a person, and what is made of it is made anew", () => {
        const app = generator({
            files: { token: { kind: "manual" }, hash: { kind: "hash", of: "token", scheme: "sha512crypt" } },
        })
        expect(rotated({ generators: { app }, wish: { generators: ["app"] } })).toMatchObject({
            work: ["app hash: asked"],
            byHand: [`${web01}/app/token: asked`],
        })
    })

    test("all of them are all that have a value", () => {
        const given = { generators: { ca, other: generator() }, unmade: ["other"] }
        expect(rotated({ ...given, wish: { all: true } }).work).toEqual(["ca key: asked"])
    })

    test.each<[string, Partial<Wish>]>([
        ["generator cq", { generators: ["cq"] }],
        ["web03", { all: true, machines: ["web03"] }],
    ])("refuses what is not declared: %s", (name, wish) => {
        expect(() => rotated({ generators: { ca }, wish })).toThrow(name.split(" ").at(-1))
    })

    test("refuses what has made nothing yet", () => {
        expect(() => rotated({ generators: { ca }, unmade: ["ca"], wish: { generators: ["ca"] } })).toThrow(
            "generator ca has made nothing yet",
        )
    })
})

describe("by age", () => {
    const kept = (days: number) => generator(rotate({ maxAge: days * day }))
    test.each<[string, number, readonly string[]]>([
        ["one hundred days old, and 90 at most", 90, ["app key: age"]],
        ["at the very day", 100, ["app key: age"]],
        ["younger", 101, []],
    ])("%s", (_when, days, work) => {
        expect(rotated({ generators: { app: kept(days) }, wish: { due: true } }).work).toEqual(work)
    })

    test("without an age that it may have, nothing is due", () => {
        expect(rotated({ generators: { app: generator() }, wish: { due: true } }).work).toEqual([])
    })

    test.each<[string, string, readonly string[]]>([
        ["less than a third of its time is left", "2026-05-29T00:00:00Z", ["app key: ends"]],
        ["more is left", "2026-12-01T00:00:00Z", []],
        ["it has ended", "2026-04-01T00:00:00Z", ["app key: ends"]],
    ])("what ends: %s", (_when, notAfter, work) => {
        const given = { generators: { app: generator() }, notAfter }
        expect(rotated({ ...given, wish: { due: true } }).work).toEqual(work)
    })
})

describe("by debt", () => {
    const debt = { debt: true }
    test("only generators whose values somebody knows", () => {
        const debts = [`${web01}/ca/key`]
        expect(rotated({ generators: { ca, other: generator() }, debts, wish: debt })).toMatchObject({
            work: ["ca key: debt"],
            byHand: [],
        })
    })

    test("what no generator makes, and what is entered, is left to a person", () => {
        const app = generator({ files: { token: { kind: "manual" } } })
        const debts = ["sops/secrets/wifi", `${web01}/app/token`, `${web01}/gone/key`]
        expect(rotated({ generators: { app }, debts, wish: debt })).toMatchObject({
            work: [],
            byHand: debts.map((path) => `${path}: debt`),
        })
    })

    test("who has read a text knows what it is made of: that is made anew as well", () => {
        const debts = [`${web01}/leaf/env`]
        expect(rotated({ generators: { ca, leaf }, debts, wish: debt }).work).toEqual([
            "ca key: revealed",
            "leaf env: debt input",
        ])
    })

    test("who has read a hash does not know what it was made of", () => {
        const app = generator({
            dependencies: ["ca"],
            files: {
                text: { kind: "template", parts: [{ input: "ca", file: "key" }] },
                hash: { kind: "hash", of: "text", scheme: "sha512crypt" },
            },
        })
        const debts = [`${web01}/app/hash`]
        expect(rotated({ generators: { ca, app }, debts, wish: debt }).work).toEqual(["app text hash: debt"])
    })

    test("a text around what a person enters is not paid before that is another one", () => {
        const app = generator({
            files: { token: { kind: "manual" }, env: { kind: "template", parts: [{ file: "token" }] } },
        })
        const debts = [`${web01}/app/env`]
        const known = { generators: { app }, debts, wish: debt }
        expect(rotated({ ...known, set: "2026-01-01T00:00:00Z" }).byHand).toEqual([`${web01}/app/env: debt`])
        expect(rotated({ ...known, set: "2026-03-02T00:00:00Z" })).toEqual({
            work: ["app env: debt"],
            byHand: [],
            confirm: [],
        })
        const both = { ...known, debts: [...debts, `${web01}/app/token`] }
        expect(rotated({ ...both, set: "2026-03-02T00:00:00Z" }).work).toEqual([])
    })
})

describe("names that have to be typed", () => {
    const disk = generator({ ...rotate({ confirm: true }), dependencies: ["ca"] })
    test("of what is replaced, also as what is made of something else", () => {
        const given = { generators: { ca, disk }, wish: { generators: ["ca"] } }
        expect(rotated(given).confirm).toEqual(["disk"])
    })

    test("not of what was not there", () => {
        const given = { generators: { ca, disk }, unmade: ["disk"], wish: { generators: ["ca"] } }
        expect(rotated(given)).toMatchObject({ work: ["ca key: asked"], confirm: [] })
    })
})
