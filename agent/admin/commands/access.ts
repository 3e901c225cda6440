// Commands that look at a repository and change nothing. None of them is in `clan secrets`, so their exit codes are
// those of docs/command-line.md#exit-codes: 5 when what they judge is not as it should be.

import { command } from "../cli/command.ts"
import type { Command } from "../cli/command.ts"
import { manifest } from "../cli/options.ts"

const at = {
    at: {
        type: "string",
        value: "REVISION",
        completes: "revision",
        summary: "Look at this commit, branch or tag instead of the working tree",
    },
} as const

export const insightCommands: readonly Command[] = [
    command(
        {
            words: "status",
            summary: "Show where you stand, and what is to be done",
            description: [
                "Says whose key this is and what it opens, and lists what is to be done, each with the command that does " +
                    "it: links and files that do not agree, values that must be changed because somebody who could read " +
                    "them no longer may, work that is not committed or was interrupted. Nothing is opened and nothing is " +
                    "asked. Exit code 5 when there is something to do. It is also what hostseal alone shows in a repository. " +
                    "With --manifest also what generators declare: missing, too old, made for something else, or no longer declared.",
            ],
            examples: [
                ["hostseal status", "one look"],
                ["hostseal", "the same, in a repository"],
                ["hostseal status --json", "for a program"],
                ["hostseal status --manifest generators.json", "and what generators are to make"],
                ["hostseal status --max-days 365", "and whose values are older than a year"],
            ],
            args: [],
            options: {
                manifest,
                "max-days": {
                    type: "string",
                    value: "N",
                    summary: "Values of generators older than N days are due",
                },
            },
            effect: "opens",
        },
        async () => (await import("../status/status.ts")).status,
    ),
    command(
        {
            words: "verify",
            summary: "Check that links, key files and the recipients of every file agree",
            description: [
                "Needs no private key, so that CI can run it: every link leads somewhere, every key can be encrypted to, " +
                    "every file is encrypted for exactly those whom the links name, no two names differ only in case, and " +
                    "a person can read each secret. With --decrypt your keys open every file that is encrypted for you, " +
                    "and each value's authenticity is checked. Exit code 5 when something is wrong.",
            ],
            examples: [
                ["hostseal verify", "in CI, without a key"],
                ["hostseal verify --decrypt", "as an admin, with one"],
                ["hostseal verify --bound", "the same, and nothing was moved or added to"],
                ["hostseal verify --json", "for a program"],
                [
                    "hostseal verify --manifest generators.json",
                    "and everything that is declared is there and fresh",
                ],
                [
                    "hostseal verify --machine web01=manifest.json",
                    "and web01 opens every file that its configuration names",
                ],
            ],
            args: [],
            options: {
                decrypt: { type: "boolean", summary: "Open every file that is encrypted for you, too" },
                signed: {
                    type: "boolean",
                    summary: "Check that every commit is signed by somebody who may, too (see introduce)",
                },
                bound: { type: "boolean", summary: "And check that each is bound to its place and readers" },
                manifest,
                machine: {
                    type: "string",
                    value: "NAME=FILE",
                    multiple: true,
                    summary: "Check that this machine opens all that its manifest takes secrets from, too",
                },
            },
            effect: "opens",
        },
        async () => (await import("./verify/verify.ts")).verifyRepository,
    ),
    command(
        {
            words: "audit secret",
            summary: "Show who can read a secret, and through what",
            examples: [
                ["hostseal audit secret wifi", "users and machines, with the groups that they come through"],
                ["hostseal audit secret wifi --at v1.0", "who could at that release"],
            ],
            args: [
                {
                    name: "secret",
                    completes: "secret",
                    summary: "the name of a secret, or the path of a var (vars/shared/…)",
                },
            ],
            options: at,
            effect: "reads",
        },
        async () => (await import("./audit.ts")).auditSecret,
    ),
    command(
        {
            words: "audit user",
            summary: "Show what a user can read, or could ever read",
            examples: [
                ["hostseal audit user bob", "what bob can read now"],
                ["hostseal audit user bob --ever", "what bob could read at any time, for the day he leaves"],
            ],
            // Not checked: the user may be of the past.
            args: [
                { name: "user", completes: "user", summary: "the name of a user, also of one who is gone" },
            ],
            options: { ...at, ever: { type: "boolean", summary: "Go through every commit" } },
            effect: "reads",
        },
        async () => (await import("./audit.ts")).auditUser,
    ),
    command(
        {
            words: "audit machine",
            summary: "Show what a machine can read, or could ever read",
            examples: [["hostseal audit machine web01 --ever", "what was on it, for the day it is stolen"]],
            args: [
                {
                    name: "machine",
                    completes: "machine",
                    summary: "the name of a machine, also of one that is gone",
                },
            ],
            options: { ...at, ever: { type: "boolean", summary: "Go through every commit" } },
            effect: "reads",
        },
        async () => (await import("./audit.ts")).auditMachine,
    ),
    command(
        {
            words: "audit group",
            summary: "Show who is in a group, and what it can read",
            examples: [
                ["hostseal audit group admins", "its members, and its secrets"],
                ["hostseal audit group admins --at v1.0", "as it was"],
            ],
            args: [{ name: "group", completes: "group", summary: "the name of a group" }],
            options: at,
            effect: "reads",
        },
        async () => (await import("./audit.ts")).auditGroup,
    ),
    command(
        {
            words: "debt",
            summary:
                "List the values that must be changed because somebody who could read them no longer may",
            description: [
                "Whoever could read a value may have kept it. Each revocation is noted beside the secret, and the note goes " +
                    "away when the value is set anew. With --max-days an older note is a failure: exit code 5.",
            ],
            examples: [
                ["hostseal debt", "what to change, for whom, since when"],
                ["hostseal debt --max-days 14", "in CI: two weeks are enough"],
            ],
            args: [],
            options: {
                "max-days": { type: "string", value: "N", summary: "Fail when a note is older than N days" },
            },
            effect: "reads",
        },
        async () => (await import("./debt.ts")).listDebts,
    ),
    command(
        {
            words: "graph",
            summary: "Draw who can read what",
            description: [
                "As Mermaid (for a README), as JSON, or as one HTML page that answers questions: who can read this, why, what " +
                    "does this group open, what is wrong, what has changed. The page loads nothing and holds names only.",
                "--serve shows it on this machine alone, at an address that nobody can guess, and keeps it up to date.",
            ],
            examples: [
                ["hostseal graph --open", "in a browser"],
                ["hostseal graph --open --since v1.0", "who gained and who lost something since"],
                ["hostseal graph --format html --output access.html", "a page to keep or to mail"],
                ["hostseal graph --serve", "changes show by themselves"],
                ["hostseal graph", "a Mermaid flowchart"],
                ["hostseal graph --json", "for a program"],
            ],
            args: [],
            options: {
                format: {
                    type: "string",
                    value: "FORMAT",
                    choices: ["mermaid", "json", "html"],
                    summary: "mermaid (default), json or html",
                },
                output: {
                    type: "string",
                    short: "o",
                    value: "FILE",
                    kind: "file",
                    summary: "Write to this file; - is standard output",
                },
                open: { type: "boolean", summary: "Show the page in a browser" },
                serve: { type: "boolean", summary: "Serve the page on 127.0.0.1 until Ctrl-C" },
                port: { type: "string", value: "N", summary: "Serve on this port, not on a free one" },
                since: {
                    type: "string",
                    value: "REVISION",
                    summary: "Compare the page with this commit, branch or tag",
                },
                ...at,
            },
            effect: "reads",
        },
        async () => (await import("./graph.ts")).graph,
    ),
    command(
        {
            words: "manifest",
            summary: "Write what hostseal-agent installs on a machine without NixOS",
            description: [
                "Prints the manifest of a machine: all secrets and vars that it may read, below /run/secrets. With --settings a JSON " +
                    "file says what the repository does not: owners, modes, paths, units to restart, templates, and in a " +
                    "repository with a .sops.yaml which values of which files. Paths are those of this working tree, unless the " +
                    "settings have another one. No key is needed. docs/without-nixos.md has the whole way.",
            ],
            examples: [
                ["hostseal manifest web01 > manifest.json", "all that web01 may read, owned by root"],
                [
                    "hostseal manifest web01 --settings web01.json > manifest.json",
                    "with owners, modes and units",
                ],
            ],
            args: [{ name: "machine", completes: "machine", summary: "the name of a machine" }],
            options: {
                settings: {
                    type: "string",
                    value: "FILE",
                    kind: "file",
                    summary:
                        "Take owners, modes, paths, units and templates from this file; - is standard input",
                },
            },
            effect: "reads",
        },
        async () => (await import("./manifest.ts")).writeManifest,
    ),
]
