import type { ReadStream } from "node:tty"
import type { Worker } from "node:worker_threads"
import type { RunGated } from "../age/ssh/key.ts"
import type { Environment } from "../os/children.ts"
import { visibleJson } from "../error.ts"
import { painted } from "./color.ts"
import { narrowest, textWidth, wrapped } from "./terminal/width.ts"

/** Where a person sits: `input` is a terminal, and `output` is one on which they see what is asked. */
export interface Terminal {
    readonly input: ReadStream
    readonly output: NodeJS.WritableStream
}

/** The outside world as a command sees it. main.ts makes it from the process, tests make their own. */
export interface World {
    readonly env: Environment
    readonly cwd: string
    /** How wide a terminal is, where a stream is one. */
    readonly columns?: (stream: "stdout" | "stderr") => number | undefined
    /** How many lines the terminal of standard output has. */
    readonly rows?: () => number | undefined
    /** Standard input; asked for only by a command that reads it. */
    readonly stdin: () => NodeJS.ReadableStream
    readonly isTerminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean }
    /** Where a person can be asked: undefined without a terminal on standard input and standard error. */
    readonly terminal: () => Terminal | undefined
    /** Writes data: results and nothing else. */
    readonly out: (data: string | Buffer) => void
    /** Writes for people: notes, warnings, progress. */
    readonly err: (text: string) => void
    readonly now: () => Date
    /** Has sshpk read an SSH key, in a child process that is killed when it takes too long (docs/security-rules.md#ssh-keys). */
    readonly readSshKey: RunGated
    /** Starts another thread of this program, for long work (change/threads/thread.ts). */
    readonly thread: () => Promise<Worker>
}

/** What the options that every command shares say. */
export interface Flags {
    /** --flake, as given. */
    readonly flake: string | undefined
    /** --layout; undefined where the repository shows it. */
    readonly layout: "clan" | "sops" | undefined
    /** --identity, in order. */
    readonly identity: readonly string[]
    readonly json: boolean
    readonly dryRun: boolean
    /** --no-commit, or CLAN_NO_COMMIT in the environment. */
    readonly noCommit: boolean
    /** --allow-lockout: a change may take the caller's own access. */
    readonly allowLockout: boolean
    /** --allow-mixed: post-quantum and classic recipients may share a secret. */
    readonly allowMixed: boolean
    /** --accept: readers who may gain or lose what the command does not say, as `user:bob`; `all` for everybody. */
    readonly accept: readonly string[]
    readonly yes: boolean
    /** 0 to 3; --debug is 3. */
    readonly verbose: number
    readonly quiet: boolean
    /** Whether each stream may show colours. */
    readonly color: { readonly stdout: boolean; readonly stderr: boolean }
}

/** What a command gets besides its input. */
export interface Context extends World {
    readonly flags: Flags
    /** The command line as it was given, to show one that goes on from it. */
    readonly argv: readonly string[]
}

/** One line for people, unless --quiet or --json. */
export function note(context: Context, text: string): void {
    if (!context.flags.quiet && !context.flags.json) context.err(`${fitting(context, text)}\n`)
}

/** One line for people who asked for it with -v. */
export function detail(context: Context, text: string): void {
    if (context.flags.verbose > 0) context.err(`${text}\n`)
}

/** A warning: what it says matters even under --quiet. With --json it is a record of its own, as errors are. */
export function warn(context: Context, text: string): void {
    if (context.flags.json) return context.err(`${visibleJson({ version: 1, warning: { message: text } })}\n`)
    const [, rest = ""] = /^warning:(.*)$/su.exec(fitting(context, `warning: ${text}`)) ?? []
    context.err(`${painted("warning:", "warning", context.flags.color.stderr)}${rest}\n`)
}

/** On a terminal lines break at words. What is short is not worth asking about the terminal. */
function fitting(context: Context, text: string): string {
    if (text.length < narrowest) return text
    const columns = context.columns?.("stderr")
    return columns === undefined ? text : wrapped(text, textWidth(columns))
}

/** A record for `--json`: always with a version, one line end (docs/command-line.md#json). */
export function printJson(context: Context, record: Readonly<Record<string, unknown>>): void {
    context.out(`${visibleJson({ version: 1, ...record }, 2)}\n`)
}
