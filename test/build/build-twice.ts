// npm run test:build-twice -- --times 20: builds both programs so many times while every core has something else to do,
// and fails unless all of them are the same to the byte. Code that V8 compiles tells of more than of the text it is
// made from; agent/build/rehearsal.ts says of what.

import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { argv, exit, stdout } from "node:process"
import { parseArgs } from "node:util"
import { Worker } from "node:worker_threads"
import { bundle, programs } from "../../agent/build/build.ts"

const { values } = parseArgs({ args: argv.slice(2), options: { times: { type: "string", default: "2" } } })
const times = Number(values.times)

const busy = Array.from({ length: availableParallelism() }, () => new Worker("for (;;);", { eval: true }))
const directory = mkdtempSync(join(tmpdir(), "hostseal-build-twice-"))
const sums = new Map(programs.map(({ name }) => [name, new Set<string>()]))
for (let time = 1; time <= times; time++) {
    for (const program of programs) {
        await bundle(program, directory)
        const text = readFileSync(join(directory, `${program.name}.cjs`))
        sums.get(program.name)?.add(createHash("sha256").update(text).digest("hex"))
    }
}
for (const worker of busy) await worker.terminate()
rmSync(directory, { recursive: true })

for (const [name, { size }] of sums) stdout.write(`${name}: ${times} builds, ${size} different\n`)
exit([...sums.values()].every(({ size }) => size === 1) ? 0 : 1)
