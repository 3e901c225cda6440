// The admin program. All that is global is touched here: arguments, environment, streams, the exit code. What takes
// time to load (streams, terminals, child processes) is loaded when it is needed.

import process from "node:process"
import { nodeProblem } from "../os/node-floor.ts"
import { keepMemoryPrivate } from "../os/private-memory.ts"
import { sshChildArgument } from "../os/ssh-child-argument.ts"
import type { World } from "./context.ts"
import { writeAll } from "./output.ts"
import { runProgram } from "./program.ts"
import { threadArgument } from "./change/threads/thread-argument.ts"

keepMemoryPrivate()

// Files are flushed to the disk in the pool of libuv. A journalling file system does many at once in the time of a few,
// so 16 threads take a third of the time that the usual 4 take. Read when the pool is first used.
process.env["UV_THREADPOOL_SIZE"] ??= "16"

const tty = () => process.getBuiltinModule("node:tty")

const world: World = {
    env: process.env,
    cwd: currentDirectory(),
    stdin: () => process.stdin,
    isTerminal: {
        get stdin() {
            return tty().isatty(0)
        },
        get stdout() {
            return tty().isatty(1)
        },
        get stderr() {
            return tty().isatty(2)
        },
    },
    columns: (stream) => sizeOf(stream === "stdout" ? 1 : 2)?.[0],
    rows: () => sizeOf(1)?.[1],
    terminal: () => {
        const { stdin } = process
        const { isatty, ReadStream } = tty()
        return isatty(2) && stdin instanceof ReadStream ? { input: stdin, output: process.stderr } : undefined
    },
    out: (data) => writeTo(1, data),
    err: (text) => writeTo(2, text),
    now: () => new Date(),
    readSshKey: async (request) => {
        const { gatedRunner } = await import("../os/ssh-child.ts")
        return gatedRunner(process.argv[1] ?? "")(request)
    },
    thread: async () => {
        const { Worker } = await import("node:worker_threads")
        return new Worker(process.argv[1] ?? "", { argv: [threadArgument], execArgv: [], env: {} })
    },
}

void main()

async function main(): Promise<void> {
    const problem = nodeProblem(process.versions.node)
    if (problem !== undefined) {
        world.err(`error: ${problem}\n`)
        process.exitCode = 1
        return
    }
    if (process.argv[2] === threadArgument) return (await import("./change/threads/thread.ts")).runThread()
    if (process.argv[2] === sshChildArgument) {
        const { runSshChild } = await import("../os/ssh-child.ts")
        const { answerRequest } = await import("../age/ssh/sshpk.ts")
        return runSshChild(answerRequest)
    }
    process.exitCode = await runProgram(process.argv.slice(2), world)
}

/** Columns and rows of a terminal; undefined for anything else. */
function sizeOf(descriptor: 1 | 2): readonly [columns: number, rows: number] | undefined {
    if (!tty().isatty(descriptor)) return undefined
    const [columns, rows] = (descriptor === 1 ? process.stdout : process.stderr).getWindowSize()
    // A terminal that nobody has told its size says 0.
    return columns > 0 ? [columns, rows] : undefined
}

/** Somebody may have removed the directory that the shell is in. */
function currentDirectory(): string {
    try {
        return process.cwd()
    } catch {
        writeTo(2, "error: the current directory does not exist any more\n")
        return process.exit(1)
    }
}

/** Who reads our output may stop reading: `hostseal list | head` ends quietly (docs/command-line.md#output). */
function writeTo(descriptor: 1 | 2, data: string | Buffer): void {
    try {
        writeAll(descriptor, data)
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "EPIPE")
            process.exit(descriptor === 1 ? 0 : 1)
        throw error
    }
}
