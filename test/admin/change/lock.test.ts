import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { afterAll, describe, expect, test } from "vitest"
import { absoluteEntries, findProgram } from "../../../agent/os/children.ts"
import { lock } from "../../../agent/admin/change/lock.ts"
import { nodeProgram } from "../terminal.ts"
import { testContext } from "../world.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-lock-"))
afterAll(() => rmSync(root, { recursive: true }))

const PATH = process.env["PATH"] ?? ""
/** A PATH with one program in it. */
function only(name: string): string {
    const directory = join(root, `only-${name}`)
    mkdirSync(directory, { recursive: true })
    symlinkSync(findProgram(name, PATH) ?? "", join(directory, name))
    return directory
}

/** A program that takes the lock, says so, and lives until it is killed. */
function holder(path: string, kind: "file" | "directory") {
    const [program = "", ...args] = nodeProgram(`
        import { lock } from "agent:admin/change/lock.ts"
        const context = { env: { PATH: ${JSON.stringify(PATH)} }, flags: { quiet: false }, err: () => undefined }
        await lock(${JSON.stringify(path)}, "${kind}", context)
        process.stdout.write("locked")
        setInterval(() => undefined, 1000)
    `)
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] })
    return { child, locked: new Promise((resolve) => child.stdout.once("data", resolve)) }
}

for (const [what, env] of [
    ["flock", { PATH: only("flock") }],
    ["perl, where there is no flock", { PATH: only("perl") }],
] as const) {
    test(`one at a time, with ${what}`, async () => {
        const file = join(root, what)
        const { context, said } = testContext(env)
        const unlock = await lock(file, "file", context)
        let second: (() => void) | undefined
        const waiting = lock(file, "file", context).then((release) => (second = release))
        await setTimeout(400)
        expect(second).toBeUndefined()
        expect(said()).toBe("waiting for another command to finish\n")
        unlock()
        await waiting
        second?.()
    })
}

describe("a program that is killed", () => {
    for (const kind of ["file", "directory"] as const) {
        test(`leaves a ${kind} unlocked`, async () => {
            const path = join(root, `killed-${kind}`)
            if (kind === "directory") mkdirSync(path)
            const { child, locked } = holder(path, kind)
            await locked
            const { context, said } = testContext({ PATH })
            const waiting = lock(path, kind, context)
            await setTimeout(300)
            child.kill("SIGKILL")
            ;(await waiting)()
            expect(said()).toContain("waiting")
        })
    }
})

test("without a program that can lock, nothing goes on", async () => {
    const { context } = testContext({ PATH: absoluteEntries("/nonexistent").join(delimiter) })
    await expect(lock(join(root, "none"), "file", context)).rejects.toThrow("there is no flock program")
})

test("a link in the place of the lock is not followed", async () => {
    writeFileSync(join(root, "elsewhere"), "")
    symlinkSync("elsewhere", join(root, "link"))
    await expect(lock(join(root, "link"), "file", testContext({ PATH }).context)).rejects.toMatchObject({
        cause: { code: "ELOOP" },
    })
})

/** A PATH with a flock program that ends with this code when it is asked to wait, or at once. */
function failing(code: { readonly now: number; readonly wait: number }): { readonly PATH: string } {
    const directory = mkdtempSync(join(root, "failing-"))
    const script = `#!/bin/sh\ncase "$*" in *-n*) exit ${code.now};; *) exit ${code.wait};; esac\n`
    writeFileSync(join(directory, "flock"), script, { mode: 0o755 })
    return { PATH: directory }
}

for (const [why, code] of Object.entries({
    "cannot lock at all": { now: 64, wait: 64 },
    "gives up waiting": { now: 1, wait: 1 },
    "fails while it waits": { now: 1, wait: 69 },
})) {
    test(`nothing goes on when the program that locks ${why}`, async () => {
        const { context } = testContext(failing(code))
        await expect(lock(join(root, "failing"), "file", context)).rejects.toThrow("cannot be locked")
    })
}
