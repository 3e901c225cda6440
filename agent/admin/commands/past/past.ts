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
    command(
        {
            words: "undo",
            summary: "Take back what the last command did, values included",
            description: [
                "In a commit of its own, so that another undo takes that back. Only the last command of this working tree can " +
                    "be undone, and only while nothing was committed since and nothing is uncommitted. Who could read more by " +
                    "it than now is a question; --accept user:NAME is the answer without a terminal, and --yes is none. Who " +
                    "loses access is noted as after every other command. Values stay in the past of git.",
            ],
            examples: [
                ["hostseal undo --dry-run", "what would be done"],
                ["hostseal undo", "the old value, the old readers"],
                ["hostseal undo --accept user:bob", "after a revocation: bob can read it again"],
            ],
            args: [],
            options: {},
            effect: "writes",
        },
        async () => (await import("../../past/undo.ts")).undo,
    ),
]
