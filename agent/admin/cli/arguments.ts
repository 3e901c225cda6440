// From the words on the command line to a command and its input. Options are known by the union of all commands'
// options, so they may stand anywhere on the line, before the command's words too; an option that nobody has, or
// that this command does not take, is refused with the nearest one that it does (never taken for a name).

import { parseArgs } from "node:util"
import { visible } from "../../error.ts"
import type { Arg, Command, Kind, Noun, Option, Value, Values } from "./command.ts"
import { camel } from "./command.ts"
import { Failure } from "../failure.ts"
import { optionsOf, optionTable } from "./flags.ts"
import { quantity } from "../quantity.ts"
import { meaning } from "./synonyms.ts"
import { checkName, nameProblem } from "./name-check.ts"
import { closest, didYouMean } from "../../suggestion.ts"

/** What a command line asks for. */
export type Request =
    | { readonly kind: "run"; readonly command: Command; readonly values: Values }
    /** Help on these words; `wanted` when it was asked for, and not given for lack of a command. */
    | { readonly kind: "help"; readonly topic: readonly string[]; readonly wanted: boolean }
    /** Nothing: in a repository this command, elsewhere the help. */
    | { readonly kind: "bare"; readonly command: Command; readonly values: Values }
    | { readonly kind: "version" }

interface Given {
    readonly name: string
    readonly rawName: string
    readonly value: string | undefined
    readonly inline: boolean
}

/** Reads a command line. Throws `Failure` with exit code 2 for one that makes no sense. */
export function parse(
    argv: readonly string[],
    commands: readonly Command[],
    nouns: readonly Noun[],
): Request {
    const { words, options, tail } = split(argv, optionTable(commands))
    if (words[0] === "secrets" || words[0] === "secret") words.shift()
    if (words[0] === "help") return { kind: "help", topic: words.slice(1), wanted: true }
    if (options.some(({ name }) => name === "help")) return { kind: "help", topic: words, wanted: true }
    const isVersion = options.some(({ name, rawName }) => name === "version" || rawName === "-V")
    if (isVersion || words[0] === "version") return { kind: "version" }
    if (words.length === 0) {
        refuseUnknown(options, optionTable(commands).keys())
        const command = commands.find(({ words: own }) => own === "status")
        if (command !== undefined) return { kind: "bare", command, values: optionValues(command, options) }
        return { kind: "help", topic: [], wanted: false }
    }
    const found = find(words, commands, nouns)
    if (found === undefined) return { kind: "help", topic: words, wanted: false }
    const { command, rest } = found
    // Not the name of anything: whoever has something called so writes it behind `--`.
    if (rest.length === 1 && rest[0] === "help" && tail === 0)
        return { kind: "help", topic: command.words.split(" "), wanted: true }
    // Options first: a mistyped one makes a name of its value, and is the mistake to tell.
    const values: Record<string, Value> = {
        ...optionValues(command, options),
        ...positionals(command, rest, tail),
    }
    return { kind: "run", command, values }
}

/** The command that these words begin with, and what follows. Throws for words that begin no command. */
export function find(
    words: readonly string[],
    commands: readonly Command[],
    nouns: readonly Noun[],
): { readonly command: Command; readonly rest: readonly string[] } | undefined {
    const [first = "", second] = words
    const noun = nouns.find(({ name, aliases }) => name === first || aliases.includes(first))
    if (noun === undefined) {
        const command = commands.find(
            ({ words: own, aliases = [] }) => own === first || aliases.includes(first),
        )
        if (command !== undefined) return { command, rest: words.slice(1) }
        const all = [
            ...commands.map((each) => each.words.split(" ")[0] ?? ""),
            ...nouns.map(({ name }) => name),
        ]
        throw new Failure(
            "usage",
            `there is no command "${visible(first)}"`,
            seeHelp([], meaning(first) ?? closest(first, all)),
        )
    }
    if (second === undefined) return undefined
    const typed = `${noun.name} ${second}`
    const command = commands.find(({ words: own, aliases = [] }) => own === typed || aliases.includes(typed))
    if (command !== undefined) return { command, rest: words.slice(2) }
    const verbs = commands
        .filter(({ words: own }) => own.startsWith(`${noun.name} `))
        .map(({ words: own }) => own.slice(noun.name.length + 1))
    throw new Failure(
        "usage",
        `there is no command "${visible(typed)}"`,
        seeHelp([noun.name], oneOf(verbs, meaning(second, noun.name)) ?? closest(second, verbs)),
    )
}

/** A verb that this noun has. */
function oneOf(verbs: readonly string[], verb: string | undefined): string | undefined {
    return verb !== undefined && verbs.includes(verb) ? verb : undefined
}

function seeHelp(topic: readonly string[], guess: string | undefined): { readonly hint: string } {
    if (guess !== undefined) return { hint: `did you mean "${[...topic, guess].join(" ")}"?` }
    return { hint: `"hostseal ${[...topic, "--help"].join(" ")}" lists what there is` }
}

