// The one way to start another program (docs/security-rules.md#other-programs): an absolute path, an argument array, an environment that is
// built and not inherited, a deadline, a cap on what it may print. There is no shell, and nothing secret is ever put
// into arguments or the environment: what is secret goes through `input` or a pipe.

import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { accessSync, constants, statSync } from "node:fs"
import { delimiter, isAbsolute, join } from "node:path"
import type { Readable } from "node:stream"
import { UserError, visible } from "../error.ts"
import { codeOf } from "./system-error.ts"

export type Environment = Readonly<Record<string, string | undefined>>

export interface Job {
    /** An absolute path; a name is resolved by `findProgram` first. */
    readonly program: string
    readonly args: readonly string[]
    /** Exactly what the program gets: `childEnvironment` or `chosenEnvironment`. */
    readonly env: Environment
    readonly cwd?: string
    /** Milliseconds until SIGTERM. `undefined` is for programs that wait for a person. */
    readonly deadline: number | undefined
    /** Open files of ours that the program gets, as its descriptors 3, 4, … (`run` only). */
    readonly descriptors?: readonly number[]
}

/** How a program came to its end. */
export type End =
    | { readonly kind: "exit"; readonly code: number }
    | { readonly kind: "signal"; readonly signal: string }
    | { readonly kind: "deadline" }
    | { readonly kind: "too much output" }

export interface Result {
    readonly end: End
    readonly stdout: Buffer
    /** At most 64 KiB of it, control characters escaped. */
    readonly stderr: string
}

/** How long a program may go on after SIGTERM before SIGKILL ends it. */
const grace = 2_000
const stderrLimit = 64 * 1024

/**
 * Runs a program to its end, with `input` on its standard input, at once or as it comes. Every way to end is a result;
 * only a program that cannot be started throws. What it prints beyond `maxOutput` (1 MiB) ends it.
 */
export async function run(
    job: Job & { readonly input?: Buffer | Readable; readonly maxOutput?: number },
): Promise<Result> {
    const child = launch(job, ["pipe", "pipe", "pipe", ...(job.descriptors ?? [])])
    const stdout = collect(child.stdout, job.maxOutput ?? 1024 * 1024, () => stop("too much output"))
    const stderr = collect(child.stderr, stderrLimit, () => undefined)
    const { ended, stop } = supervise(child, job)
    const { stdin } = child
    const input = job.input ?? Buffer.alloc(0)
    if (stdin !== null) {
        // A program that does not read its input closes the pipe: its exit status says what that means, not EPIPE.
        stdin.on("error", () => undefined)
        if ("pipe" in input) input.pipe(stdin)
        else stdin.end(input)
    }
    const end = await ended
    const said = Buffer.concat(stderr).toString("utf8").replaceAll("\r\n", "\n")
    return { end, stdout: Buffer.concat(stdout), stderr: visible(said) }
}

/** A running program that is talked to. `end` closes the conversation: SIGTERM, then SIGKILL, and waits for it. */
export interface Conversation {
    readonly input: NodeJS.WritableStream
    readonly output: NodeJS.ReadableStream
    readonly ended: Promise<End>
    close(): Promise<End>
}

/** Starts a program and leaves its standard input and output to the caller; its standard error is thrown away. */
export async function converse(job: Job): Promise<Conversation> {
    const child = launch(job, ["pipe", "pipe", "ignore"])
    const { stdin, stdout } = child
    if (stdin === null || stdout === null) throw new Error("a child without pipes")
    const { ended, started, stop } = supervise(child, job)
    stdin.on("error", () => undefined)
    await started
    const close = async (): Promise<End> => {
        stdin.end()
        stop()
        return ended
    }
    return { input: stdin, output: stdout, ended, close }
}

/** Hands the terminal to a program (an editor). `stop` asks it to end, at once; `send` hands a signal on. */
export function handOver(job: Job): {
    readonly ended: Promise<End>
    readonly stop: () => void
    readonly send: (signal: NodeJS.Signals) => void
} {
    const child = launch(job, ["inherit", "inherit", "inherit"])
    const { ended, stop } = supervise(child, job)
    return { ended, stop: () => stop(), send: (signal) => void child.kill(signal) }
}

/**
 * The absolute path of a program. A name is looked for in the absolute entries of `path` only, so neither the
 * current directory nor a `.` in PATH can supply it (GHSA-x5c7-x7m2-rhmf); a path must be absolute.
 */
export function findProgram(name: string, path: string | undefined): string | undefined {
    if (name.includes("/")) return isAbsolute(name) && isExecutable(name) ? name : undefined
    return absoluteEntries(path)
        .map((directory) => join(directory, name))
        .find(isExecutable)
}

/** The entries of a PATH that do not depend on the current directory, in order. */
export function absoluteEntries(path: string | undefined): string[] {
    return (path ?? "").split(delimiter).filter((entry) => isAbsolute(entry))
}

/** What any program may know about the user and the terminal. Nothing else of the environment reaches a child. */
const harmless =
    "HOME USER LOGNAME LANG LANGUAGE TERM COLORTERM TZ TZDIR LOCALE_ARCHIVE DISPLAY WAYLAND_DISPLAY XAUTHORITY GPG_TTY " +
    "DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME"

/** The environment for a program that we chose: a list of harmless variables, PATH without relative entries, `also`. */
export function childEnvironment(env: Environment, also: readonly string[] = []): Environment {
    const names = [
        ...harmless.split(" "),
        ...also,
        ...Object.keys(env).filter((name) => /^LC_[A-Z]+$/u.test(name)),
    ]
    return withPath(
        names.map((name) => [name, env[name]]),
        env,
    )
}

