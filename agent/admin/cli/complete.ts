// What may come next on a command line, from the same table as the parser and the help. The shells' scripts hand over
// the words typed so far and show what they get; no knowledge of the program is in them.

import type { Arg, Command, Kind, Noun, Option, ValueOption } from "./command.ts"
import { optionsOf, optionTable, sharedOptions } from "./flags.ts"

/** One thing that may come next, and what it means. `files`: let the shell complete paths. */
export interface Candidate {
    readonly text: string
    readonly summary: string
}
export type Candidates = readonly Candidate[] | "files" | "directories"

/** What something may belong to: the first argument of a line. */
export interface Whole {
    readonly kind: Kind
    readonly name: string
}

/**
 * The names of one kind that the repository has, of `whole` if there is one, without opening anything; `key`: of the
 * values of a file on the line.
 */
export type NamesOf = (
    kind: "user" | "machine" | "group" | "secret" | "key" | "revision",
    whole?: Whole,
) => readonly string[]

/** What can stand in the place of the last of `words`, which may be empty or begun. */
export function candidates(
    words: readonly string[],
    commands: readonly Command[],
    nouns: readonly Noun[],
    namesOf: NamesOf,
): Candidates {
    const typed = words.at(-1) ?? ""
    const before = words[0] === "secrets" ? words.slice(1, -1) : words.slice(0, -1)
    const nounOf = (word: string): Noun | undefined =>
        nouns.find(({ name, aliases }) => name === word || aliases.includes(word))
    // Options may stand before the command's words, with their values.
    const plain = positionals(before, Object.fromEntries(optionTable(commands)))
    const noun = nounOf(plain[0] ?? "")
    const name =
        noun === undefined ? plain[0] : plain[1] === undefined ? undefined : `${noun.name} ${plain[1]}`
    const command = commands.find(
        (each) => each.words === name || each.aliases?.includes(name ?? "") === true,
    )

    // What another program takes is for that program to say.
    if (before.includes("--") && command?.args.some(({ behind }) => behind === true) === true) return "files"
    const options = command === undefined ? sharedOptions("reads") : optionsOf(command)
    const pending = waiting(before.at(-1), options)
    if (pending !== undefined) return begun(typed, valuesOf(pending, namesOf))
    const [, begin = "", long = ""] = /^(--([^=]+)=)/u.exec(typed) ?? []
    const inline = valueFor(`--${long}`, options)
    if (begin !== "") return inline === undefined ? [] : begun(typed, valuesOf(inline, namesOf), begin)
    if (typed.startsWith("-")) {
        return begun(
            typed,
            Object.entries(options).map(([each, { summary }]) => ({ text: `--${each}`, summary })),
        )
    }
    if (command === undefined)
        return begun(typed, noun === undefined ? firstWords(commands, nouns) : verbs(commands, noun))
    const own = positionals(before, options).slice(command.words.split(" ").length)
    const taken = own.length
    const args = command.args.filter(({ behind }) => behind !== true)
    const arg = args[taken] ?? (args.at(-1)?.repeat === true ? args.at(-1) : undefined)
    if (arg === undefined) return []
    const whole = wholeOf(arg, args[0], own[0])
    // What is on the line already does not fit once more.
    const given = new Set(arg.repeat === true ? own : [])
    // What a file was named before may be followed by which of its values is meant.
    const keys = arg.completes === "secret" && arg.repeat === true && taken > 0 ? namesOf("key") : []
    const found = begun(typed, keys.length > 0 ? named(keys, "key") : valuesOf(arg, namesOf, whole))
    return typeof found === "string" ? found : found.filter(({ text }) => !given.has(text))
}

function wholeOf(arg: Arg, first: Arg | undefined, name: string | undefined): Whole | undefined {
    const kind = first?.kind
    return arg.within === true && kind !== undefined && name !== undefined ? { kind, name } : undefined
}

/** The option that waits for its value when `word` is the word before. */
function valueFor(word: string | undefined, options: Readonly<Record<string, Option>>) {
    const found = Object.entries(options).find(
        ([long, { short }]) => word === `--${long}` || (short !== undefined && word === `-${short}`),
    )?.[1]
    return found?.type === "string" ? found : undefined
}

/** The same of those that take the next word. */
function waiting(word: string | undefined, options: Readonly<Record<string, Option>>) {
    const found = valueFor(word, options)
    return found?.mayBeAlone === true ? undefined : found
}

/** The words that are neither options nor their values. */
function positionals(words: readonly string[], options: Readonly<Record<string, Option>>): readonly string[] {
    return words.filter(
        (word, index) => !word.startsWith("-") && waiting(words[index - 1], options) === undefined,
    )
}

function valuesOf(about: Arg | ValueOption, namesOf: NamesOf, whole?: Whole): Candidates {
    const kind = about.completes ?? about.kind
    if ("choices" in about && about.choices !== undefined)
        return about.choices.map((text) => ({ text, summary: "" }))
    if (kind === undefined || kind === "nothing") return []
    if (kind === "file") return "files"
    if (kind === "directory") return "directories"
    return named(namesOf(kind, whole), kind)
}

function named(names: readonly string[], kind: string): readonly Candidate[] {
    return names.map((text) => ({ text, summary: kind }))
}

function firstWords(commands: readonly Command[], nouns: readonly Noun[]): readonly Candidate[] {
    const single = commands
        .filter(({ words }) => !words.includes(" "))
        .map(({ words: text, summary }) => ({ text, summary }))
    return [...single, ...nouns.map(({ name: text, summary }) => ({ text, summary }))]
}

function verbs(commands: readonly Command[], noun: Noun): readonly Candidate[] {
    return commands
        .filter(({ words }) => words.startsWith(`${noun.name} `))
        .map(({ words, summary }) => ({ text: words.slice(noun.name.length + 1), summary }))
}

/** Those that go on from what was typed; `begin` stands in front of each. */
function begun(typed: string, all: Candidates, begin = ""): Candidates {
    if (typeof all === "string") return all
    return all
        .map(({ text, summary }) => ({ text: begin + text, summary }))
        .filter(({ text }) => text.startsWith(typed))
}
