import { command } from "../cli/command.ts"
import type { Command } from "../cli/command.ts"

export const generateCommands: readonly Command[] = [
    command(
        {
            words: "generate",
            summary: "Make the values that generators declare and that are missing or out of date",
            description: [
                "A manifest says which values there are, what each is made of, and who reads it. What is missing is made, " +
                    "and what was made for something else or of something that has changed since; no other value is " +
                    "replaced. All of it is one commit, or nothing is changed.",
                "Prompts are asked before anything is made, hidden ones twice; --answers has the answers for scripts, by " +
                    "machine, generator and prompt. A public value that holds a secret is refused.",
            ],
            examples: [
                ["hostseal generate --manifest generators.json", "for all machines"],
                [
                    "hostseal generate web01 --manifest generators.json",
                    "for one, and what it needs of others",
                ],
                ["hostseal generate --manifest generators.json --dry-run", "what, why, and who reads it"],
            ],
            args: [
                {
                    name: "machine",
                    kind: "machine",
                    optional: true,
                    repeat: true,
                    summary: "only the generators of these machines",
                },
            ],
            options: {
                only: {
                    type: "string",
                    value: "GENERATOR",
                    multiple: true,
                    summary: "Only this generator, and none that it needs; may be repeated",
                },
                manifest: {
                    type: "string",
                    value: "FILE",
                    kind: "file",
                    summary: "What is declared, as JSON; - is standard input",
                },
                answers: {
                    type: "string",
                    value: "FILE",
                    kind: "file",
                    summary: 'Answers to prompts, as {"web01/app/token": "…"}; - is standard input',
                },
            },
            effect: "writes",
        },
        async () => (await import("./generate-run.ts")).generate,
    ),
]
