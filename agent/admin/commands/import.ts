import { command } from "../command.ts"
import type { Command } from "../command.ts"
import { grantees } from "./options.ts"

const naming = {
    prefix: { type: "string", value: "PREFIX", summary: "Put this in front of every name" },
    separator: {
        type: "string",
        value: "TEXT",
        summary: "Take nested values too, with this between the parts of their names",
    },
} as const

export const importCommands: readonly Command[] = [
    command(
        {
            words: "import-sops",
            summary: "Make a secret of each value of a sops file",
            description: [
                "Reads YAML, JSON, dotenv, INI and binary files of sops, by the name of the file or --input-type. Numbers and " +
                    "truth values are taken as text. Nested values are skipped unless --separator says how to name them. A " +
                    "secret that exists is skipped, so running it again does no harm. One commit for all; a name that " +
                    "cannot be stops everything before anything is written.",
            ],
            examples: [
                [
                    "hostseal import-sops --prefix matchbox- --group admins --machine matchbox secrets.yaml",
                    "every value of the file, for these readers",
                ],
                ["hostseal import-sops --separator . secrets.yaml", "db: {password: …} becomes db.password"],
                ["git show main:secrets.json | hostseal import-sops -", "from standard input"],
            ],
            args: [
                {
                    name: "sops-file",
                    kind: "file",
                    summary: "an encrypted file of sops; - is standard input",
                },
            ],
            options: {
                "input-type": {
                    type: "string",
                    value: "TYPE",
                    choices: ["yaml", "json", "dotenv", "ini", "binary"],
                    summary: "What kind of file it is: yaml, json, dotenv, ini or binary",
                },
                ...grantees,
                ...naming,
            },
            effect: "writes",
        },
        async () => (await import("./import-sops.ts")).importSops,
    ),
]
