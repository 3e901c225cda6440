// What is installed, for people and programs that watch a machine. It names secrets, files and public keys and never
// holds a value. It lies with the secrets, and a copy where the manifest wants one.

import { renameSync, rmSync } from "node:fs"
import { basename, dirname } from "node:path"
import { UserError } from "../../error.ts"
import { privateDirectory } from "../generation/generation.ts"
import { openDirectory } from "../generation/open-directory.ts"
import { openToAll } from "../generation/provide-directory.ts"
import type { Verdict } from "../../sops/binding.ts"
import { createFile } from "../generation/write-file.ts"

export interface StatusEntry {
    readonly name: string
    /** Installed; or an old value is in its place; or it is missing; or what is there was made up. */
    readonly state: "installed" | "stale" | "missing" | "stand-in"
    readonly path: string
    /** The encrypted file, or the text of a template. */
    readonly source: string | null
    /** SHA-256 of the encrypted file that its value came from, in hex. */
    readonly sourceHash?: string | null | undefined
    readonly format: string | null
    readonly key: string | null
    readonly owner: number | null
    readonly group: number | null
    readonly mode: string
    /** The generation and the time that its value first came with. */
    readonly generation: number | null
    readonly since: string | null
    readonly optional: boolean
    /** How the file of a secret was bound, if that was looked at: "bound", or what is wrong with it. */
    readonly binding?: Verdict["kind"] | null | undefined
    /** Why it is not as it should be, as it was printed. */
    readonly problem: readonly string[]
}

export interface Status {
    readonly version: 1
    readonly agent: string
    readonly manifest: string
    readonly symlink: string
    readonly mountPoint: string
    /** The live generation. */
    readonly generation: number | null
    /** The last run, which may have changed nothing. */
    readonly run: {
        readonly at: string
        readonly result: "ok" | "partial" | "failed"
        readonly exitCode: number
        readonly problems: readonly string[]
        readonly warnings: readonly string[]
    }
    /** When everything was last as it should be. */
    readonly lastSuccess: string | null
    readonly identities: readonly {
        readonly path: string
        readonly recipients: readonly string[]
        readonly problem: string | null
    }[]
    readonly secrets: readonly StatusEntry[]
    readonly templates: readonly StatusEntry[]
}

/** Where the status of a mount point is. */
export function statusPath(mountPoint: string): string {
    return `${privateDirectory(mountPoint)}/status.json`
}

/** Writes a status atomically, readable for root and the group given. */
export function writeStatus(path: string, status: Status, group: number): void {
    replaceFile(path, `${JSON.stringify(status)}\n`, 0o640, group)
}

/**
 * Puts a file without secrets in its place, all of it or nothing. Throws `UserError` when somebody else's link leads
 * to the place.
 */
export function replaceFile(path: string, text: string, mode: number, group: number): void {
    const directory = openDirectory(dirname(path), () => ({ uid: -1, gid: -1, mode: openToAll }))
    if (directory === undefined)
        throw new UserError(`cannot make ${dirname(path)}: a link on the way leads nowhere`)
    const prepared = directory.at(`${basename(path)}.new`)
    try {
        rmSync(prepared, { force: true })
        // Through one descriptor: the directory may belong to somebody who puts a link in the place of the new file.
        createFile(prepared, Buffer.from(text), { uid: -1, gid: group, mode })
        renameSync(prepared, directory.at(basename(path)))
    } catch (error) {
        rmSync(prepared, { force: true })
        throw error
    } finally {
        directory.close()
    }
}
