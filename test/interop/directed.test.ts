// Manifests that are odd in one way, through sops-install-secrets and through our agent. What theirs installs and ours
// refuses is listed here, by the reason that docs/differences.md gives.
//
// What the real program does is in recorded/directed.json, as for agents.test.ts.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { directed } from "./directed-cases.ts"
import { available } from "./namespace.ts"
import { Pair, theirProgram, type Seen } from "./pair.ts"

const recording = join(import.meta.dirname, "recorded", "directed.json")

/** What only theirs installs, by the number of the reason in docs/differences.md. */
const onlyTheirs: Readonly<Record<string, number>> = {
    'the path "/run/secrets"': 2,
    "a link of a user in the way of a path that is taken": 2,
}

let pair: Pair
beforeAll(async () => {
    pair = await Pair.make()
})
afterAll(() => pair.remove())

const real = available(theirProgram)
if (!real) console.warn(`${theirProgram} is not at hand: the recording is not held against the program`)

test("there are cases of every kind, and each has a name of its own", () => {
    expect(directed.size).toBeGreaterThanOrEqual(120)
    expect(Object.keys(onlyTheirs).filter((name) => !directed.has(name))).toEqual([])
    expect(new Set(Object.values(onlyTheirs)).size).toBeLessThanOrEqual(5)
})

test.runIf(real)("the recording is what sops-install-secrets does", { timeout: 600_000 }, async () => {
    const seen: Record<string, readonly Seen[]> = {}
    for (const [name, runs] of directed) seen[name] = await pair.theirs(runs)
    await expect(`${JSON.stringify(seen, undefined, 1)}\n`).toMatchFileSnapshot(recording)
})

const recorded: Readonly<Record<string, readonly Seen[]>> = JSON.parse(readFileSync(recording, "utf8"))
test.each([...directed])("our agent does what theirs does with %s", async (name, runs) => {
    expect(await pair.compare(name, runs, recorded[name] ?? [])).toBe(name in onlyTheirs)
})
