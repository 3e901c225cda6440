// Commands about the values themselves.

import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"
import { force, grantees, setting, valueFrom } from "../../cli/options.ts"

export const valueCommands: readonly Command[] = [
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
            words: "copy",
            summary: "Put a value into the clipboard of your terminal, for a while",
            description: [
                "The terminal is asked to do it (OSC 52), so it works over SSH too; some have to be told to allow that, and " +
                    "tmux with set-clipboard on. The value is never shown. The command waits, and empties the clipboard.",
            ],
            examples: [
                ["hostseal copy wifi", "for 45 seconds"],
                ["hostseal copy wifi --seconds 10", "for less"],
                ["hostseal copy secrets/web.yaml db/password", "one value of a file, under a .sops.yaml"],
            ],
            args: [
                {
                    name: "secret",
                    completes: "secret",
                    summary: "the name of a secret, the path of a var, or of a file under a .sops.yaml",
                },
                {
                    name: "key",
                    completes: "key",
                    optional: true,
                    summary: "which value of a file with many: a/b/0",
                },
            ],
            options: {
                seconds: {
                    type: "string",
                    value: "N",
                    summary: "How long it stays; 0 leaves it there and does not wait",
                },
            },
            effect: "opens",
        },
        async () => (await import("../../values/copy.ts")).copy,
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
            words: "set",
            summary: "Make a secret, or change its value",
            description: [
                "The value comes from --file, from the editor with --edit, from chance with --generate, from $SOPS_NIX_SECRET, from standard input, " +
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
                ["hostseal set --generate wifi", "a random one, which nobody has to see"],
                ["hostseal set --generate=passphrase --length 8 disk", "words that can be typed"],
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
                {
                    name: "key",
                    completes: "key",
                    optional: true,
                    summary: "which value of a file with many: a/b/0",
                },
            ],
            options: {
                ...grantees,
                ...setting,
                edit: { type: "boolean", short: "e", summary: "Edit the value in $VISUAL or $EDITOR" },
                generate: {
                    type: "string",
                    value: "KIND",
                    choices: ["alnum", "hex", "base64", "bytes", "uuid", "passphrase"],
                    mayBeAlone: true,
                    summary:
                        "Make a random value: alnum (32 letters and digits, the default), hex, base64, bytes, uuid, passphrase",
                },
                length: {
                    type: "string",
                    value: "N",
                    summary: "How long the random value is: letters, bytes before they are encoded, or words",
                },
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
]
