import { Worker } from "node:worker_threads"
import { runProgram } from "../../agent/admin/program.ts"
import { threadArgument } from "../../agent/admin/change/threads/thread-argument.ts"
import { gatedRunner } from "../../agent/os/ssh-child.ts"
import type { Context, Flags, World } from "../../agent/admin/context.ts"

/** The program that answers when sshpk is to read a key. */
export const mainProgram = new URL("../../agent/admin/main.ts", import.meta.url).pathname

/** A context without a terminal, and what a command wrote to it. */
export function testContext(
    env: Record<string, string>,
    more: Partial<Omit<Context, "flags">> & { readonly flags?: Partial<Flags> } = {},
): { context: Context; said: () => string; printed: () => string } {
    const out: Buffer[] = []
    const err: string[] = []
    const flags: Flags = {
        flake: undefined,
        layout: undefined,
        identity: [],
        json: false,
        dryRun: false,
        noCommit: false,
        allowLockout: false,
        allowMixed: false,
        accept: [],
        yes: false,
        verbose: 0,
        quiet: false,
        color: { stdout: false, stderr: false },
    }
    const context: Context = {
        env,
        cwd: "/",
        stdin: () => process.stdin,
        isTerminal: { stdin: false, stdout: false, stderr: false },
        terminal: () => undefined,
        out: (data) => void out.push(Buffer.from(data)),
        err: (text) => void err.push(text),
        now: () => new Date("2026-01-02T03:04:05Z"),
        readSshKey: gatedRunner(mainProgram),
        thread: () =>
            Promise.resolve(new Worker(mainProgram, { argv: [threadArgument], execArgv: [], env: {} })),
        argv: [],
        ...more,
        flags: { ...flags, ...more.flags },
    }
    return { context, said: () => err.join(""), printed: () => Buffer.concat(out).toString() }
}

/** Runs a command line in a world like that one. */
export async function hostseal(
    argv: readonly string[],
    env: Record<string, string>,
    more: Partial<World> = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const { context, said, printed } = testContext(env, more)
    const code = await runProgram(argv, context)
    return { code, out: printed(), err: said() }
}