/**
 * The environment for a program that the user chose (an editor, a key command): theirs, without the identities and
 * without what makes a program load foreign code. Editors and password managers need variables nobody can list.
 */
export function chosenEnvironment(env: Environment): Environment {
    return withPath(
        Object.entries(env).filter(([name]) => !secret.test(name) && !loader.test(name)),
        env,
    )
}

/**
 * The environment for a command that the user typed out: theirs, without the identities. `values` come on top.
 */
export function typedEnvironment(env: Environment, values: Environment): Environment {
    return {
        ...Object.fromEntries(Object.entries(env).filter(([name]) => !secret.test(name))),
        ...values,
    }
}

/** Whether a variable of this name makes programs load foreign code, or decides which ones are started. */
export function steersPrograms(name: string): boolean {
    return loader.test(name) || steering.test(name)
}

const steering =
    /^(?:PATH|HOME|SHELL|IFS|EDITOR|VISUAL|PAGER|BROWSER|TMPDIR|PS4|PROMPT_COMMAND|SSH_AUTH_SOCK|GIT_.*|XDG_.*|PYTHON[A-Z]+|PERL5?(?:LIB|OPT|DB)|RUBY(?:LIB|OPT)|GEM_(?:HOME|PATH)|NPM_CONFIG_.*|CLASSPATH|CARGO_.*|RUSTC.*|NIX_(?:PATH|CONFIG|SSHOPTS)|GCONV_PATH|LOCPATH|SSL_CERT_(?:FILE|DIR)|.*_CA_BUNDLE|.*_(?:OPTIONS|OPTS|PRELOAD|ASKPASS|COMMAND|PROXY))$/iu

const secret = /^(?:SOPS_AGE_.*|AGE_KEY|AGE_KEYFILE|SOPS_NIX_SECRET|SSH_TO_AGE_PASSPHRASE|HOSTSEAL_.*)$/u
const loader = /^(?:NODE_.*|LD_.*|DYLD_.*|BASH_ENV|BASH_FUNC_.*|ENV)$/u

function withPath(
    entries: readonly (readonly [string, string | undefined])[],
    env: Environment,
): Environment {
    const path = absoluteEntries(env["PATH"])
    const known = entries.filter(([name, value]) => name !== "PATH" && value !== undefined)
    return Object.fromEntries(path.length === 0 ? known : [...known, ["PATH", path.join(delimiter)]])
}

function isExecutable(path: string): boolean {
    try {
        accessSync(path, constants.X_OK)
        return statSync(path).isFile()
    } catch {
        return false
    }
}

function launch(job: Job, stdio: ("pipe" | "ignore" | "inherit" | number)[]): ChildProcess {
    if (!isAbsolute(job.program))
        throw new UserError(`refusing to start "${job.program}": not an absolute path`)
    return spawn(job.program, [...job.args], {
        env: { ...job.env },
        stdio,
        shell: false,
        ...(job.cwd === undefined ? {} : { cwd: job.cwd }),
    })
}

interface Supervised {
    readonly started: Promise<void>
    readonly ended: Promise<End>
    /** Ends the program; `why` is what `ended` then says instead of the signal. */
    readonly stop: (why?: "deadline" | "too much output") => void
}

function supervise(child: ChildProcess, job: Job): Supervised {
    const timers: NodeJS.Timeout[] = []
    let reason: "deadline" | "too much output" | undefined
    const stop = (why?: "deadline" | "too much output"): void => {
        reason ??= why
        const isThere = child.kill("SIGTERM")
        if (!isThere) return
        timers.push(setTimeout(() => child.kill("SIGKILL"), grace))
    }
    if (job.deadline !== undefined) timers.push(setTimeout(() => stop("deadline"), job.deadline))
    const failed = new Promise<never>((_resolve, reject) => {
        child.once("error", (error) => {
            reject(
                new UserError(`cannot start ${job.program}`, {
                    cause: new Error(codeOf(error) ?? error.message),
                }),
            )
        })
    })
    const closed = new Promise<End>((resolve) => {
        const finish = (code: number | null, signal: string | null): void => {
            if (reason !== undefined) resolve({ kind: reason })
            else if (code === null) resolve({ kind: "signal", signal: signal ?? "unknown" })
            else resolve({ kind: "exit", code })
        }
        child.once("close", finish)
        // A grandchild that keeps the pipes open must not keep us waiting: what it prints is not the answer.
        child.once("exit", (code, signal) => {
            timers.push(
                setTimeout(() => {
                    child.stdout?.destroy()
                    child.stderr?.destroy()
                    finish(code, signal)
                }, grace),
            )
        })
    })
    const started = Promise.race([new Promise<void>((resolve) => child.once("spawn", resolve)), failed])
    const ended = Promise.race([closed, failed]).finally(() => timers.forEach((timer) => clearTimeout(timer)))
    // Who does not wait for one of the two must not bring the process down with it.
    started.catch(() => undefined)
    ended.catch(() => undefined)
    return { started, ended, stop }
}

function collect(stream: NodeJS.ReadableStream | null, limit: number, full: () => void): Buffer[] {
    const chunks: Buffer[] = []
    let size = 0
    stream?.on("data", (chunk: Buffer) => {
        const room = limit - size
        if (room > 0) chunks.push(chunk.subarray(0, room))
        size += chunk.length
        if (size > limit) full()
    })
    return chunks
}
