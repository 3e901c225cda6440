import { command } from "../cli/command.ts"
import type { Command } from "../cli/command.ts"
import { force, grantees, setting, valueFrom } from "../cli/options.ts"
import { list } from "./secrets-list.ts"

export const secretCommands: readonly Command[] = [
    command(
        {
            words: "list",
            summary: "List the names of all secrets",
            examples: [
                ["hostseal list", "all names, one a line"],
                ["hostseal list web", "those with web in their name"],
                ["hostseal list --vars", "the paths of all vars"],
            ],
            args: [{ name: "pattern", optional: true, summary: "only names that contain this text" }],
            options: {
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
    command(
        {
            words: "get",
            summary: "Print the value of a secret",
            description: [
                "Prints exactly the bytes that were set, without adding a line end. Bytes that are no text are not " +
                    "printed to a terminal.",
            ],
            examples: [
                ["hostseal get wifi", "to the terminal"],
                ["hostseal get tls.key > tls.key", "byte for byte into a file"],
                ["hostseal get wifi --json", "as a record, in base64 where it is no text"],
                ["hostseal get vars/shared/ca/key", "a value that a generator made"],
                ["hostseal get secrets/web.yaml db/password", "one value of a file, under a .sops.yaml"],
            ],
            args: [
                {
                    name: "secret",
                    completes: "secret",
                    summary: "the name of a secret, the path of a var, or of a file under a .sops.yaml",
                },
                { name: "key", optional: true, summary: "which value of a file with many: a/b/0" },
            ],
            options: {
                force: { ...force.force, summary: "Print it although its file was sealed for another place" },
            },
            effect: "opens",
        },
        async () => (await import("./secrets-get.ts")).get,
    ),
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
        async () => (await import("./secrets-bind.ts")).bind,
    ),
    command(
        {
            words: "set",
            summary: "Make a secret, or change its value",
            description: [
                "The value comes from --file, from the editor with --edit, from $SOPS_NIX_SECRET, from standard input, " +
                    "or from a hidden prompt on a terminal. It is taken byte for byte: echo adds a line end, printf does not.",
                "A new secret can be read by you and by those you name. On one that exists, those you name are added to " +
                    "those who can read it; nobody is taken away. The old value is not needed, and not read; but who has no " +
                    "key for it does not replace it without --force, and nothing is no value without --allow-empty.",
            ],
            examples: [
                ["hostseal set wifi", "asks for the value"],
                ["printf %s hunter2 | hostseal set wifi", "from standard input"],
                [
                    "hostseal set --machine web01 --group admins tls.key --file tls.key",
                    "from a file, for others too",
                ],
                ["hostseal set --edit wifi", "in your editor"],
                [
                    "printf %s hunter2 | hostseal set secrets/web.yaml db/password",
                    "one value, under a .sops.yaml",
                ],
            ],
            args: [
                {
                    name: "secret",
                    completes: "secret",
                    summary: "its name, the path of a var, or of a file under a .sops.yaml",
                },
                { name: "key", optional: true, summary: "which value of a file with many: a/b/0" },
            ],
            options: {
                ...grantees,
                ...setting,
                edit: { type: "boolean", short: "e", summary: "Edit the value in $VISUAL or $EDITOR" },
                file: {
                    type: "string",
                    value: "FILE",
                    kind: "file",
                    summary: "Take the value from a file; - is standard input",
                },
            },
            effect: "writes",
            valueFrom,
        },
        async () => (await import("./secrets-set.ts")).set,
    ),
    command(
        {
            words: "edit",
            summary: "Change a value in your editor; the same as set --edit",
            examples: [["hostseal edit wifi", "an unchanged value writes nothing"]],
            args: [
                {
                    name: "secret",
                    completes: "secret",
                    summary: "its name, the path of a var, or of a file under a .sops.yaml",
                },
            ],
            options: { ...grantees, "allow-empty": setting["allow-empty"] },
            effect: "writes",
            valueFrom,
        },
        async () => (await import("./secrets-set.ts")).edit,
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
        async () => (await import("./secrets-move.ts")).rename,
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
        async () => (await import("./secrets-move.ts")).remove,
    ),
]
