import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"
import { existing, making, manifest, valueFrom } from "../../cli/options.ts"

const machines = {
    name: "machine",
    kind: "machine",
    optional: true,
    repeat: true,
    summary: "only the vars of these machines",
} as const

/** As clan names it. */
const varName = { name: "var", summary: "its generator and file: GENERATOR/FILE" } as const

export const varCommands: readonly Command[] = [
    command(
        {
            words: "generate",
            aliases: ["vars generate"],
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
                changed: {
                    type: "boolean",
                    summary: "Make anew what was made by another declaration, too",
                },
                prune: {
                    type: "boolean",
                    summary:
                        "Remove the values that no generator declares any more, too; they are listed first",
                },
                ...making,
            },
            effect: "writes",
        },
        async () => (await import("./generate.ts")).generate,
    ),
    command(
        {
            words: "rotate",
            aliases: ["vars rotate"],
            summary: "Make values anew, and what is made of them",
            description: [
                "By name, because they are older than their generators allow (--due), because somebody who could read them " +
                    "no longer may (--debt), or all of them. What is made of a new value is made anew, too. Everything is " +
                    "listed first, with why and who reads it, and with those that only a person can change; then it is one " +
                    "commit, or nothing is changed. A new value pays the debt of the old one.",
                "Where the old value opens what would be lost without it (disks, host keys, backups), the name of its generator " +
                    "has to be typed, or given with --confirm; --yes is no answer to that.",
                "With overlap the value before stays as FILE.previous for its readers, until the next rotation, or --finish: that is " +
                    "refused while a machine that reads it is not known to have the new one (machines status).",
            ],
            examples: [
                ["hostseal rotate --debt --manifest generators.json", "after somebody has left"],
                ["hostseal rotate --due --dry-run --manifest generators.json", "what has grown too old"],
                ["hostseal rotate vpn --machine web01 --manifest generators.json", "one, on one machine"],
                ["hostseal rotate --finish", "no machine needs the values before any more"],
            ],
            args: [{ name: "generator", optional: true, repeat: true, summary: "names of generators" }],
            options: {
                due: { type: "boolean", summary: "Those that are older than they may be" },
                debt: {
                    type: "boolean",
                    summary: "Those whose values somebody knows who no longer may read them",
                },
                all: { type: "boolean", summary: "All that there are" },
                finish: {
                    type: "boolean",
                    summary: "Remove the values before, where all machines are known to have the new ones",
                },
                machine: {
                    type: "string",
                    value: "MACHINE",
                    kind: "machine",
                    multiple: true,
                    summary: "Only of those that this machine declares; may be repeated",
                },
                ...making,
            },
            effect: "writes",
        },
        async () => (await import("./rotate.ts")).rotate,
    ),
    command(
        {
            words: "vars check",
            summary: "Check that the vars of machines are there, and that the machines can read them",
            description: [
                "As clan says it, with exit code 1 when something is wrong: recipients that are not what the links say, and, with " +
                    "--manifest, what is missing or was made for something else. Without machines all are checked. Needs no key.",
            ],
            examples: [
                ["hostseal vars check web01", "what the tree says"],
                ["hostseal vars check --manifest generators.json", "and what is declared, for all machines"],
            ],
            args: [machines],
            options: { manifest },
            effect: "reads",
        },
        async () => (await import("./check.ts")).checkVars,
    ),
    command(
        {
            words: "vars fix",
            summary: "Encrypt the vars of machines for exactly those whom their links name",
            description: [
                "As key update does for every secret; without machines for the vars of all. Whom that would let in is a question.",
            ],
            examples: [["hostseal vars fix web01", "after vars check has found something"]],
            args: [machines],
            options: {},
            effect: "writes",
        },
        async () => (await import("./check.ts")).fixVars,
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
