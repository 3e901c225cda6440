import { command } from "../cli/command.ts"
import type { Command } from "../cli/command.ts"

export const postQuantumCommands: readonly Command[] = [
    command(
        {
            words: "audit post-quantum",
            summary: "Show whose keys keep secrets from resisting quantum computers",
            description: [
                "A secret is as strong as the weakest key that can read it. Somebody who keeps today's files could open " +
                    "them with a quantum computer one day, unless every key is a post-quantum one (age1pq1…).",
                "Keys of both kinds do not share a secret unless --allow-mixed says so: on the way from one kind to the " +
                    "other, use it, and see here when the last classic key is gone.",
            ],
            examples: [
                ["hostseal audit post-quantum", "who stands in the way, and of how many secrets"],
                ["hostseal audit post-quantum wifi", "of this secret"],
            ],
            args: [{ name: "secret", kind: "secret", optional: true, summary: "only this secret" }],
            options: {},
            effect: "reads",
        },
        async () => (await import("./post-quantum-report.ts")).report,
    ),
]
