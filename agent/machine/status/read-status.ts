import { readFileSync } from "node:fs"
import * as z from "zod/mini"
import { UserError } from "../../error.ts"
import type { Status } from "./status.ts"
import { codeOf, withoutCall } from "../../os/system-error.ts"

const absent = new Set(["ENOENT", "ENOTDIR"])

const entry = z.strictObject({
    name: z.string(),
    state: z.enum(["installed", "stale", "missing", "stand-in"]),
    path: z.string(),
    source: z.nullable(z.string()),
    sourceHash: z.nullish(z.string()),
    format: z.nullable(z.string()),
    key: z.nullable(z.string()),
    owner: z.nullable(z.number()),
    group: z.nullable(z.number()),
    mode: z.string(),
    generation: z.nullable(z.number()),
    since: z.nullable(z.string()),
    optional: z.boolean(),
    binding: z.nullish(z.enum(["bound", "elsewhere", "readers", "entries", "unbound"])),
    problem: z.array(z.string()),
})

const statusSchema: z.ZodMiniType<Status> = z.strictObject({
    version: z.literal(1),
    agent: z.string(),
    manifest: z.string(),
    symlink: z.string(),
    mountPoint: z.string(),
    generation: z.nullable(z.number()),
    run: z.strictObject({
        at: z.string(),
        result: z.enum(["ok", "partial", "failed"]),
        exitCode: z.number(),
        problems: z.array(z.string()),
        warnings: z.array(z.string()),
    }),
    lastSuccess: z.nullable(z.string()),
    identities: z.array(
        z.strictObject({
            path: z.string(),
            recipients: z.array(z.string()),
            problem: z.nullable(z.string()),
        }),
    ),
    secrets: z.array(entry),
    templates: z.array(entry),
})

/** Reads a status; `undefined` when there is none, or none of this version. Throws `UserError`. */
export function readStatus(path: string): Status | undefined {
    let text: string
    try {
        text = readFileSync(path, "utf8")
    } catch (error) {
        if (absent.has(codeOf(error) ?? "")) return undefined
        throw new UserError(`cannot read ${path}`, {
            cause: withoutCall(error),
            ...(codeOf(error) === "EACCES" ? { hint: "run it as root, or as the user who installed" } : {}),
        })
    }
    try {
        return statusSchema.safeParse(JSON.parse(text)).data
    } catch {
        return undefined
    }
}
