import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"
import { dryRunOption } from "../../cli/flags.ts"

export const keyCommands: readonly Command[] = [
    command(
        {
            words: "key generate",
            summary: "Make a private key for yourself",
            description: [
                "Writes it to $SOPS_AGE_KEY_FILE or ~/.config/sops/age/keys.txt and prints the public half. An existing key " +
                    "is never changed: without --new nothing happens, with it a second key is added.",
            ],
            examples: [
                ["hostseal key generate", "the first step of all"],
                ["hostseal key generate --new", "one more key, to replace the old one in peace"],
            ],
            args: [],
            options: {
                new: { type: "boolean", summary: "Add one more key although there is one" },
                "post-quantum": {
                    type: "boolean",
                    summary: "Make a key that resists quantum computers (age1pq1…)",
                },
                ...dryRunOption,
            },
            effect: "opens",
        },
        async () => (await import("./generate.ts")).generate,
    ),
    command(
        {
            words: "key show",
            summary: "Show the public halves of your keys, and where they were found",
            examples: [["hostseal key show", "a JSON list, as clan prints it"]],
            args: [],
            options: {},
            effect: "opens",
        },
        async () => (await import("./show.ts")).show,
    ),
    command(
        {
            words: "key update",
            summary: "Encrypt every secret again for exactly those whose links or rules say so",
            description: [
                "Repairs what other programs left: recipients that a link asks for and the file lacks, and recipients that " +
                    "no link asks for. Files that are right already are not touched.",
                "Where the rules of a .sops.yaml say who reads what, files are made what their rules say, as by sops updatekeys; " +
                    "a file that somebody is to lose gets a new data key.",
            ],
            examples: [
                ["hostseal key update --dry-run", "what is not as it should be"],
                ["hostseal key update", "repair it"],
                ["hostseal key update wifi", "repair this one alone"],
            ],
            args: [
                {
                    name: "secrets",
                    summary: "These alone; without any, all of them",
                    completes: "secret",
                    optional: true,
                    repeat: true,
                },
            ],
            options: {},
            effect: "writes",
        },
        async () => (await import("./update.ts")).update,
    ),
]
