// Man pages, from the same table as the help (roff with the macros of man(7)).

import type { Arg, Command, Noun, Option } from "./command.ts"
import { exitCodes, variables } from "./reference.ts"
import { optionsOf } from "./flags.ts"

/** A page: its file name, and its text. */
export interface Page {
    readonly file: string
    readonly text: string
}

/** One page for the program and one for each command, in the order of the help. */
export function manual(
    commands: readonly Command[],
    nouns: readonly Noun[],
    version: string,
): readonly Page[] {
    return [overview(commands, nouns, version), ...commands.map((command) => page(command, version))]
}

function overview(commands: readonly Command[], nouns: readonly Noun[], version: string): Page {
    const list = (some: readonly Command[]): string =>
        some.map((each) => `.TP\n.BR ${fileName(each.words)} (1)\n${escape(each.summary)}.`).join("\n")
    const sections = nouns.map(
        ({ name, summary }) =>
            `.SS ${escape(summary)}\n${list(commands.filter(({ words }) => words.startsWith(`${name} `)))}`,
    )
    return {
        file: "hostseal.1",
        text: `${title("hostseal", version)}
.SH NAME
hostseal \\- users, machines, groups and secrets in a git repository
.SH SYNOPSIS
.B hostseal
.RI [ secrets ]
.I COMMAND
.RI [ OPTIONS ]
.SH DESCRIPTION
Manages secrets as SOPS files in the layout of
.BR "clan secrets" ;
.BR hostseal-agent
installs them on the machines they are addressed to.
.SH COMMANDS
${list(commands.filter(({ words }) => !words.includes(" ")))}
${sections.join("\n")}
.SH EXIT STATUS
${rows(exitCodes)}
.SH ENVIRONMENT
${rows(variables)}
`,
    }
}

function page(command: Command, version: string): Page {
    const name = fileName(command.words)
    const aliases = command.aliases ?? []
    return {
        file: `${name}.1`,
        text: `${[
            title(name, version),
            `.SH NAME\n${escape(name)} \\- ${escape(lowerFirst(command.summary))}`,
            `.SH SYNOPSIS\n.B hostseal ${escape(command.words)}\n${command.args.map(synopsis).join("\n")}\n.RI [ OPTIONS ]`,
            `.SH DESCRIPTION\n${[`${command.summary}.`, ...(command.description ?? [])].map(escape).join("\n.PP\n")}`,
            `.SH EXAMPLES\n${command.examples.map(([line, does]) => `.TP\n\\fB${escape(line)}\\fR\n${escape(does)}`).join("\n")}`,
            ...(command.args.length === 0 ? [] : [`.SH ARGUMENTS\n${command.args.map(argument).join("\n")}`]),
            `.SH OPTIONS\n${Object.entries(optionsOf(command)).map(option).join("\n")}`,
            ...(aliases.length === 0
                ? []
                : [`.SH ALSO KNOWN AS\n${aliases.map((alias) => escape(`hostseal ${alias}`)).join(", ")}`]),
            `.SH EXIT STATUS\n${rows(exitCodes)}`,
            ".SH SEE ALSO\n.BR hostseal (1),\nwhich lists the environment variables",
        ].join("\n")}\n`,
    }
}

function rows(table: readonly (readonly [string, string])[]): string {
    return table.map(([name, meaning]) => `.TP\n\\fB${escape(name)}\\fR\n${escape(meaning)}`).join("\n")
}

/** Lines are neither filled up with blanks nor broken within a word: command lines and options are copied. */
function title(name: string, version: string): string {
    return `.TH ${name.toUpperCase().replaceAll("-", "\\-")} 1 "" "hostseal ${version}" "hostseal"\n.nh\n.ad l`
}

/** Three dots end no sentence, behind which roff would leave two spaces. */
function synopsis({ name, optional, repeat, behind }: Arg): string {
    const text = `${behind === true ? "\\-\\- " : ""}${escape(name.toUpperCase())}${repeat === true ? "...\\&" : ""}`
    return optional === true ? `.RI [ ${text} ]` : `.I ${text}`
}

function argument({ name, summary }: Arg): string {
    return `.TP\n.I ${escape(name.toUpperCase())}\n${escape(summary)}`
}

function option([name, about]: readonly [string, Option]): string {
    const flags = [...(about.short === undefined ? [] : [`-${about.short}`]), `--${name}`]
        .map(escape)
        .join(", ")
    const value = about.type === "string" ? ` \\fI${escape(about.value)}\\fR` : ""
    return `.TP\n\\fB${flags}\\fR${value}\n${escape(about.summary)}`
}

function fileName(words: string): string {
    return `hostseal-${words.replaceAll(" ", "-")}`
}

function lowerFirst(text: string): string {
    return text.charAt(0).toLowerCase() + text.slice(1)
}

/** Characters that roff prints as others, or takes away: quotes around the arguments of a macro. */
const named: ReadonlyMap<string, string> = new Map([
    ["\\", "\\e"],
    ["-", "\\-"],
    ['"', "\\(dq"],
    ["'", "\\(aq"],
    ["`", "\\(ga"],
    ["^", "\\(ha"],
    ["~", "\\(ti"],
])

/**
 * Text that roff takes literally: no escapes, no requests at the beginning of a line, quotes and hyphens that can be
 * copied, and what is not ASCII by its code point, because roff reads Latin-1.
 */
function escape(text: string): string {
    const flat = text
        .replaceAll(/[\\"'`^~-]/gu, (character) => named.get(character) ?? character)
        .replaceAll(/\s+/gu, " ")
        .replaceAll(
            /[^ -~]/gu,
            (character) => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`,
        )
    return /^[.']/u.test(flat) ? `\\&${flat}` : flat
}
