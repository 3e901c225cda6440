// The admin program. All that is global is touched here: arguments, environment, streams, the exit code.

import process from "node:process"
import { isatty, ReadStream } from "node:tty"
import { gatedRunner, runSshChild, sshChildArgument } from "../ssh-child.ts"
import type { World } from "./context.ts"
import { runProgram } from "./program.ts"

const isTerminal = { stdin: isatty(0), stdout: isatty(1), stderr: isatty(2) }

const world: World = {
    env: process.env,
    cwd: process.cwd(),
    stdin: () => process.stdin,
    isTerminal,
    terminal: () => {
        const { stdin, stderr } = process
        return isTerminal.stderr && stdin instanceof ReadStream ? { input: stdin, output: stderr } : undefined
    },
    out: (data) => void process.stdout.write(data),
    err: (text) => void process.stderr.write(text),
    now: () => new Date(),
    readSshKey: gatedRunner(process.argv[1] ?? ""),
}

// Who reads our output may stop reading: `hostseal list | head` ends quietly (cli-conventions §2).
process.stdout.on("error", endQuietly)
process.stderr.on("error", endQuietly)

void main()

async function main(): Promise<void> {
    if (process.argv[2] === sshChildArgument) return runSshChild()
    process.exitCode = await runProgram(process.argv.slice(2), world)
}

function endQuietly(error: Error & { code?: string }): void {
    process.exit(error.code === "EPIPE" ? 0 : 1)
}
