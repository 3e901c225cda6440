import { command } from "../cli/command.ts"
import type { Command } from "../cli/command.ts"

export const doctorCommands: readonly Command[] = [
    command(
        {
            words: "doctor",
            summary: "Look at your keys, the repository and the programs that are needed",
            description: [
                "Says which private keys were found and where, which user of the repository you are, whether git, the " +
                    "editor, plugins and gpg can be used, and what to do next. Nothing is changed, and nothing is asked. Exit " +
                    "code 5 when something keeps a command from working.",
            ],
            examples: [
                ["hostseal doctor", "when something does not work"],
                ["hostseal doctor --json", "for a program"],
            ],
            args: [],
            options: {},
            effect: "opens",
        },
        async () => (await import("./doctor-run.ts")).doctor,
    ),
]
