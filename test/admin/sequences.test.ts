// Random command lines, one after another. After each of them everything is as it should be: the exit code, the links,
// who can open which file and with what value, the data keys of those who cannot any more, git, and `verify`.

import * as fc from "fast-check"
import { existsSync, lstatSync, readFileSync, readlinkSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { filesBelow, Scene } from "./scene.ts"
import { begin, perform } from "./sequence-scene.ts"
import { atFirst, keyNames, linksOf, outcome, pathOf, readers, step } from "./sequence.ts"
import type { Expected, Step } from "./sequence.ts"

let origin: Scene
beforeAll(async () => {
    origin = new Scene()
    await begin(origin)
})
afterAll(() => origin[Symbol.dispose]())

test("whatever is done, links, files, readers and git agree", { timeout: 300_000 }, async () => {
    await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), async (steps) => {
            using scene = new Scene(origin)
            const watch = new Watch(scene)
            for (const each of steps) await watch.step(each)
        }),
        { numRuns: 20, endOnFailure: true },
    )
})

/** A scene, and what it should be. */
class Watch {
    readonly #scene: Scene
    #expected: Expected = atFirst
    #commits: number
    /** The data keys that each key has ever opened. */
    readonly #seen = new Map<string, Set<string>>(keyNames.map((name) => [name, new Set()]))
    #files = new Map<string, string>()

    constructor(scene: Scene) {
        this.#scene = scene
        this.#commits = scene.commits()
    }

    async step(each: Step): Promise<void> {
        const line = `${each.as}: ${each.words.join(" ")}`
        const before = this.#expected
        const next = outcome(before, each)
        const sets = next === undefined ? [] : (each.sets?.(before) ?? [])
        const ended = await perform(this.#scene, each)
        expect(ended.code, `${line}\n${ended.err}`).toBe(next === undefined ? 1 : 0)
        this.#expected = next ?? before
        const isChanged = next !== undefined && (sets.length > 0 || !sameLinks(before, next))

        this.#scene.mustBeClean()
        const commits = this.#scene.commits()
        expect(commits - this.#commits, `commits of ${line}`).toBe(isChanged ? 1 : 0)
        this.#commits = commits
        expect(await this.#scene.inside(["verify"]), line).toMatchObject({ code: 0 })
        expect(this.#links(), line).toEqual(linksOf(this.#expected))
        await this.#mustBeReadable(line, before, new Set(sets))
    }

    #links(): Record<string, string> {
        const { tree } = this.#scene
        const links = filesBelow(tree, "").filter((path) => lstatSync(join(tree, path)).isSymbolicLink())
        return Object.fromEntries(links.map((path) => [path, readlinkSync(join(tree, path))]))
    }

    async #mustBeReadable(line: string, before: Expected, set: ReadonlySet<string>): Promise<void> {
        const found = await this.#scene.secrets()
        const names = [...this.#expected.secrets.keys()]
        expect(new Set(found.keys()), line).toEqual(new Set(names.map(pathOf)))
        const files = new Map<string, string>()
        for (const name of names) {
            const sealed = found.get(pathOf(name))
            const file = readFileSync(join(this.#scene.tree, pathOf(name), "secret"), "utf8")
            files.set(name, file)
            const keys = readers(this.#expected, name)
            const recipients = [...keys].map((key) => origin.key(key).recipient)
            // In an order that does not depend on the way here (docs/clan-contract.md#defects, D15).
            expect(sealed?.recipients, `${line}: recipients of ${name}`).toEqual(recipients.toSorted(byName))
            expect(sealed?.value, `${line}: ${name}`).toBe(this.#expected.secrets.get(name)?.value)
            for (const key of keyNames) {
                const seen = this.#seen.get(key)
                expect(await this.#scene.opens(key, pathOf(name)), `${line}: ${key} opens ${name}`).toBe(
                    keys.has(key),
                )
                // Whoever lost access never gets to what was encrypted since (docs/clan-contract.md#defects, D3).
                if (!keys.has(key))
                    expect(seen, `${line}: ${key} knows the data key of ${name}`).not.toContain(
                        sealed?.dataKey,
                    )
            }
            for (const key of keys) this.#seen.get(key)?.add(sealed?.dataKey ?? "")
            const was = readers(before, name)
            const isSame = keys.size === was.size && keys.isSubsetOf(was)
            if (isSame && !set.has(name) && this.#files.has(name) && !line.includes("rename"))
                expect(file, `${line}: ${name} was written anew`).toBe(this.#files.get(name))
            const debt = existsSync(join(this.#scene.tree, pathOf(name), "debt.json"))
            if (set.has(name))
                expect(debt, `${line}: a new value of ${name} settles what was owed`).toBe(false)
            else if (before.secrets.has(name) && !was.isSubsetOf(keys) && !line.includes("rename"))
                expect(debt, `${line}: ${name} is to be changed at its origin`).toBe(true)
        }
        this.#files = files
    }
}

function sameLinks(one: Expected, other: Expected): boolean {
    return JSON.stringify(plain(one)) === JSON.stringify(plain(other))
}

function plain(state: Expected): unknown {
    const keys = (map: ReadonlyMap<string, ReadonlySet<string>>): unknown =>
        [...map].map(([name, set]) => [name, ...[...set].toSorted(byName)].join(" ")).toSorted(byName)
    const links = Object.keys(linksOf(state)).toSorted(byName)
    return [keys(state.users), keys(state.machines), links, [...state.secrets.keys()].toSorted(byName)]
}

function byName(a: string, b: string): number {
    return a < b ? -1 : 1
}
