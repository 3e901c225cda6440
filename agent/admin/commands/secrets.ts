import { command } from "../command.ts"
import type { Command } from "../command.ts"

export const secretCommands: readonly Command[] = [
    command(
        {
            words: "list",
            summary: "List the names of all secrets",
            examples: [
                ["hostseal list", "all names, one a line"],
                ["hostseal list web", "those with web in their name"],
            ],
            args: [{ name: "pattern", optional: true, summary: "only names that contain this text" }],
            options: {},
            effect: "reads",
        },
        async () => (await import("./secrets-list.ts")).list,
    ),
]
