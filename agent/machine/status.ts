// What is installed, for people and programs that watch a machine. It names secrets, files and public keys and never
// holds a value. It lies with the secrets, and a copy where the manifest wants one.

import { chownSync, chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as z from "zod/mini"
import { privateDirectory } from "./generation.ts"
import { isAbsent } from "./system-error.ts"

const entry = z.strictObject({
    name: z.string(),
    /** Installed; or an old value is in its place; or it is missing. */
    state: z.enum(["installed", "stale", "missing"]),
    path: z.string(),
    /** The encrypted file, or the text of a template. */
    source: z.nullable(z.string()),
    format: z.nullable(z.string()),
    key: z.nullable(z.string()),
    owner: z.nullable(z.number()),
    group: z.nullable(z.number()),
    mode: z.string(),
    /** The generation and the time that its value first came with. */
    generation: z.nullable(z.number()),
    since: z.nullable(z.string()),
    optional: z.boolean(),
    /** Why it is not as it should be, as it was printed. */
    problem: z.array(z.string()),
})
export type StatusEntry = z.infer<typeof entry>

const statusSchema = z.strictObject({
    version: z.literal(1),
    agent: z.string(),
    manifest: z.string(),
    symlink: z.string(),
    mountPoint: z.string(),
    /** The live generation. */
    generation: z.nullable(z.number()),
    /** The last run, which may have changed nothing. */
    run: z.strictObject({
        at: z.string(),
        result: z.enum(["ok", "partial", "failed"]),
        exitCode: z.number(),
        problems: z.array(z.string()),
        warnings: z.array(z.string()),
    }),
    /** When everything was last as it should be. */
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
export type Status = z.infer<typeof statusSchema>

/** Where the status of a mount point is. */
export function statusPath(mountPoint: string): string {
    return join(privateDirectory(mountPoint), "status.json")
}

/** Reads a status; `undefined` when there is none, or none of this version. */
export function readStatus(path: string): Status | undefined {
    let text: string
    try {
        text = readFileSync(path, "utf8")
    } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
    }
    try {
        return statusSchema.safeParse(JSON.parse(text)).data
    } catch {
        return undefined
    }
}

/** Writes a status atomically, readable for root and the group given. */
export function writeStatus(path: string, status: Status, group: number): void {
    replaceFile(path, `${JSON.stringify(status)}\n`, 0o640, group)
}

/** Puts a file without secrets in its place, all of it or nothing. */
export function replaceFile(path: string, text: string, mode: number, group: number): void {
    const prepared = `${path}.new`
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    rmSync(prepared, { force: true })
    try {
        writeFileSync(prepared, text, { mode: 0o600, flag: "wx" })
        chownSync(prepared, -1, group)
        chmodSync(prepared, mode)
        renameSync(prepared, path)
    } catch (error) {
        rmSync(prepared, { force: true })
        throw error
    }
}
