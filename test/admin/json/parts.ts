// What several records have in common.

import * as z from "zod"

export const text = z.string()
export const texts = z.array(text)
export const reader = z.strictObject({ kind: z.enum(["user", "machine"]), name: text })
export const routes = z.array(
    z.union([
        z.strictObject({ kind: z.literal("direct") }),
        z.strictObject({ kind: z.literal("group"), group: text }),
    ]),
)
export const moment = z.strictObject({ commit: text, date: text })
export const key = z.strictObject({
    publickey: text,
    source: text,
    type: z.enum(["age", "pgp"]),
    username: text,
})
export const problem = z.strictObject({
    code: text,
    path: text,
    message: text,
    hint: z.optional(text),
})
export const why = z.looseObject({ kind: text })
export const grantees = z.strictObject({ users: texts, groups: texts, machines: texts })

/** What a command prints, and which commands do. */
export interface Shape {
    readonly title: string
    /** The words of the commands. */
    readonly commands: readonly string[]
    readonly about: string
    readonly schema: z.ZodObject
}

export const record = (shape: z.ZodRawShape): z.ZodObject =>
    z.strictObject({ version: z.literal(1), ...shape })
