// Commands about the program itself. They work on the table of all commands, which is handed to them: to import it
// would be a circle.

import { command } from "../cli/command.ts"
import type { Command, Table } from "../cli/command.ts"

export function programCommands(table: () => Table): readonly Command[] {
    return [
        command(
            {
                words: "completion",
                summary: "Print what makes a shell complete commands, options and names",
                description: [
                    "Names of users, machines, groups and secrets come from the repository; nothing is decrypted. " +
                        'The scripts ask "hostseal completion words -- WORD…", which prints what can come next.',
                ],
                examples: [
                    ["source <(hostseal completion bash)", "for this shell"],
                    ["hostseal completion zsh > ~/.zfunc/_hostseal", "for a folder in zsh's fpath"],
                    ["hostseal completion fish | source", "for this shell"],
                ],
                args: [
                    { name: "shell", summary: "bash, zsh or fish" },
                    {
                        name: "word",
                        optional: true,
                        repeat: true,
                        summary: "the words so far, for the scripts",
                    },
                ],
                options: {},
                effect: "reads",
            },
            async () => {
                const { complete } = await import("./program-completion.ts")
                return (input, context) => complete(input, context, table())
            },
        ),
        command(
            {
                words: "man",
                summary: "Write a man page for each command into a directory",
                examples: [["hostseal man ./man1", "hostseal.1 and one page for each command"]],
                args: [{ name: "directory", kind: "directory", summary: "where to; made if it is missing" }],
                options: {},
                effect: "reads",
            },
            async () => {
                const { writeManual } = await import("./program-manual.ts")
                return (input, context) => writeManual(input, context, table())
            },
        ),
    ]
}
