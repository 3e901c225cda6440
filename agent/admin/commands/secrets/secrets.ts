import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"
import { grantees, revokees, secrets } from "../../cli/options.ts"
import { list } from "./list.ts"
import { valueCommands } from "./values.ts"

export const secretCommands: readonly Command[] = [
    command(
        {
            words: "list",
            summary: "List the names of all secrets",
            examples: [
                ["hostseal list --long", "with readers, machines, the last change, and what must be changed"],
                ["hostseal list", "all names, one a line"],
                ["hostseal list web", "those with web in their name"],
                ["hostseal list --unused", "those that no machine can read"],
                ["hostseal list --older-than 365", "those whose value is older than a year"],
                ["hostseal list --vars", "the paths of all vars"],
            ],
            args: [{ name: "pattern", optional: true, summary: "only names that contain this text" }],
            options: {
                long: {
                    type: "boolean",
                    short: "l",
                    summary: "Say of each who reads it, who changed it last, and whether it must be changed",
                },
                unused: { type: "boolean", summary: "Only those that no machine can read" },
                "older-than": {
                    type: "string",
                    value: "DAYS",
                    summary:
                        "Only those whose value was sealed that many days ago, or should have been changed",
                },
                vars: {
                    type: "boolean",
                    summary: "List the vars, which generators made, and not the secrets",
                },
            },
            effect: "reads",
        },
        // Loaded with the program: it is small, and looking for it would take longer than running it.
        async () => list,
    ),
    ...valueCommands,
    command(
        {
            words: "bind",
            summary: "Bind secrets to their place and readers as they are",
            description: [
                "What sops or clan wrote is not bound. This accepts it: the files stay as they are, but for the binding. " +
                    "Whoever has an entry and was not agreed to in this clone is a question.",
                "A file that was sealed for another place is only bound with --moved: somebody may have copied it there.",
            ],
            examples: [
                ["hostseal bind --all", "everything, once, after an upgrade"],
                ["hostseal bind wifi", "after sops or clan changed it"],
                ["hostseal bind radio --moved", "after clan renamed it"],
                ["hostseal bind --all --strict on", "and refuse what is not bound from now on"],
            ],
            args: [
                {
                    name: "secret",
                    completes: "secret",
                    optional: true,
                    repeat: true,
                    summary: "the secrets to bind",
                },
            ],
            options: {
                all: { type: "boolean", summary: "Bind all secrets and vars" },
                moved: { type: "boolean", summary: "Bind also what was sealed for another place" },
                strict: {
                    type: "string",
                    value: "WHEN",
                    choices: ["on", "off"],
                    summary:
                        "Whether this clone refuses what is not bound: on (with --all) or off, which is a question",
                },
            },
            effect: "writes",
        },
        async () => (await import("./bind.ts")).bind,
    ),
    command(
        {
            words: "grant",
            summary: "Let users, machines and groups read secrets",
            description: [
                "All that are named can read all of these secrets, in one commit. * and ? in a name stand for any text " +
                    "and any character, as in a shell: put them in quotes.",
            ],
            examples: [
                ["hostseal grant 'web.*' --user bob --machine web01", "many to several"],
                ["hostseal grant wifi vpn --group admins --dry-run", "what would be done"],
            ],
            args: [secrets],
            options: grantees,
            effect: "writes",
        },
        async () => (await import("../members/grants.ts")).grantToAll,
    ),
    command(
        {
            words: "revoke",
            summary: "Take the access of users, machines and groups to secrets away",
            description: [
                "Of those that a pattern matches it means the secrets that somebody who is named has a link to. Who comes " +
                    "through a group can read on.",
            ],
            examples: [["hostseal revoke 'web.*' --user bob", "in one commit"]],
            args: [secrets],
            options: revokees,
            effect: "writes",
        },
        async () => (await import("../members/grants.ts")).revokeFromAll,
    ),
    command(
        {
            words: "rename",
            summary: "Give a secret another name",
            examples: [["hostseal rename wifi wifi-home", "those who can read it stay the same"]],
            args: [
                { name: "secret", completes: "secret", summary: "the name of a secret, or its path" },
                { name: "new-name", summary: "the new name, or path" },
            ],
            options: {},
            effect: "writes",
        },
        async () => (await import("./move.ts")).rename,
    ),
    command(
        {
            words: "remove",
            summary: "Delete a secret",
            examples: [["hostseal remove wifi", "its past stays in git"]],
            args: [{ name: "secret", completes: "secret", summary: "the name of a secret, or its path" }],
            options: {},
            effect: "writes",
        },
        async () => (await import("./move.ts")).remove,
    ),
]
