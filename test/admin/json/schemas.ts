// What every command prints with `--json`. docs/json.md is made from this, and what the program prints is held against it.

import * as z from "zod"

const text = z.string()
const texts = z.array(text)
const reader = z.strictObject({ kind: z.enum(["user", "machine"]), name: text })
const routes = z.array(
    z.union([
        z.strictObject({ kind: z.literal("direct") }),
        z.strictObject({ kind: z.literal("group"), group: text }),
    ]),
)
const moment = z.strictObject({ commit: text, date: text })
const key = z.strictObject({
    publickey: text,
    source: text,
    type: z.enum(["age", "pgp"]),
    username: text,
})
const problem = z.strictObject({
    code: text,
    path: text,
    message: text,
    hint: z.optional(text),
})
const why = z.looseObject({ kind: text })
const grantees = z.strictObject({ users: texts, groups: texts, machines: texts })

/** What a command prints, and which commands do. */
export interface Shape {
    readonly title: string
    /** The words of the commands. */
    readonly commands: readonly string[]
    readonly about: string
    readonly schema: z.ZodObject
}

const record = (shape: z.ZodRawShape): z.ZodObject => z.strictObject({ version: z.literal(1), ...shape })

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
        title: "Whether vars are there",
        commands: ["vars check"],
        about: "Exit code 1 when there are faults.",
        schema: record({ ok: z.boolean(), faults: z.array(z.looseObject({})) }),
    },
    {
        title: "Who reads a secret",
        commands: ["audit secret"],
        about: "Through a link of their own (`direct`), or through groups.",
        schema: record({ secret: text, readers: z.array(z.strictObject({ ...reader.shape, routes })) }),
    },
    {
        title: "What somebody reads",
        commands: ["audit user", "audit machine"],
        about: "",
        schema: record({ reader, secrets: z.array(z.strictObject({ secret: text, routes })) }),
    },
    {
        title: "What somebody could ever read",
        commands: ["audit user", "audit machine"],
        about: "With `--ever`: the first and the last commit that shows it, and whether links or the file do.",
        schema: record({
            reader,
            ever: z.array(
                z.strictObject({
                    secret: text,
                    since: moment,
                    until: moment,
                    still: z.boolean(),
                    shownBy: z.array(z.enum(["links", "file"])),
                }),
            ),
        }),
    },
    {
        title: "What a group reads",
        commands: ["audit group"],
        about: "",
        schema: record({ group: text, users: texts, machines: texts, secrets: texts }),
    },
    {
        title: "What resists quantum computers",
        commands: ["audit post-quantum"],
        about: "",
        schema: record({
            secrets: z.array(
                z.strictObject({
                    secret: text,
                    state: z.enum(["post-quantum", "mixed", "classic"]),
                    blockers: z.array(reader),
                }),
            ),
        }),
    },
    {
        title: "Values to change",
        commands: ["debt"],
        about: "Who lost access, when it had begun, and the recipients that could open it. Exit code 5 with `--max-days`.",
        schema: record({
            ok: z.boolean(),
            debts: z.array(
                z.strictObject({
                    secret: text,
                    key: z.optional(text),
                    days: z.int(),
                    lost: text,
                    since: z.nullable(text),
                    at: text,
                    recipients: texts,
                    iv: z.optional(text),
                }),
            ),
            pending: z.optional(z.array(z.looseObject({}))),
        }),
    },
    {
        title: "The access map",
        commands: ["graph"],
        about: "`path` is what other records call `secret`.",
        schema: record({
            users: z.array(z.strictObject({ name: text, keys: z.int() })),
            machines: z.array(z.strictObject({ name: text, keys: z.int() })),
            groups: z.array(z.strictObject({ name: text, users: texts, machines: texts })),
            secrets: z.array(
                z.strictObject({
                    path: text,
                    ...grantees.shape,
                    readers: z.array(z.strictObject({ ...reader.shape, routes })),
                }),
            ),
        }),
    },
    {
        title: "Names of users",
        commands: ["users list"],
        about: "",
        schema: record({ users: z.array(z.strictObject({ name: text })) }),
    },
    {
        title: "Names of machines",
        commands: ["machines list"],
        about: "",
        schema: record({ machines: z.array(z.strictObject({ name: text })) }),
    },
    {
        title: "Groups",
        commands: ["groups list"],
        about: "",
        schema: record({ groups: z.array(z.strictObject({ name: text, machines: texts, users: texts })) }),
    },
    {
        title: "Keys",
        commands: ["key show", "users get"],
        about: "Without `--json` this is the bare list, as clan prints it.",
        schema: record({ keys: z.array(key) }),
    },
    {
        title: "Keys of a machine",
        commands: ["machines get"],
        about: "",
        schema: record({ keys: z.array(z.strictObject({ publickey: text, type: z.enum(["age", "pgp"]) })) }),
    },
    {
        title: "A new key",
        commands: ["key generate"],
        about: "Its public half and its file; with `--dry-run` the file alone; the keys that are there when none is made.",
        schema: record({
            dryRun: z.optional(z.boolean()),
            publickey: z.optional(text),
            path: z.optional(text),
            keys: z.optional(z.array(z.strictObject({ publickey: text }))),
        }),
    },
    {
        title: "A machine that does not exist yet",
        commands: ["machines bootstrap"],
        about: "",
        schema: record({
            machine: text,
            publickey: z.optional(text),
            fingerprint: text,
            directory: z.optional(text),
            host: z.optional(text),
            matches: z.optional(z.boolean()),
        }),
    },
    {
        title: "What machines have",
        commands: ["machines status"],
        about: "Exit code 5 when one is behind, or was not heard.",
        schema: record({
            machines: z.array(
                z.strictObject({
                    machine: text,
                    heard: z.nullable(text),
                    current: z.int(),
                    late: z.array(
                        z.strictObject({
                            secret: text,
                            state: z.enum(["earlier", "absent"]),
                            from: z.nullable(text),
                        }),
                    ),
                }),
            ),
        }),
    },
    {
        title: "Rules",
        commands: ["export-rules"],
        about: "",
        schema: record({ rules: z.array(z.strictObject({ files: texts, recipients: texts })) }),
    },
    {
        title: "What is right and wrong here",
        commands: ["doctor"],
        about: "",
        schema: record({
            flake: z.nullable(text),
            user: z.nullable(text),
            keys: z.array(z.strictObject({ place: text, recipients: texts, problem: z.nullable(text) })),
            checks: z.array(z.strictObject({ area: text, state: text, text, next: z.nullable(text) })),
        }),
    },
    {
        title: "Steps",
        commands: ["git-setup"],
        about: "With `--dry-run`.",
        schema: record({ dryRun: z.literal(true), steps: texts }),
    },
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
    "machines needs": "it compares with a manifest, and its record follows that",
}

/** An error, on standard error. */
export const errorSchema = record({
    error: z.looseObject({ code: text, message: text, details: texts, hint: z.nullable(text) }),
})

/** A warning, on standard error. */
export const warningSchema = record({ warning: z.strictObject({ message: text }) })
