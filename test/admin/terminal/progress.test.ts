import { setTimeout as wait } from "node:timers/promises"
import { expect, test } from "vitest"
import { progress } from "../../../agent/admin/terminal/progress.ts"
import { testContext } from "../world.ts"

const terminal = { isTerminal: { stdin: true, stdout: true, stderr: true } }

test("long work is shown on a terminal, on standard error, and goes away", async () => {
    const { context, said, printed } = testContext({}, terminal)
    const step = progress("opening", 4, context)
    step()
    expect(said()).toBe("")
    await wait(600)
    step()
    step()
    expect(said()).toBe("\ropening: 2 of 4")
    await wait(150)
    step()
    step.end()
    expect(said()).toBe("\ropening: 2 of 4\ropening: 4 of 4\r\x1b[K")
    expect(printed()).toBe("")
})

test("short work is not, nor is any under --quiet or where nobody looks", async () => {
    const worlds = [
        testContext({}, terminal),
        testContext({}, { ...terminal, flags: { quiet: true } }),
        testContext({}, { isTerminal: { stdin: true, stdout: true, stderr: false } }),
    ]
    const steps = worlds.map(({ context }) => progress("opening", 2, context))
    steps[0]?.()
    steps[0]?.end()
    await wait(600)
    for (const step of steps.slice(1)) {
        step()
        step.end()
    }
    expect(worlds.map(({ said }) => said())).toEqual(["", "", ""])
})
