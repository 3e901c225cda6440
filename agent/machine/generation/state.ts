// What the agent remembers about a generation: one file of its own for each, private, in the same memory file system,
// so that it is gone with the secrets. It holds no value, only keyed hashes of values with the key beside them
// (docs/security-rules.md#what-is-told), which is enough to tell whether a live file still is what was installed.
//
// The state of generation N counts only while N is live, so it is committed by the same rename.

import { createHmac, createSecretKey, randomBytes } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import type { BindingCheck } from "../binding.ts"
import { privateDirectory } from "./generation.ts"
import { isAbsent } from "../../os/system-error.ts"

/** A file as `stat` identifies it. Any change to it, even one that puts the same bytes back, changes this. */
export interface FileIdentity {
    readonly dev: number
    readonly ino: number
    readonly size: number
    readonly mtimeMs: number
    readonly ctimeMs: number
}

export interface InstalledFile {
    /** Keyed hash of its content. */
    readonly mac: string
    readonly uid: number
    readonly gid: number
    readonly mode: number
    /** The generation that its content first came with, and when. */
    readonly since: number
    readonly at: string
    /** It could not be renewed, and this is what it was before. */
    readonly stale: boolean
    /** What a secret was taken from, when it can be told whether that is still the same. */
    readonly origin?: {
        readonly source: string
        readonly format: string
        readonly key: string
        /** Its value is the hash of what is in there. */
        readonly hashed?: string | undefined
        readonly identity: FileIdentity
        /** The public keys that can open the source, of those we had. */
        readonly recipients: readonly string[]
    }
    /** How its file was bound, when that was looked at. */
    readonly binding?: BindingCheck
    /** SHA-256 of the encrypted file that it came from, in hex. */
    readonly sourceHash?: string
}

/** Something that was put at the `path` of an entry, outside of the generation. */
export type Placed =
    | { readonly kind: "link"; readonly path: string; readonly target: string; readonly file: string }
    | { readonly kind: "copy"; readonly path: string; readonly mac: string; readonly file: string }

/**
 * The file is written and read by this program only, in a directory that nobody else can enter, and counts only when
 * the very same version wrote it. So its first fields are checked, and the rest is taken as it was written.
 */
interface Written {
    readonly layout: 1
    readonly agent: string
    readonly key: string
    readonly files: readonly (readonly [string, InstalledFile])[]
    readonly placed: readonly Placed[]
    readonly standIn?: boolean
}

export interface State {
    /** The key of the keyed hashes. */
    readonly key: KeyObject
    readonly files: ReadonlyMap<string, InstalledFile>
    readonly placed: readonly Placed[]
    /** No value in it came from a key: they are made up. */
    readonly standIn: boolean
}

/** A state that knows nothing, with a new key. */
export function emptyState(): State {
    return { key: createSecretKey(randomBytes(32)), files: new Map(), placed: [], standIn: false }
}

/** The state of a generation; empty when there is none that this version of the agent wrote. */
export function readState(mountPoint: string, number: number, agent: string): State {
    const text = readText(stateFile(mountPoint, number))
    if (text === undefined) return emptyState()
    const written = parse(text)
    if (written === undefined) return emptyState()
    // Another version may read documents differently. What it put somewhere still has to be taken away.
    const files = written.agent === agent ? written.files : []
    const { placed, standIn = false } = written
    return { key: createSecretKey(written.key, "base64"), files: new Map(files), placed, standIn }
}

/** Writes the state of a generation, all of it or nothing. The private directory must exist. */
export function writeState(mountPoint: string, number: number, agent: string, state: State): void {
    // The same name for each generation: what a killed run left is overwritten by the next one.
    const prepared = `${privateDirectory(mountPoint)}/state.new`
    const written: Written = {
        layout: 1,
        agent,
        key: state.key.export().toString("base64"),
        files: [...state.files],
        placed: state.placed,
        ...(state.standIn ? { standIn: true } : {}),
    }
    try {
        writeFileSync(prepared, JSON.stringify(written), { mode: 0o600 })
        renameSync(prepared, stateFile(mountPoint, number))
    } catch (error) {
        rmSync(prepared, { force: true })
        throw error
    }
}

/** Whether anything is remembered about a generation. */
export function hasState(mountPoint: string, number: number): boolean {
    return existsSync(stateFile(mountPoint, number))
}

/** Forgets a generation. */
export function removeState(mountPoint: string, number: number): void {
    rmSync(stateFile(mountPoint, number), { force: true })
}

/** The keyed hash of a value. */
export function keyedHash(key: KeyObject, value: Buffer): string {
    return createHmac("sha256", key).update(value).digest("base64url")
}

function stateFile(mountPoint: string, number: number): string {
    return `${privateDirectory(mountPoint)}/${number}.json`
}

function readText(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8")
    } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
    }
}

function parse(text: string): Written | undefined {
    try {
        const written: unknown = JSON.parse(text)
        return isWritten(written) ? written : undefined
    } catch {
        return undefined
    }
}

function isWritten(value: unknown): value is Written {
    if (typeof value !== "object" || value === null) return false
    if (!("layout" in value) || value.layout !== 1 || !("key" in value) || typeof value.key !== "string")
        return false
    return "files" in value && Array.isArray(value.files) && "placed" in value && Array.isArray(value.placed)
}
