// `npm run test:fuzz -- --count N --seed S`: mutants of good inputs to every parser. Each has to be read, or refused with
// one of our own errors that says nothing of what is in it, within a second. Prints what was not, and ends with 1 then.
import process from "node:process"
import { parseArgs } from "node:util"
import { corpus, mutant, randomOf } from "./inputs.ts"
import { isExpected, parsers } from "./parsers.ts"

const { values } = parseArgs({
    options: { count: { type: "string", default: "10000" }, seed: { type: "string", default: "1" } },
})
const [count, seed] = [Number(values.count), Number(values.seed)]
const slow = 1000
const most = 400

const inputs = await corpus()
const names = [...inputs.keys()]
const problems: string[] = []
let longest = 0
let read = 0
for (let number = 0; number < count; number++) {
    const random = randomOf(seed * 1_000_003 + number)
    const name = names[number % names.length] ?? ""
    const input = mutant(inputs.get(name) ?? [], random)
    const started = process.cpuUsage()
    try {
        await parsers[name]?.(input)
        read++
    } catch (error) {
        if (!isExpected(error) || (error instanceof Error && error.message.includes("CANARY")))
            problems.push(`${name}, input ${number}: ${error instanceof Error ? error.stack : String(error)}`)
    }
    const { user, system } = process.cpuUsage(started)
    const time = (user + system) / 1000
    longest = Math.max(longest, time)
    // What counts is what is needed, not how much of what is no longer needed lies about.
    if (number % 500 === 0) globalThis.gc?.()
    if (time > slow)
        problems.push(`${name}, input ${number}: ${Math.round(time)} ms for ${input.length} bytes`)
}
const peak = Math.round(process.resourceUsage().maxRSS / 1024)
if (peak > most) problems.push(`${peak} MB of memory at the peak`)
for (const problem of problems.slice(0, 20)) console.log(problem)
console.log(
    `${count} inputs, seed ${seed}: ${read} read, ${problems.length} problems; the longest ${Math.round(longest)} ms, ${peak} MB at the peak`,
)
process.exitCode = problems.length === 0 ? 0 : 1