function split(argv: readonly string[], table: ReadonlyMap<string, Option>) {
    const { tokens } = parseArgs({
        args: [...argv],
        strict: false,
        allowPositionals: true,
        tokens: true,
        options: {
            ...Object.fromEntries(
                [...table].map(([name, option]) => {
                    const { short } = option
                    // To the splitter, what may stand alone is a switch: it never takes the next word.
                    const type = mayBeAlone(option) ? "boolean" : option.type
                    return [name, short === undefined ? { type } : { type, short }]
                }),
            ),
            option: { type: "string" },
        },
    })
    const words: string[] = []
    const options: Given[] = []
    let tail: number | undefined
    // `--option NAME VALUE` sets an option of Nix in clan. Nothing is evaluated here; it is accepted and ignored.
    let ignored = -1
    for (const token of tokens) {
        if (token.kind === "positional" && token.index !== ignored) words.push(token.value)
        if (token.kind === "option-terminator") tail = words.length
        if (token.kind !== "option") continue
        if (token.name === "option") ignored = token.index + 2
        else {
            const { name, rawName, value, inlineValue } = token
            options.push({ name, rawName, value, inline: inlineValue ?? false })
        }
    }
    // How many of the words stand behind `--`.
    return { words, options, tail: tail === undefined ? 0 : words.length - tail }
}

function positionals(command: Command, rest: readonly string[], tail: number): Values {
    const values: Record<string, Value> = {}
    const left = [...rest]
    const behind = command.args.find((arg) => arg.behind === true)
    if (behind !== undefined) {
        const words = tail === 0 ? [] : left.splice(-tail)
        if (words.length === 0) throw missing(command, behind)
        values[camel(behind.name)] = words
    }
    for (const arg of command.args) {
        if (arg === behind) continue
        if (arg.repeat === true) {
            if (left.length === 0 && arg.optional !== true) throw missing(command, arg)
            values[camel(arg.name)] = left.splice(0).map((text) => checked(command, arg.name, text, arg))
            continue
        }
        const text = left.shift()
        if (text === undefined && arg.optional !== true) throw missing(command, arg)
        if (text !== undefined) values[camel(arg.name)] = checked(command, arg.name, text, arg)
    }
    if (left.length === 0) return values
    const takes =
        command.args.length === 0 ? "nothing" : command.args.map(({ name }) => name.toUpperCase()).join(" ")
    // What is too much is not repeated: it may be a secret, given to the wrong command or in the wrong place.
    throw new Failure(
        "usage",
        `"${command.words}" takes ${takes}, and was given ${quantity(left.length, "word")} more`,
        command.valueFrom === undefined ? {} : { hint: command.valueFrom },
    )
}

function missing({ words }: Command, { name, summary }: Arg): Failure {
    return new Failure("usage", `${name.toUpperCase()} is missing: ${summary}`, {
        hint: `"hostseal ${words} --help" shows how it is used`,
    })
}

function optionValues(command: Command, given: readonly Given[]): Values {
    const options = optionsOf(command)
    refuseUnknown(given, Object.keys(options), command)
    const values: Record<string, Value> = {}
    for (const [name, option] of Object.entries(options)) {
        const uses = given.filter((each) => each.name === name)
        if (option.type === "boolean") {
            const strange = uses.find(({ value }) => value !== undefined)
            if (strange !== undefined) throw new Failure("usage", `${strange.rawName} takes no value`)
            values[camel(name)] = uses.length > 0
            continue
        }
        const texts = uses.map(({ rawName, value, inline }) => {
            if (value === undefined && option.mayBeAlone === true) return ""
            if (value === undefined || (!inline && value.startsWith("-") && value !== "-"))
                throw new Failure("usage", `${rawName} needs a value: ${option.value}`)
            if (option.choices?.includes(value) === false)
                throw new Failure("usage", `${rawName} is one of ${option.choices.join(", ")}`)
            return checked(command, rawName, value, option)
        })
        values[camel(name)] = option.multiple === true ? texts : texts.at(-1)
    }
    return values
}

/** Whether `--name` without a value makes sense. */
function mayBeAlone(option: Option): boolean {
    return option.type === "boolean" || option.mayBeAlone === true
}

function refuseUnknown(given: readonly Given[], names: Iterable<string>, command?: Command): void {
    const known = [...names]
    for (const { name, rawName } of given) {
        if (known.includes(name)) continue
        const where = command === undefined ? "" : ` of "${command.words}"`
        const candidates = rawName.startsWith("--") ? known.map((each) => `--${each}`) : []
        throw new Failure("usage", `${visible(rawName)} is not an option${where}`, {
            ...(command === undefined
                ? {}
                : { hint: `"hostseal ${command.words} --help" lists its options` }),
            ...didYouMean(rawName, candidates),
        })
    }
}

function checked(
    { valueFrom }: Command,
    what: string,
    text: string,
    { kind, fresh }: { readonly kind?: Kind; readonly fresh?: true },
): string {
    if (kind === undefined || kind === "file" || kind === "directory") return text
    const age = fresh === true ? "new" : "existing"
    if (valueFrom === undefined) return checkName(kind, text, what, age)
    const problem = nameProblem(kind, text, age)
    if (problem === undefined) return text
    throw new Failure("usage", `${what}: this cannot be the name of a ${kind}: ${problem}`, {
        hint: valueFrom,
    })
}
