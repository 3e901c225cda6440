import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"
import { force, grantees, revokees, secrets, setting, valueFrom } from "../../cli/options.ts"
import { list } from "./list.ts"

export const secretCommands: readonly Command[] = [
    command(
        {
            words: "list",
            summary: "List the names of all secrets",
            examples: [
                ["hostseal list --long", "with readers, machines, the last change, and what must be changed"],
                ["hostseal list", "all names, one a line"],
                ["hostseal list web", "those with web in their name"],
                ["hostseal list --vars", "the paths of all vars"],
            ],
            args: [{ name: "pattern", optional: true, summary: "only names that contain this text" }],
            options: {
                long: {
                    type: "boolean",
                    short: "l",
                    summary: "Say of each who reads it, who changed it last, and whether it must be changed",
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
                ["hostseal get 'web.*' wifi --as json", "several, as an object of names and values"],
                ["hostseal get TOKEN=web.token --as dotenv > .env", "as the lines of a .env file"],
                ["hostseal get vars/shared/ca/key", "a value that a generator made"],
                ["hostseal get secrets/web.yaml db/password", "one value of a file, under a .sops.yaml"],
            ],
            args: [
                {
                    name: "secret",
                    completes: "secret",
                    repeat: true,
                    summary:
                        "the name of a secret, the path of a var, or of a file under a .sops.yaml, and then, of a file " +
                        "with many values, which one: a/b/0. With --as as many as you like, patterns, and NAME=SECRET",
                },
            ],
            options: {
                as: {
                    type: "string",
                    value: "FORMAT",
                    choices: ["json", "dotenv"],
                    summary: "Print several secrets: json, or dotenv, where web.token is WEB_TOKEN",
                },
                force: { ...force.force, summary: "Print it although its file was sealed for another place" },
            },
            effect: "opens",
        },
        async () => (await import("./get.ts")).get,
    ),
    command(
        {
            words: "run",
            summary: "Run a command with secrets in its environment, or in files",
            description: [
                "The value of web.token is the variable WEB_TOKEN, byte for byte; NAME=SECRET gives it another name. With " +
                    "--files each value is a file in memory, and WEB_TOKEN_FILE, or NAME, is its path. * and ? stand for " +
                    "any text and any character, as in a shell: put them in quotes. Under a .sops.yaml all top-level " +
                    "values of a file are given, by their keys, as sops exec-env gives them.",
                "The files are gone when the command ends. Signals are passed on, and its exit code is that of hostseal; " +
                    "127 when there is no such command. Other programs of yours can read the environment of a command, " +
                    "and its children inherit it: --files is safer. Your private keys are not passed on.",
                "A name that no NAME= chose is refused where it would replace a variable or steer programs: who may " +
                    "write to the repository may not choose what your command loads.",
            ],
            examples: [
                ["hostseal run web.token -- ./deploy", "in the environment, as WEB_TOKEN"],
                ["hostseal run PGPASSWORD=db.password -- psql", "under another name"],
                [
                    "hostseal run --files tls.key 'web.*' -- ./serve",
                    "in files: TLS_KEY_FILE is the path of one",
                ],
                ["hostseal run secrets/web.yaml -- ./deploy", "all values of a file, under a .sops.yaml"],
            ],
            args: [
                {
                    name: "secret",
                    completes: "secret",
                    repeat: true,
                    summary: "secrets, patterns of them, or NAME=SECRET",
                },
                {
                    name: "command",
                    repeat: true,
                    behind: true,
                    summary: "the command and its arguments, all of them behind --",
                },
            ],
            options: {
                files: { type: "boolean", summary: "Give files in memory instead of variables" },
            },
            effect: "opens",
        },
        async () => (await import("../../run/run.ts")).runWith,
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
        async () => (await import("./bind.ts")).bind,
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
                ["hostseal set --from json --file values.json --group admins", 'many: {"a": "…", "b": "…"}'],
                ["hostseal set --from dotenv --file .env", "many, in one commit, by the names in the file"],
                [
                    "printf %s hunter2 | hostseal set secrets/web.yaml db/password",
                    "one value, under a .sops.yaml",
                ],
            ],
            args: [
                {
                    name: "secret",
                    completes: "secret",
                    optional: true,
                    summary: "its name, the path of a var, or of a file under a .sops.yaml",
                },
                { name: "key", optional: true, summary: "which value of a file with many: a/b/0" },
            ],
            options: {
                ...grantees,
                ...setting,
                edit: { type: "boolean", short: "e", summary: "Edit the value in $VISUAL or $EDITOR" },
                from: {
                    type: "string",
                    value: "FORMAT",
                    choices: ["json", "dotenv"],
                    summary: "Take names and values of many secrets from --file or standard input",
                },
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
        async () => (await import("./set.ts")).set,
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
        async () => (await import("./set.ts")).edit,
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
