import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"
import { existing, valueFrom } from "../../cli/options.ts"

/** As clan names it. */
const varName = { name: "var", summary: "its generator and file: GENERATOR/FILE" } as const

export const varCommands: readonly Command[] = [
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
        async () => (await import("./generate.ts")).generate,
    ),
    command(
        {
            words: "vars list",
            summary: "List the vars of a machine, with the values of those that are public",
            description: [
                "Its own, and those of shared generators of which it can read a secret, or that have none. What is declared " +
                    "and has no value yet is not known here: see generate --dry-run.",
            ],
            examples: [["hostseal vars list web01", "a line each: GENERATOR/FILE: value, or stars"]],
            args: [existing.machine],
            options: {},
            effect: "reads",
        },
        async () => (await import("./machine.ts")).listVars,
    ),
    command(
        {
            words: "vars get",
            summary: "Print the value of a var of a machine",
            examples: [
                ["hostseal vars get web01 ssh/key.pub", "byte for byte; on a terminal with a line end"],
            ],
            args: [existing.machine, varName],
            options: {},
            effect: "opens",
        },
        async () => (await import("./machine.ts")).getVar,
    ),
    command(
        {
            words: "vars set",
            summary: "Change the value of a var of a machine",
            description: [
                "Only one that exists: hostseal set vars/… makes a new one. What is made of it is out of date afterwards.",
            ],
            examples: [["printf %s hunter2 | hostseal vars set web01 app/token", "from standard input"]],
            args: [existing.machine, varName],
            options: {},
            effect: "writes",
            valueFrom,
        },
        async () => (await import("./machine.ts")).setVar,
    ),
]
