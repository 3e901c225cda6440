// Program 1. The only place that knows the process: arguments, environment, streams, exit code.

import { writeSync } from "node:fs"
import { basename } from "node:path"
import { parseCommandLine, parseLegacyCommandLine, UsageError } from "./command-line.ts"
import type { Request } from "./command-line.ts"
import type { Host } from "./host.ts"
import { installCommand } from "./install-command.ts"
import { exitCodeFor, exitCodes, tellError } from "./report.ts"
import { codeOf } from "./system-error.ts"
import { version } from "./version.ts"

/** The name under which it is sops-install-secrets: its arguments, and exit codes 0 and 1. */
const legacyName = "sops-install-secrets"

process.umask(0o077)
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

void start().then((code) => process.exit(program === legacyName ? Math.min(code, 1) : code))

async function start(): Promise<number> {
    try {
        // The child that reads SSH keys of the kinds that sshpk reads; it is this program and does nothing else.
        if (args[0] === "--ssh-key-child")
            return await (await import("../ssh-child.ts")).runSshChild().then(() => 0)
        return await perform(program === legacyName ? parseLegacyCommandLine(args) : parseCommandLine(args))
    } catch (error) {
        tellError(error, host)
        return error instanceof UsageError ? exitCodes.usage : exitCodeFor(error)
    }
}

/** What a boot does is at hand; every other command is loaded when it is called. */
async function perform(request: Request): Promise<number> {
    switch (request.kind) {
        case "install":
            return await installCommand(request, host)
        case "run":
            return await (await import("./resident.ts")).runResident(request, host)
        case "check":
            return await (await import("./check-command.ts")).checkCommand(request, host)
        case "status":
            return (await import("./status-command.ts")).statusCommand(request, host)
        case "recipient":
            return (await import("./recipient-command.ts")).recipientCommand(request, host)
        case "version":
            host.print(`hostseal-agent ${version}`)
            return exitCodes.done
        case "help":
            break
    }
    host.print(request.text)
    return exitCodes.done
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
