// What every command prints with `--json`. docs/json.md is made from this, and what the program prints is held against it.

import * as z from "zod"
import { answers } from "./answers.ts"
import { grantees, problem, reader, record, text, texts, why } from "./parts.ts"
import type { Shape } from "./parts.ts"

const changing = {
    message: text,
    access: z.array(z.strictObject({ secret: text, gained: texts, lost: texts })),
    sealed: z.array(
        z.strictObject({
            secret: text,
            how: z.enum(["new", "value", "rewrap", "rotate", "bind"]),
            removedRecipients: texts,
        }),
    ),
    changes: z.array(
        z.strictObject({ kind: z.enum(["text", "bytes", "link", "unlink", "move", "drop"]), path: text }),
    ),
}

/** Every record. Of two for one command the first that fits counts. */
export const shapes: readonly Shape[] = [
    {
        title: "A change",
        commands: [
            "set",
            "edit",
            "bind",
            "grant",
            "revoke",
            "rename",
            "remove",
            "undo",
            "generate",
            "rotate",
            "vars fix",
            "vars set",
            "import-sops",
            "import-agenix",
            "key update",
            "attest",
            "users add",
            "users rename",
            "users remove",
            "users add-secret",
            "users remove-secret",
            "users add-key",
            "users remove-key",
            "machines add",
            "machines rename",
            "machines remove",
            "machines add-secret",
            "machines remove-secret",
            "machines add-key",
            "machines remove-key",
            "groups add-user",
            "groups remove-user",
            "groups add-machine",
            "groups remove-machine",
            "groups rename",
            "groups add-secret",
            "groups remove-secret",
        ],
        about:
            "Who gained and lost which secret (readers as `user:bob`), which files were encrypted and how, and what changed in the " +
            "tree. With `--dry-run` there are neither `paths` nor `committed`.",
        schema: record({
            dryRun: z.boolean(),
            ...changing,
            paths: z.optional(texts),
            committed: z.optional(z.boolean()),
        }),
    },
    {
        title: "Values to be made",
        commands: ["generate", "rotate"],
        about: "With `--dry-run`, and when there is nothing to make.",
        schema: record({
            dryRun: z.boolean(),
            generate: z.array(
                z.strictObject({ folder: text, why: z.array(why), files: texts, restartUnits: texts }),
            ),
            readers: z.optional(z.record(text, grantees)),
            byHand: texts,
            prune: z.optional(texts),
        }),
    },
    {
        title: "A departure",
        commands: ["offboard"],
        about: "The secrets whose values they know: those that generators make anew, and those that are left.",
        schema: record({
            dryRun: z.boolean(),
            user: text,
            keys: texts,
            groups: texts,
            knows: texts,
            renewed: texts,
            left: texts,
        }),
    },
    {
        title: "A value",
        commands: ["get", "vars get"],
        about: "`key` in a file of many values. `get --as json` prints names and values alone, for other programs.",
        schema: record({
            secret: text,
            name: text,
            key: z.optional(text),
            encoding: z.enum(["utf8", "base64"]),
            value: text,
        }),
    },
    {
        title: "Secrets",
        commands: ["list"],
        about: "With `--long` all fields, else the first two. `debts` counts those who still know the value and may not.",
        schema: record({
            secrets: z.array(
                z.strictObject({
                    secret: text,
                    name: text,
                    users: z.optional(texts),
                    machines: z.optional(texts),
                    changed: z.optional(
                        z.nullable(z.strictObject({ commit: text, date: text, author: text })),
                    ),
                    debts: z.optional(z.int()),
                }),
            ),
        }),
    },
    {
        title: "Vars",
        commands: ["list", "vars list"],
        about: "`list --vars`, and those of one machine, which have a `path` too.",
        schema: record({
            vars: z.array(
                z.strictObject({ secret: text, name: text, path: z.optional(text), public: z.boolean() }),
            ),
        }),
    },
    {
        title: "The past of a secret",
        commands: ["log"],
        about: "The newest first. `from` is the path that it had before; `owed` are those of `lost` who may still know the value.",
        schema: record({
            secret: text,
            log: z.array(
                z.strictObject({
                    commit: text,
                    date: text,
                    author: text,
                    signed: z.boolean(),
                    subject: text,
                    from: z.nullable(text),
                    made: z.boolean(),
                    removed: z.boolean(),
                    value: z.boolean(),
                    gained: texts,
                    lost: texts,
                    rekeyed: z.boolean(),
                    owed: texts,
                }),
            ),
        }),
    },
    {
        title: "Where you stand",
        commands: ["status"],
        about: "Exit code 5 when something is to do.",
        schema: record({
            ok: z.boolean(),
            caller: z.strictObject({
                readers: z.array(reader),
                keys: z.array(z.strictObject({ recipient: text, source: text })),
                locked: texts,
                opens: z.int(),
            }),
            users: z.int(),
            machines: z.int(),
            groups: z.int(),
            secrets: z.int(),
            todo: z.array(
                z.strictObject({ kind: text, path: z.nullable(text), message: text, next: z.nullable(text) }),
            ),
        }),
    },
    {
        title: "Whether everything agrees",
        commands: ["verify"],
        about: "Exit code 5 when there are problems. `opened` is null unless files were opened.",
        schema: record({
            ok: z.boolean(),
            secrets: z.int(),
            opened: z.nullable(z.int()),
            problems: z.array(problem),
            notes: z.optional(z.array(problem)),
        }),
    },
    {
        title: "What a machine takes its secrets from",
        commands: ["machines needs"],
        about: "Exit code 5 when it cannot open a file; `reason` says why. `unneeded` it opens, and takes nothing from.",
        schema: record({
            machine: z.string(),
            files: z.array(
                z.strictObject({
                    path: z.string(),
                    secrets: z.array(z.string()),
                    opens: z.boolean(),
                    reason: z.nullable(z.string()),
                }),
            ),
            unneeded: z.array(z.string()),
        }),
    },
    {
        title: "Whether vars are there",
        commands: ["vars check"],
        about: "Exit code 1 when there are faults.",
        schema: record({ ok: z.boolean(), faults: z.array(z.looseObject({})) }),
    },
    ...answers,
]

/** Commands that print no record, and why. */
export const without: Readonly<Record<string, string>> = {
    copy: "it writes to a terminal",
    run: "what is printed is what the command prints that it runs",
    completion: "it prints what a shell reads",
    man: "it writes files",
    "git-diff": "it prints what git shows",
    "git-merge": "git calls it, and reads its exit code",
    introduce: "it prints nothing",
    manifest: "what it prints is JSON already: a manifest of the agent",
}

/** An error, on standard error. */
export const errorSchema = record({
    error: z.looseObject({ code: text, message: text, details: texts, hint: z.nullable(text) }),
})

/** A warning, on standard error. */
export const warningSchema = record({ warning: z.strictObject({ message: text }) })
