// Private key files. Where one is unsafe it is used all the same, because leaving it out would only take secrets away
// from their owner; what is unsafe is said, with the line that mends it.

import { realpathSync } from "node:fs"
import type { Stats } from "node:fs"
import { basename } from "node:path"
import { UserError } from "../error.ts"
import { NotRegular, readRegular } from "./regular-file.ts"
import { withoutCall } from "./system-error.ts"

/** Who reads a key file, and how large it may be. */
export interface KeyFileRules {
    /** The user who reads (`process.getuid()`, never SUDO_UID): a file of theirs or of root is no surprise. */
    readonly uid: number
    /** In bytes; see `largestSshKey` and `largestIdentityFile`. */
    readonly largest: number
    /** Told once when others can read or change the file: what is unsafe, and the line that mends it. */
    readonly warn: (warning: string) => void
}

/** No SSH key that can be used is larger. */
export const largestSshKey = 16 * 1024
/** The same limit as that of rage. */
export const largestIdentityFile = 16 * 1024 * 1024

/**
 * Reads a private key file, whoever it belongs to: a regular file, opened without waiting, of a bounded size. A symlink
 * is followed; its target counts. `/dev/null` is an empty file. What was looked at is what is read, because both go
 * through one descriptor. `undefined` when there is no such file; `UserError` when it cannot be read.
 */
export function readKeyFile(path: string, { uid, largest, warn }: KeyFileRules): Buffer | undefined {
    const check = (status: Stats): void => {
        if (status.size > largest)
            throw refused(path, `it has ${status.size} bytes, at most ${largest} are read`)
        const warning = unsafe(path, status, uid)
        if (warning !== undefined) warn(warning)
    }
    try {
        // Not from the pool, whose memory is handed on.
        return readRegular(path, { links: "follow", check, room: (size) => Buffer.alloc(size) }).content
    } catch (error) {
        if (error instanceof UserError) throw error
        if (error instanceof NotRegular) {
            if (isNull(path)) return Buffer.alloc(0)
            throw refused(path, `it ${error.message}`)
        }
        if (isMissing(error)) return undefined
        throw new UserError(`cannot read the key file ${path}`, { cause: withoutCall(error) })
    }
}

/** What is unsafe about a key file that `uid` reads, in one line; `undefined` when nothing is. */
function unsafe(path: string, { uid: owner, mode }: Stats, uid: number): string | undefined {
    const foreign = owner !== uid && owner !== 0
    const open = (mode & 0o077) !== 0
    if (!foreign && !open) return undefined
    const faults = [
        ...(foreign ? [`it belongs to uid ${owner}`] : []),
        ...(open ? [`its mode is ${(mode & 0o7777).toString(8).padStart(4, "0")}`] : []),
    ]
    const mend = owner === uid ? `chmod 0600 ${quoted(path)}` : copy(path, uid)
    return `the key file ${path} is not private: ${faults.join(", ")} (${isInStore(path) ? storeMend : mend})`
}

const storeMend = "everyone can read the Nix store: keep private keys outside of it and make a new one"

/** Whoever the file belongs to may need it as it is. */
function copy(path: string, uid: number): string {
    const directory = uid === 0 ? "/var/lib/sops-nix" : "~/.config/sops/age"
    return `name a copy of your own: install -D -m 0600 ${quoted(path)} ${directory}/${quoted(basename(path))}`
}

function isInStore(path: string): boolean {
    try {
        return realpathSync(path).startsWith("/nix/store/")
    } catch {
        return path.startsWith("/nix/store/")
    }
}

function isNull(path: string): boolean {
    try {
        return realpathSync(path) === "/dev/null"
    } catch {
        return false
    }
}

function quoted(path: string): string {
    return /^[\w@%+=:,./-]+$/u.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

function isMissing(error: unknown): boolean {
    return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")
}

function refused(path: string, why: string): UserError {
    return new UserError(`the key file ${path} is refused: ${why}`)
}
