// Arguments and options that several commands share word for word.

import type { Arg, Option, Options } from "./command.ts"

/** Who may read a secret that is made or set. */
export const grantees = {
    user: {
        type: "string",
        value: "USER",
        kind: "user",
        multiple: true,
        summary: "Let this user read it; may be repeated",
    },
    machine: {
        type: "string",
        value: "MACHINE",
        kind: "machine",
        multiple: true,
        summary: "Let this machine read it; may be repeated",
    },
    group: {
        type: "string",
        value: "GROUP",
        kind: "group",
        multiple: true,
        summary: "Let this group read it; may be repeated",
    },
} as const satisfies Options

/** The same for what is taken from them. */
export const revokees = {
    user: { ...grantees.user, summary: "Take it from this user; may be repeated" },
    machine: { ...grantees.machine, summary: "Take it from this machine; may be repeated" },
    group: { ...grantees.group, summary: "Take it from this group; may be repeated" },
} as const satisfies Options

/** Public keys of a user. */
export const keyOptions = {
    "age-key": {
        type: "string",
        value: "KEY",
        completes: "file",
        multiple: true,
        summary: "An age or SSH public key, or a file that holds one; may be repeated",
    },
    "pgp-key": {
        type: "string",
        value: "FINGERPRINT",
        multiple: true,
        summary: "The fingerprint of a PGP key; may be repeated",
    },
} as const satisfies Options

/** The key as a positional argument, as the published page writes it. */
export const keyArgument = {
    name: "key",
    completes: "file",
    optional: true,
    summary: "an age or SSH public key (age1…, ssh-ed25519 …), or a file that holds one",
} as const satisfies Arg

export const force = {
    force: { type: "boolean", short: "f", summary: "Replace the keys of one that exists" },
} as const satisfies Options

/** Whose groups and links somebody new gets, or whose places in the rules of a `.sops.yaml`. */
export const like = {
    type: "string",
    value: "OTHER",
    summary:
        "Let them read what OTHER can: in the same groups, with the same links, or rules of a .sops.yaml",
} as const

/** What somebody new can read. */
export const firstSecrets = {
    secret: {
        type: "string",
        value: "SECRET",
        completes: "secret",
        multiple: true,
        summary: "Let them read this secret, or those of a pattern; may be repeated",
    },
} as const satisfies Options

/** What a new value may be, and whom it may be taken from. */
export const setting = {
    "allow-empty": { type: "boolean", summary: "Take an empty value for one that is meant" },
    force: { type: "boolean", short: "f", summary: "Replace a value that you cannot read" },
} as const satisfies Options

/** For who gives a value as an argument, where other programs see it and the shell remembers it. */
export const valueFrom =
    "a value is no argument: PROGRAM | hostseal set SECRET, or hostseal set SECRET, which asks for it"

/** A user, a machine, a group or a secret that exists. */
export const existing = {
    user: { name: "user", kind: "user", summary: "the name of a user" },
    machine: { name: "machine", kind: "machine", summary: "the name of a machine" },
    group: { name: "group", kind: "group", summary: "the name of a group" },
    secret: { name: "secret", kind: "secret", summary: "the name of a secret, or the path of a var" },
} as const satisfies Record<string, Arg>

/** What somebody, or a group, is called from now on. */
export function newName<K extends "user" | "machine" | "group">(kind: K) {
    return {
        name: "new-name",
        kind,
        fresh: true,
        completes: "nothing",
        summary: `the new name of the ${kind}`,
    } as const
}

/** Secrets that exist: names, and patterns of them. */
export const secrets = {
    name: "secret",
    completes: "secret",
    repeat: true,
    summary: "names of secrets, paths of vars, or patterns of them, as 'web.*'",
} as const satisfies Arg

/** What generators are to make. */
export const manifest = {
    type: "string",
    value: "FILE",
    kind: "file",
    summary: "What is declared, as JSON; - is standard input",
} as const satisfies Option

/** How values of generators are made. */
export const making = {
    manifest: { ...manifest, summary: `${manifest.summary}. If not given, the flake is evaluated` },
    answers: {
        type: "string",
        value: "FILE",
        kind: "file",
        summary: 'Answers to prompts, as {"web01/app/token": "…"}; - is standard input',
    },
    confirm: {
        type: "string",
        value: "GENERATOR",
        multiple: true,
        summary: "Replace also what this one made, though it asks for its name; may be repeated",
    },
    timeout: { type: "string", value: "SECONDS", summary: "How long a script may take; 60 if not given" },
    "no-sandbox": {
        type: "boolean",
        summary: "Run scripts with all that you may do; you are asked about it",
    },
} as const satisfies Options
