import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"
import { grantees } from "../../cli/options.ts"

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
                "With --rules all files under a .sops.yaml are taken, in this repository or in the directory that is named: " +
                    "its keys become users and machines by their names, and each value a secret for those whom the rule of " +
                    "its file names, called by file and key (web.db.password). The files stay.",
            ],
            examples: [
                [
                    "hostseal import-sops --rules --dry-run",
                    "what would become of a repository with a .sops.yaml",
                ],
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
                    optional: true,
                    summary: "an encrypted file of sops; - is standard input; with --rules a directory",
                },
            ],
            options: {
                "input-type": {
                    type: "string",
                    value: "TYPE",
                    choices: ["yaml", "json", "dotenv", "ini", "binary"],
                    summary: "What kind of file it is: yaml, json, dotenv, ini or binary",
                },
                rules: { type: "boolean", summary: "Take all files under a .sops.yaml, with its readers" },
                ...grantees,
                ...naming,
            },
            effect: "writes",
        },
        async () => (await import("./sops.ts")).importSops,
    ),
    command(
        {
            words: "export-rules",
            summary: "Print a .sops.yaml by which plain sops serves this repository",
            description: [
                "One rule for each set of readers, by the links of every secret and var; sops then decrypts the files, and " +
                    "sops updatekeys finds nothing to do. It is as the links are now: make it anew when they change. " +
                    "hostseal goes on by the links.",
            ],
            examples: [["hostseal export-rules > .sops.yaml", "for who has sops and not hostseal"]],
            args: [],
            options: {},
            effect: "reads",
        },
        async () => (await import("./export-rules.ts")).exportRules,
    ),
    command(
        {
            words: "import-agenix",
            summary: "Make a secret of each .age file of agenix rules",
            description: [
                "Reads the rules as JSON (nix eval --json --file secrets.nix) and the .age files beside them. Each secret " +
                    "can be read by the users and machines of the repository that have the keys of its file; SSH host keys are " +
                    "known in their converted form too. Keys that belong to nobody stop the import, unless they are to be " +
                    "left out. A secret that exists is skipped. One commit for all.",
            ],
            examples: [
                ["nix eval --json --file secrets.nix > rules.json", "the rules as JSON"],
                ["hostseal import-agenix rules.json", "services/db.age becomes services-db"],
                [
                    "hostseal import-agenix --separator _ --prefix old_ rules.json",
                    "it becomes old_services_db",
                ],
            ],
            args: [{ name: "rules", kind: "file", summary: "the rules as JSON; - is standard input" }],
            options: {
                directory: {
                    type: "string",
                    value: "DIR",
                    kind: "directory",
                    summary: "Where the .age files lie (default: beside the rules)",
                },
                "ignore-unknown-keys": {
                    type: "boolean",
                    summary: "Leave out keys that belong to no user and no machine",
                },
                ...grantees,
                prefix: naming.prefix,
                separator: {
                    type: "string",
                    value: "TEXT",
                    summary: "Put this between folders and file in names (default: -)",
                },
            },
            effect: "writes",
        },
        async () => (await import("./agenix.ts")).importAgenix,
    ),
]
