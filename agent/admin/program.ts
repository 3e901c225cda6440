import { explain, UserError, visible, visibleJson } from "../error.ts"
import { Refusal } from "../repo/refusal.ts"
import { parse } from "./cli/arguments.ts"
import { painted } from "./color.ts"
import type { Command, Values } from "./cli/command.ts"
import { commands, nouns } from "./commands.ts"
import type { Context, World } from "./context.ts"
import { Failure } from "./failure.ts"
import { flakeDirectory } from "./flake.ts"
import { hasClanFolders, layoutOf } from "./repository/layout.ts"
import { colorOf, flagsOf } from "./cli/flags.ts"
import { topicHelp } from "./cli/help.ts"
import { asSentence, isSystemError, remedyOf } from "./system-failure.ts"
import { textWidth, wrapped } from "./terminal/width.ts"
import { version } from "./version.ts"

/** Runs one command line and says how it ended: the exit code of the program. Never throws. */
export async function runProgram(argv: readonly string[], world: World): Promise<number> {
    try {
        const request = parse(argv, commands, nouns)
        if (request.kind === "run") return await start(request.command, request.values, { ...world, argv })
        if (request.kind === "version") {
            world.out(`hostseal ${version}\n`)
            return 0
        }
        if (request.kind === "bare" && holdsSecrets(request.values, world))
            return await start(request.command, request.values, { ...world, argv })
        const { topic, wanted } = request.kind === "help" ? request : { topic: [], wanted: false }
        const stream = wanted ? "stdout" : "stderr"
        const text = topicHelp(topic, commands, nouns, textWidth(world.columns?.(stream)))
        if (wanted) (await import("./terminal/pager.ts")).page(text, world)
        else world.err(text)
        return wanted ? 0 : 2
    } catch (error) {
        return report(error, argv, world)
    }
}

async function start(command: Command, values: Values, world: Omit<Context, "flags">): Promise<number> {
    const terminal = values["noInteractive"] === true ? () => undefined : world.terminal
    const flags = flagsOf(values, world.env, world.isTerminal)
    return (await command.run(values, { ...world, terminal, flags })) ?? 0
}

/** Whether a command would find secrets, or those who are to read some. */
function holdsSecrets(values: Values, world: World): boolean {
    try {
        const flags = flagsOf(values, world.env, world.isTerminal)
        const flake = flakeDirectory({ ...world, flags })
        return hasClanFolders(flake) || layoutOf(flake, { ...world, flags }) === "sops"
    } catch (error) {
        if (error instanceof Failure && values["flake"] === undefined) return false
        throw error
    }
}

function report(thrown: unknown, argv: readonly string[], world: World): number {
    const error = asSentence(thrown)
    const options = new Set(argv.slice(0, argv.includes("--") ? argv.indexOf("--") : undefined))
    if (options.has("--json")) world.err(`${visibleJson({ version: 1, error: record(error) })}\n`)
    else {
        const [first = "", ...others] = lines(error, options.has("--debug"))
        const { stderr } = colorOf(whenOf(argv), world.env, world.isTerminal)
        const columns = world.columns?.("stderr")
        const text = [first, ...others]
            .map((line) =>
                columns === undefined || isToCopy(line) ? line : wrapped(line, textWidth(columns)),
            )
            .join("")
        world.err(text.replace(/^error:/u, painted("error:", "error", stderr)))
    }
    if (error instanceof Error && "exitCode" in error && typeof error.exitCode === "number")
        return error.exitCode
    return 1
}

/** A hint with a command line: broken in two it could not be copied. */
function isToCopy(line: string): boolean {
    return /^hint: .*(?:hostseal|git) /u.test(line)
}

/** What the line says of colours, if only roughly: it may be a line that makes no sense. */
function whenOf(argv: readonly string[]): string | undefined {
    if (argv.includes("--no-color")) return "never"
    return argv.flatMap((word, index) => {
        if (word === "--color") return argv[index + 1] ?? []
        return word.startsWith("--color=") ? word.slice("--color=".length) : []
    })[0]
}

function record(error: unknown) {
    const { hint = remedyOf(error) ?? null } = error instanceof UserError ? error : {}
    const message = error instanceof Error ? error.message : String(error)
    const code = error instanceof Failure || error instanceof Refusal ? error.code : "failed"
    const more = error instanceof Failure ? error.record : {}
    return { code, message, details: explained(error), hint, ...more }
}

/** The lines of an error; what the operating system refused has a next step, also where no message has one. */
function explained(error: unknown): readonly string[] {
    const told = explain(error)
    const remedy = told.some((line) => line.startsWith("hint: ")) ? undefined : remedyOf(error)
    return remedy === undefined ? told : [...told, `hint: ${visible(remedy)}`]
}

function lines(error: unknown, debug: boolean): string[] {
    const text = explained(error).map((line) => `${line}\n`)
    if (!(error instanceof Error)) return [`error: ${visible(String(error))}\n`]
    // What is neither ours nor the system's is a bug, and a bug is reported with the place where it arose.
    const expected = error instanceof UserError || "exitCode" in error || isSystemError(error)
    if (expected && !debug) return text
    const stack = visible(error.stack ?? error.message)
    return expected
        ? [...text, `${stack}\n`]
        : [`error: this is a bug in hostseal, please report it:\n${stack}\n`]
}
