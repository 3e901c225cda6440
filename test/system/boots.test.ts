// Each boot once, or as often as `npm run test:boots -- --times N` says: orders that make a circle lose at random, so
// that one good boot proves little.

import { appendFileSync } from "node:fs"
import { env } from "node:process"
import { beforeAll, describe, expect, test } from "vitest"
import { boots, outcomeOf } from "./boots.ts"
import { Machine } from "./machine.ts"

const times = Number(env["HOSTSEAL_BOOTS"] ?? 1)
const table = env["HOSTSEAL_BOOTS_TABLE"]

describe.each(boots)("$name", (boot) => {
    const problems = new Map<string, string[]>(Object.keys(boot.rows).map((row) => [row, []]))

    beforeAll(async () => {
        for (let time = 0; time < times; time += 1) {
            const machine = Machine.make()
            try {
                for (const [row, problem] of await outcomeOf(boot, machine))
                    if (problem !== undefined) problems.get(row)?.push(problem)
            } finally {
                await machine.scrap()
            }
        }
        if (table !== undefined)
            for (const [row, { length }] of problems)
                appendFileSync(table, `| ${boot.name} | ${row} | ${times - length} of ${times} |\n`)
    }, times * 120_000)

    test.each([...problems.keys()])("%s", (row) => expect(problems.get(row)).toEqual([]))
})
