// Program 1. The only place that knows the process: arguments, environment, streams, exit code.

import { writeSync } from "node:fs"
import { basename } from "node:path"
import { nodeProblem } from "../os/node-floor.ts"
import { keepMemoryPrivate } from "../os/private-memory.ts"
import { sshChildArgument } from "../os/ssh-child-argument.ts"
import type { Host } from "./host.ts"
import { legacyName, runProgram } from "./commands/program.ts"
import { codeOf } from "../os/system-error.ts"

process.umask(0o077)
keepMemoryPrivate()
const [, file = "", ...args] = process.argv
const program = basename(file).replace(/\.(?:cjs|ts)$/u, "") === legacyName ? legacyName : "hostseal-agent"

const host: Host = {
    program,
    programFile: file,
    env: process.env,
    uid: process.geteuid?.() ?? -1,
    gid: process.getegid?.() ?? -1,
    runDirectory: "/run",
    now: () => new Date(),
    print: (line) => write(1, line),
    tell: (line) => write(2, `${program}: ${line}`),
    tellBare: (line) => write(2, line),
}

const problem = nodeProblem(process.versions.node)
if (problem !== undefined) {
    host.tell(`error: ${problem}`)
    process.exit(1)
}

// The child that reads SSH keys of the kinds that sshpk reads; it is this program and does nothing else.
if (args[0] === sshChildArgument) void beSshChild()
else void runProgram(args, host).then((code) => process.exit(code))

async function beSshChild(): Promise<void> {
    const { runSshChild } = await import("../os/ssh-child.ts")
    const { answerRequest } = await import("../age/ssh/sshpk.ts")
    await runSshChild(answerRequest)
}

/** Synchronous, so that nothing is lost when the process ends. A reader that is gone is no error. */
function write(descriptor: number, line: string): void {
    const bytes = Buffer.from(`${line}\n`)
    for (let written = 0; written < bytes.length;) {
        try {
            written += writeSync(descriptor, bytes, written)
        } catch (error) {
            if (codeOf(error) !== "EAGAIN") return
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
        }
    }
}
