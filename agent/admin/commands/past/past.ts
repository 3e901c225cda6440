import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"

export const pastCommands: readonly Command[] = [
    command(
        {
            words: "log",
            summary: "Show what became of a secret: its values, its readers, who changed them",
            description: [
                "The newest first, under all names that it had. It is told from the commits: links, recipients, and whether " +
                    "the value was sealed anew; nothing is opened. Whoever lost access and may still know the value is marked. " +
                    '"signed" says that the commit has a signature; hostseal verify --signed judges it.',
            ],
            examples: [
                ["hostseal log wifi", "everything"],
                ["hostseal log wifi --limit 1", "the last change"],
                ["hostseal log wifi --json", "for a program"],
            ],
            args: [
                {
                    name: "secret",
                    completes: "secret",
                    summary: "the name of a secret, or the path of a var",
                },
            ],
            options: { limit: { type: "string", value: "N", summary: "Show the newest N changes" } },
            effect: "reads",
        },
        async () => (await import("../../past/log.ts")).log,
    ),
]
