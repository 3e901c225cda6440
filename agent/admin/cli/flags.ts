import type { Environment } from "../../os/children.ts"
import type { Command, Option, Options, Values } from "./command.ts"
import type { Flags, World } from "../context.ts"

/** Options of every command. */
const everywhere = {
    flake: {
        type: "string",
        value: "DIR",
        kind: "directory",
        summary:
            "The repository to work on (default: $CLAN_DIR, or the first parent with .clan-flake, .git, … )",
    },
    layout: {
        type: "string",
        value: "LAYOUT",
        choices: ["clan", "sops"],
        summary: "What to go by: clan's folders, or a .sops.yaml and its files (default: what is there)",
    },
    json: { type: "boolean", summary: "Print one JSON record for programs" },
    verbose: {
        type: "boolean",
        short: "v",
        summary: "Say more; which identity was used, and where it was found",
    },
    quiet: { type: "boolean", short: "q", summary: "Say only what is wrong" },
    debug: { type: "boolean", summary: "Show where in the program an error arose" },
    color: {
        type: "string",
        value: "WHEN",
        choices: ["auto", "always", "never"],
        summary: "Whether errors, warnings and verdicts have colours: auto, always or never",
    },
    "no-color": { type: "boolean", summary: "The same as --color=never" },
    "no-interactive": { type: "boolean", summary: "Ask nothing, even on a terminal" },
    help: { type: "boolean", short: "h", summary: "Show what a command does and how it is used" },
} as const satisfies Options

const opening = {
    identity: {
        type: "string",
        value: "FILE",
        short: "i",
        kind: "file",
        multiple: true,
        summary: "A private key to use before all others; may be repeated",
    },
} as const satisfies Options

/** Of every command that writes, be it into the repository or elsewhere. */
export const dryRunOption = {
    "dry-run": { type: "boolean", summary: "Show what would be done, and stop" },
} as const satisfies Options

const writing = {
    ...dryRunOption,
    "no-commit": { type: "boolean", summary: "Change the files, and leave the commit to you" },
    "allow-lockout": { type: "boolean", summary: "Allow a change that takes your own access away" },
    "allow-mixed": {
        type: "boolean",
        summary: "Allow secrets that both post-quantum and classic keys can read",
    },
    accept: {
        type: "string",
        value: "READER",
        multiple: true,
        summary:
            "Let user:NAME or machine:NAME gain or lose what the command does not say; may be repeated. " +
            "all is for commands that are about all secrets",
    },
    yes: {
        type: "boolean",
        short: "y",
        summary: "Answer every question with yes, but for those of --accept",
    },
} as const satisfies Options

/** The shared options of a command, for its parser and its help. */
export function sharedOptions(effect: Command["effect"]): Options {
    if (effect === "reads") return everywhere
    return effect === "opens" ? { ...opening, ...everywhere } : { ...opening, ...writing, ...everywhere }
}

/** Everything that may stand behind these commands' words: theirs and the shared ones. */
export function optionsOf(command: Command): Options {
    return { ...command.options, ...sharedOptions(command.effect) }
}

/**
 * All options of all commands by name: what the line is split with before its command is known, so that options may
 * stand anywhere. Throws if two commands use one name, or one letter, for different things.
 */
export function optionTable(commands: readonly Command[]): ReadonlyMap<string, Option> {
    const table = new Map<string, Option>(Object.entries(sharedOptions("writes")))
    for (const { words, options } of commands) {
        for (const [name, option] of Object.entries(options)) {
            const known = table.get(name)
            const clash =
                (known !== undefined && (known.type !== option.type || known.short !== option.short)) ||
                (option.short !== undefined &&
                    [...table].some(([other, { short }]) => other !== name && short === option.short))
            if (clash) throw new Error(`--${name} of ${words} means something else in another command`)
            table.set(name, option)
        }
    }
    return table
}

/** What the shared options and the environment say. */
export function flagsOf(values: Values, env: Environment, isTerminal: World["isTerminal"]): Flags {
    const text = (name: string): string | undefined => {
        const value = values[name]
        return typeof value === "string" ? value : undefined
    }
    const identity = values["identity"]
    const layout = text("layout")
    return {
        flake: text("flake"),
        layout: layout === "clan" || layout === "sops" ? layout : undefined,
        identity: Array.isArray(identity) ? identity : [],
        json: values["json"] === true,
        dryRun: values["dryRun"] === true,
        noCommit: values["noCommit"] === true || isSet(env["CLAN_NO_COMMIT"]),
        allowLockout: values["allowLockout"] === true,
        allowMixed: values["allowMixed"] === true,
        accept: Array.isArray(values["accept"]) ? values["accept"] : [],
        yes: values["yes"] === true,
        verbose: values["debug"] === true ? 3 : values["verbose"] === true ? 1 : 0,
        quiet: values["quiet"] === true,
        color: colorOf(values["noColor"] === true ? "never" : text("color"), env, isTerminal),
    }
}

/** Which streams may show colours. It is asked late: finding out about a terminal takes longer than most commands. */
export function colorOf(
    when: string | undefined,
    env: Environment,
    isTerminal: World["isTerminal"],
): Flags["color"] {
    const colorful = (stream: "stdout" | "stderr"): boolean => {
        if (when === "always" || when === "never") return when === "always"
        return (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb" && isTerminal[stream]
    }
    return {
        get stdout() {
            return colorful("stdout")
        },
        get stderr() {
            return colorful("stderr")
        },
    }
}

/** Anything but the words for no. */
function isSet(value: string | undefined): boolean {
    return value !== undefined && !["", "0", "false", "no", "off"].includes(value.toLowerCase())
}
