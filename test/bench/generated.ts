// Generators: a thousand random values for ten people, against as many that are set at once; and a run that has nothing to do.

import { execFileSync } from "node:child_process"
import { cpSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { generateIdentity } from "../../agent/age/identity.ts"
import { type CliBench, type Person, hostseal, settle, writeRepository } from "./cli.ts"
import { type Figure, compare, median, time } from "./measure.ts"

export async function* generatedFigures(bench: CliBench): AsyncGenerator<Figure> {
    const count = Math.round(1_000 / bench.scale)
    const people = Array.from({ length: 10 }, (_, index): Person => {
        const { secret, recipient } = generateIdentity()
        return { name: `user${index}`, secret, recipient }
    })
    const [first] = people
    const before = join(bench.directory, "undeclared")
    await writeRepository(before, people, people, 0)
    const files = { value: { deploy: false, make: { random: {} } } }
    const generator = { share: true, readers: { groups: ["team"] }, files }
    const names = Array.from({ length: count }, (_, index) => `generator-${index}`)
    const machines = { web01: Object.fromEntries(names.map((name) => [name, generator])) }
    const manifest = join(bench.directory, "generators.json")
    writeFileSync(manifest, JSON.stringify({ version: 1, machines }))
    const values = join(bench.directory, "values.json")
    writeFileSync(
        values,
        JSON.stringify(Object.fromEntries(names.map((name) => [name, `CANARY ${name} of 32 characters.`]))),
    )
    const fresh = (): string => {
        const copy = join(bench.directory, `generated-${process.hrtime.bigint()}`)
        cpSync(before, copy, { recursive: true, verbatimSymlinks: true })
        execFileSync("git", ["-C", copy, "status"], { stdio: "ignore" })
        settle()
        return copy
    }
    let last = ""
    const times: [number[], number[]] = [[], []]
    for (let round = 0; round < bench.rounds * 2; round += 1) {
        last = fresh()
        times[0].push(time(hostseal(bench, last, first, "generate", "--manifest", manifest)))
        times[1].push(
            time(
                hostseal(bench, fresh(), first, "set", "--group", "team", "--from", "json", "--file", values),
            ),
        )
    }
    yield {
        work: "generate, 1,000 random values for 10 recipients",
        ours: median(times[0]),
        other: median(times[1]),
        against: "set of as many",
        bar: { atMost: 2 },
    }

    const nothing = hostseal(bench, last, first, "generate", "--manifest", manifest)
    const [idle, verified] = compare(nothing, hostseal(bench, last, first, "verify"), bench.rounds * 4)
    yield {
        work: "generate, nothing to do for 1,000",
        ours: idle,
        other: verified,
        against: "verify",
        bar: { atMost: 1.1 },
    }
}
