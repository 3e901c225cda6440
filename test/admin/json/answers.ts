// What commands that look at a repository print.

import * as z from "zod"
import { grantees, key, moment, reader, record, routes, text, texts } from "./parts.ts"
import type { Shape } from "./parts.ts"

/** Who reads what, keys and names, and what machines have. */
export const answers: readonly Shape[] = [
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
