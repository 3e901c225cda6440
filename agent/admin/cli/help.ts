// The help, made from the same table as the parser. Examples come first: they are what people look for.

import { visible } from "../../error.ts"
import { find } from "./arguments.ts"
import type { Arg, Command, Noun, Option, Options } from "./command.ts"
import { sharedOptions } from "./flags.ts"

/** Help on words, at most `width` wide: one command, all commands of a noun, or everything. Throws `Failure` for words that mean nothing. */
export function topicHelp(
    topic: readonly string[],
    commands: readonly Command[],
    nouns: readonly Noun[],
    width = 80,
): string {
    if (topic.length === 0) return overview(commands, nouns, width)
    const noun = nouns.find(({ name, aliases }) => name === topic[0] || aliases.includes(topic[0] ?? ""))
    if (noun !== undefined && topic.length === 1) return nounHelp(noun, commands, width)
    const found = find(topic, commands, nouns)
    return found === undefined ? overview(commands, nouns, width) : commandHelp(found.command, width)
}

/** The help of one command. */
export function commandHelp(command: Command, width = 80): string {
    const shared = sharedOptions(command.effect)
    const rows = (all: readonly Row[]): readonly string[] => table(all, width)
    return sections(
        [
            ["", [command.summary]],
            ["Examples", rows(command.examples.map(([line, does]) => [line, does]))],
            [
                "Usage",
                [
                    usage(command),
                    ...(command.aliases ?? []).map((alias) => `hostseal ${alias} … does the same`),
                ],
            ],
            ["", (command.description ?? []).flatMap((paragraph) => [paragraph, ""])],
            ["Arguments", rows(command.args.map((arg) => [placeholder(arg), arg.summary]))],
            ["Options", rows(optionRows(command.options))],
            ["Options of every such command", rows(optionRows(shared))],
        ],
        width,
    )
}

/** How a command is written: `hostseal set [options] SECRET`. */
export function usage(command: Command): string {
    const args = command.args.map((arg) =>
        arg.optional === true ? `[${placeholder(arg)}]` : placeholder(arg),
    )
    return ["hostseal", command.words, "[options]", ...args].join(" ")
}

/** An option as it is written: `-e, --edit`, `--machine MACHINE`. */
export function optionLabel(name: string, option: Option): string {
    const short = option.short === undefined ? "" : `-${option.short}, `
    if (option.type !== "string") return `${short}--${name}`
    return `${short}--${name}${option.mayBeAlone === true ? `[=${option.value}]` : ` ${option.value}`}`
}

function overview(commands: readonly Command[], nouns: readonly Noun[], width: number): string {
    const rows = (all: readonly Row[]): readonly string[] => table(all, width)
    const single = commands.filter(({ words }) => !words.includes(" "))
    return sections(
        [
            ["", ["hostseal manages who can read which secret, in a git repository."]],
            [
                "First steps",
                rows([
                    ["hostseal key generate", "make a key for yourself"],
                    ["hostseal users add alice age1…", "add its public half to the repository"],
                    ["hostseal set wifi", "make a secret"],
                    ["hostseal machines add web01 --ssh-host web01", "add a machine"],
                    ["hostseal machines add-secret web01 wifi", "let it read the secret"],
                ]),
            ],
            ["Commands", rows(single.map(({ words, summary }) => [words, summary]))],
            ...nouns.map(({ name, summary }): Section => [summary, rows(verbRows(name, commands))]),
            [
                "",
                wrap(
                    '"hostseal COMMAND --help" explains a command. "hostseal secrets …" works like "hostseal …".',
                    width,
                ),
            ],
        ],
        width,
    )
}

function nounHelp({ name, summary }: Noun, commands: readonly Command[], width: number): string {
    const rows = (all: readonly Row[]): readonly string[] => table(all, width)
    const own = commands.filter(({ words }) => words.startsWith(`${name} `))
    return sections(
        [
            ["", [summary]],
            ["Examples", rows(own.flatMap(({ examples }) => examples.slice(0, 1)))],
            ["Commands", rows(verbRows(name, commands))],
            ["", [`"hostseal ${name} VERB --help" explains one of them.`]],
        ],
        width,
    )
}

function verbRows(noun: string, commands: readonly Command[]): readonly Row[] {
    return commands
        .filter(({ words }) => words.startsWith(`${noun} `))
        .map(({ words, summary }) => [words, summary])
}

function optionRows(options: Options): readonly Row[] {
    return Object.entries(options).map(([name, option]) => [optionLabel(name, option), option.summary])
}

function placeholder({ name, repeat, behind }: Arg): string {
    return `${behind === true ? "-- " : ""}${name.toUpperCase()}${repeat === true ? "…" : ""}`
}

type Row = readonly [string, string]
type Section = readonly [title: string, lines: readonly string[]]

function sections(all: readonly Section[], width: number): string {
    return `${all
        .filter(([, lines]) => lines.length > 0)
        .map(([title, lines]) =>
            title === ""
                ? lines
                      .flatMap((line) => wrap(line, width))
                      .join("\n")
                      .trimEnd()
                : `${title}:\n${lines.map((line) => `  ${line}`).join("\n")}`,
        )
        .join("\n\n")}\n`
}

/** Two columns; the second begins on the next line where the first is too wide. */
function table(rows: readonly Row[], width: number): readonly string[] {
    const wide = Math.min(width < 80 ? 28 : 36, Math.max(0, ...rows.map(([left]) => left.length)))
    return rows.flatMap(([left, right]) => {
        const lines = wrap(visible(right), width - wide - 4).map((line) => " ".repeat(wide + 2) + line)
        if (left.length > wide) return [left, ...lines]
        return [left.padEnd(wide + 2) + (lines[0] ?? "").trimStart(), ...lines.slice(1)]
    })
}

function wrap(text: string, width: number): readonly string[] {
    const lines: string[] = []
    let line = ""
    for (const word of text.split(" ")) {
        if (line !== "" && line.length + 1 + word.length > width) {
            lines.push(line)
            line = word
        } else {
            line = line === "" ? word : `${line} ${word}`
        }
    }
    return [...lines, line]
}
