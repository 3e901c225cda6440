// Random command lines, each of them undone, and done again by undoing that: links, readers and values are what they were.

import * as fc from "fast-check"
import { lstatSync, readlinkSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { filesBelow, Scene } from "./scene.ts"
import { begin, perform } from "./sequence-scene.ts"
import { atFirst, keyNames, linksOf, outcome, pathOf, readers, step } from "./sequence.ts"
import type { Expected } from "./sequence.ts"

let origin: Scene
beforeAll(async () => {
    origin = new Scene()
    await begin(origin)
})
afterAll(() => origin[Symbol.dispose]())

const everybody = ["user:alice", "user:bob", "user:carol", "machine:web01", "machine:web02"]
const undo = ["undo", ...everybody.flatMap((name) => ["--accept", name])]

test(
    "what is undone is as it was before, and what that undoes as it was after",
    { timeout: 300_000 },
    async () => {
        let undone = 0
        await fc.assert(
            fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 12 }), async (steps) => {
                using scene = new Scene(origin)
                let state = atFirst
                for (const each of steps) {
                    const line = `${each.as}: ${each.words.join(" ")}`
                    const before = state
                    const head = scene.git("rev-parse", "HEAD")
                    await perform(scene, each)
                    if (scene.git("rev-parse", "HEAD") === head) continue
                    const after = outcome(before, each) ?? before
                    const commits = scene.commits()
                    const back = await perform(scene, { ...each, words: undo, stdin: "" })
                    if (back.code === 0) {
                        undone++
                        await mustBe(scene, before, `${line}, undone`)
                        expect(scene.commits(), line).toBe(commits + 1)
                        const again = await perform(scene, { ...each, words: undo, stdin: "" })
                        state = again.code === 0 ? after : before
                        await mustBe(scene, state, `${line}, done again`)
                    } else {
                        // Who undoes it could not read it then, or nobody could.
                        expect(scene.commits(), `${line}\n${back.err}`).toBe(commits)
                        state = after
                        await mustBe(scene, state, `${line}, not undone\n${back.err}`)
                    }
                    scene.mustBeClean()
                    expect(await scene.inside(["verify"]), line).toMatchObject({ code: 0 })
                }
            }),
            { numRuns: 6, endOnFailure: true },
        )
        expect(undone).toBeGreaterThan(5)
    },
)

async function mustBe(scene: Scene, state: Expected, line: string): Promise<void> {
    const links = filesBelow(scene.tree, "").filter((path) =>
        lstatSync(join(scene.tree, path)).isSymbolicLink(),
    )
    const targets = Object.fromEntries(links.map((path) => [path, readlinkSync(join(scene.tree, path))]))
    expect(targets, line).toEqual(linksOf(state))
    const found = await scene.secrets()
    expect(new Set(found.keys()), line).toEqual(new Set([...state.secrets.keys()].map(pathOf)))
    for (const [name, { value }] of state.secrets) {
        expect(found.get(pathOf(name))?.value, `${line}: ${name}`).toBe(value)
        const keys = readers(state, name)
        for (const key of keyNames)
            expect(await scene.opens(key, pathOf(name)), `${line}: ${key} opens ${name}`).toBe(keys.has(key))
    }
}
