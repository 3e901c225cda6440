// What git calls when it shows or merges a secret, and the command that tells it to.

import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"
import { dryRunOption } from "../../cli/flags.ts"

export const gitCommands: readonly Command[] = [
    command(
        {
            words: "git-setup",
            summary: "Let git show and merge secrets by what they mean",
            description: [
                "Adds its lines to .gitattributes, and the drivers to the configuration of this clone (git does not take " +
                    "those from a repository). git diff then shows who gained or lost access; with --values it shows the " +
                    "values too, to those who can open them. git merge joins grants, and values unless both sides set a " +
                    "new one, and the notes of hostseal debt. In a file of many values each is merged by itself; one that both sides " +
                    "have changed stays as this branch has it, and is named.",
            ],
            examples: [
                ["hostseal git-setup", "once in each clone"],
                ["hostseal git-setup --values", "git diff and git log -p show plaintext"],
                ["hostseal git-setup --remove", "as it was before"],
            ],
            args: [],
            options: {
                values: { type: "boolean", summary: "Let git diff show the values, too" },
                remove: { type: "boolean", summary: "Take lines and drivers away again" },
                ...dryRunOption,
            },
            effect: "reads",
        },
        async () => (await import("./setup.ts")).setUp,
    ),
    command(
        {
            words: "git-diff",
            summary: "Print what git diff compares: readers and keys of a secret, and on request its values",
            examples: [["hostseal git-diff sops/secrets/wifi/secret", "git calls it like this"]],
            args: [{ name: "file", kind: "file", summary: "a secret's file" }],
            options: { values: { type: "boolean", summary: "Print the value, too" } },
            effect: "opens",
        },
        async () => (await import("./diff.ts")).describe,
    ),
    command(
        {
            words: "git-merge",
            summary: "Merge two versions of a secret into the second file",
            description: ["Exit code 1 when both sides set a new value: git then leaves the choice to you."],
            examples: [
                ["hostseal git-merge base ours theirs sops/secrets/wifi/secret", "git calls it like this"],
            ],
            args: [
                {
                    name: "base",
                    kind: "file",
                    summary: "the version both come from; empty when there is none",
                },
                {
                    name: "ours",
                    kind: "file",
                    summary: "the version of this branch, and where the result goes",
                },
                { name: "theirs", kind: "file", summary: "the version of the other branch" },
                { name: "path", optional: true, summary: "the name of the file, for messages" },
            ],
            options: {},
            effect: "opens",
        },
        async () => (await import("./merge.ts")).merge,
    ),
]
