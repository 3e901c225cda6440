// Random manifests through sops-install-secrets and through our agent: what it installs, ours installs, to the byte.
//
// What the real program does with the first of them is in recorded/random.json, as for agents.test.ts. With
// HOSTSEAL_RANDOM=FIRST-LAST and the real program, others are compared, as many as there is time for.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { env } from "node:process"
import { inspect } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"
import { available } from "./namespace.ts"
import { Pair, theirProgram, type Seen } from "./pair.ts"
import { randomRuns } from "./random-manifests.ts"

const recording = join(import.meta.dirname, "recorded", "random.json")
const seeds = Array.from({ length: 40 }, (_, seed) => seed)

let pair: Pair
beforeAll(async () => {
    pair = await Pair.make()
})
afterAll(() => pair.remove())

const real = available(theirProgram)
if (!real) console.warn(`${theirProgram} is not at hand: the recording is not held against the program`)

test.runIf(real)("the recording is what sops-install-secrets does", { timeout: 600_000 }, async () => {
    const seen: (readonly Seen[])[] = []
    for (const seed of seeds) seen.push(await pair.theirs(randomRuns(seed)))
    await expect(`${JSON.stringify(seen, undefined, 1)}\n`).toMatchFileSnapshot(recording)
})

test("our agent installs what sops-install-secrets installs", { timeout: 600_000 }, async () => {
    const recorded: readonly (readonly Seen[])[] = JSON.parse(readFileSync(recording, "utf8"))
    expect(recorded.length).toBe(seeds.length)
    for (const seed of seeds) await pair.compare(`seed ${seed}`, randomRuns(seed), recorded[seed] ?? [])
})

const [first, last] = (env["HOSTSEAL_RANDOM"] ?? "").split("-").map(Number)
test.runIf(real && first && last)("further random manifests", { timeout: 7_200_000 }, async () => {
    let installed = 0
    const failures: string[] = []
    for (let seed = first ?? 0; seed <= (last ?? 0); seed++) {
        const theirs = await pair.theirs(randomRuns(seed))
        installed += theirs.filter(({ succeeded }) => succeeded).length
        try {
            await pair.compare(`seed ${seed}`, randomRuns(seed), theirs)
        } catch (error) {
            failures.push(
                inspect(error instanceof Error ? [error.message, Reflect.get(error, "actual")] : error),
            )
        }
    }
    console.info(`seeds ${first} to ${last}: sops-install-secrets installed ${installed} manifests`)
    expect(failures).toEqual([])
})
