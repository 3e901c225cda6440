// docs/commands.md, made from the same table as the help: `npm run docs:commands` writes it.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import type { Command } from "../agent/admin/cli/command.ts"
import { commands, nouns } from "../agent/admin/commands.ts"
import { exitCodes, variables } from "../agent/admin/cli/reference.ts"
import { sharedOptions } from "../agent/admin/cli/flags.ts"
import { optionLabel, usage } from "../agent/admin/cli/help.ts"

/** Where the reference lies. */
export const commandsPath = join(import.meta.dirname, "..", "docs", "commands.md")

/** The command reference as Markdown. */
export function commandReference(): string {
    const single = commands.filter(({ words }) => !words.includes(" "))
    const sections = nouns.map(({ name, summary }) => {
        const own = commands.filter(({ words }) => words.startsWith(`${name} `))
        return `## ${summary}\n\n${own.map(entry).join("\n")}`
    })
    return `# Commands

Made from the help of the program (\`hostseal COMMAND --help\`) by \`npm run docs:commands\`. Every command works with and without
the word \`secrets\` in front; options may stand anywhere on the line.

Exit codes:

${bullets(exitCodes)}
Environment:

${bullets(variables)}
## Secrets, and the repository as a whole

${single.map(entry).join("\n")}
${sections.join("\n")}
## Options of several commands

Every command takes these:

${optionList(sharedOptions("reads"))}
Commands that open files, and those that change something, take \`--identity\` too; those that change something, all of these:

${optionList(Object.fromEntries(Object.entries(sharedOptions("writes")).filter(([name]) => !(name in sharedOptions("reads")))))}`
}

function bullets(rows: typeof exitCodes): string {
    return rows.map(([name, meaning]) => `- \`${name}\`: ${meaning}\n`).join("")
}

function entry(command: Command): string {
    const { words, summary, description = [], examples, args, options, aliases = [] } = command
    const also = aliases.length === 0 ? "" : `Also \`hostseal ${aliases.join("`, `hostseal ")}\`.\n\n`
    const lines = [
        ...args.map(({ name, summary: about }) => `- \`${name.toUpperCase()}\`: ${about}\n`),
        ...(Object.keys(options).length === 0 ? [] : [optionList(options)]),
    ]
    return `### ${words}

${summary}.${description.map((paragraph) => ` ${paragraph}`).join("")}

\`\`\`
${usage(command)}
\`\`\`

${also}${examples.map(([line, does]) => `- \`${line}\`: ${does}\n`).join("")}${lines.length === 0 ? "" : `\n${lines.join("")}`}`
}

function optionList(options: Command["options"]): string {
    return Object.entries(options)
        .map(([name, option]) => `- \`${optionLabel(name, option)}\`: ${option.summary}\n`)
        .join("")
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(commandsPath, commandReference())
