// What the agent remembers about a generation: one file of its own for each, private, in the same memory file system,
// so that it is gone with the secrets. It holds no value, only keyed hashes of values with the key beside them
// (security §12), which is enough to tell whether a live file still is what was installed.
//
// The state of generation N counts only while N is live, so it is committed by the same rename.

import { createHmac, randomBytes } from "node:crypto"
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as z from "zod/mini"
import { privateDirectory } from "./generation.ts"
import { isAbsent } from "./system-error.ts"

/** A file as `stat` identifies it. Any change to it, even one that puts the same bytes back, changes this. */
const identity = z.strictObject({
    dev: z.number(),
    ino: z.number(),
    size: z.number(),
    mtimeMs: z.number(),
    ctimeMs: z.number(),
})
export type FileIdentity = z.infer<typeof identity>

const installedFile = z.strictObject({
    /** Keyed hash of its content. */
    mac: z.string(),
    uid: z.number(),
    gid: z.number(),
    mode: z.number(),
    /** The generation that its content first came with, and when. */
    since: z.number(),
    at: z.string(),
    /** It could not be renewed, and this is what it was before. */
    stale: z.boolean(),
    /** What a secret was taken from, when it can be told whether that is still the same. */
    origin: z.optional(
        z.strictObject({
            source: z.string(),
            format: z.string(),
            key: z.string(),
            identity,
            /** The public keys that can open the source, of those we had. */
            recipients: z.array(z.string()),
        }),
    ),
})
export type InstalledFile = z.infer<typeof installedFile>

const placed = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("link"), path: z.string(), target: z.string(), file: z.string() }),
    z.strictObject({ kind: z.literal("copy"), path: z.string(), mac: z.string(), file: z.string() }),
])
/** Something that was put at the `path` of an entry, outside of the generation. */
export type Placed = z.infer<typeof placed>

const stateSchema = z.strictObject({
    version: z.literal(1),
    /** The agent that wrote it: another version may read documents differently. */
    agent: z.string(),
    key: z.string(),
    files: z.record(z.string(), installedFile),
    placed: z.array(placed),
})

export interface State {
    /** The key of the keyed hashes. */
    readonly key: Buffer
    readonly files: ReadonlyMap<string, InstalledFile>
    readonly placed: readonly Placed[]
}

/** A state that knows nothing, with a new key. */
export function emptyState(): State {
    return { key: randomBytes(32), files: new Map(), placed: [] }
}

/** The state of a generation; empty when there is none that this version of the agent wrote. */
export function readState(mountPoint: string, number: number, agent: string): State {
    const text = readText(stateFile(mountPoint, number))
    if (text === undefined) return emptyState()
    const { data } = stateSchema.safeParse(parse(text))
    if (data === undefined) return emptyState()
    const files = data.agent === agent ? Object.entries(data.files) : []
    return { key: Buffer.from(data.key, "base64"), files: new Map(files), placed: data.placed }
}

/** Writes the state of a generation, all of it or nothing. The private directory must exist. */
export function writeState(mountPoint: string, number: number, agent: string, state: State): void {
    const path = stateFile(mountPoint, number)
    const written: z.infer<typeof stateSchema> = {
        version: 1,
        agent,
        key: state.key.toString("base64"),
        files: Object.fromEntries(state.files),
        placed: [...state.placed],
    }
    try {
        writeFileSync(`${path}.new`, JSON.stringify(written), { mode: 0o600 })
        renameSync(`${path}.new`, path)
    } catch (error) {
        rmSync(`${path}.new`, { force: true })
        throw error
    }
}

/** Forgets a generation. */
export function removeState(mountPoint: string, number: number): void {
    rmSync(stateFile(mountPoint, number), { force: true })
}

/** The keyed hash of a value. */
export function keyedHash(key: Buffer, value: Buffer): string {
    return createHmac("sha256", key).update(value).digest("base64url")
}

function stateFile(mountPoint: string, number: number): string {
    return join(privateDirectory(mountPoint), `${number}.json`)
}

function readText(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8")
    } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
    }
}

function parse(text: string): unknown {
    try {
        return JSON.parse(text)
    } catch {
        return undefined
    }
}
