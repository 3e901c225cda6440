// The programs themselves, while they wait for something secret.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { execPath } from "node:process"
import { expect, test } from "vitest"
import { sshChildArgument } from "../../agent/os/ssh-child-argument.ts"
import { programs, root } from "../../agent/build/build.ts"

// As the child that reads keys, either program waits for its standard input.
test.each(programs)("$name leaves no memory in a core dump, and opens no debugger", async ({ entry }) => {
    const child = spawn(execPath, [join(root, entry), sshChildArgument], { env: {}, cwd: "/" })
    let said = ""
    child.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString()
    })
    try {
        await expect
            .poll(() => readFileSync(`/proc/${child.pid}/coredump_filter`, "utf8"), { timeout: 20_000 })
            .toBe("00000000\n")
        child.kill("SIGUSR1")
        await setTimeout(1000)
        expect(said).toBe("")
        expect([child.exitCode, child.signalCode]).toEqual([null, null])
        child.kill("SIGTERM")
        expect(await once(child, "exit")).toEqual([null, "SIGTERM"])
    } finally {
        child.kill("SIGKILL")
    }
})
