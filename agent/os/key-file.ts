import type { Stats } from "node:fs"
import { UserError } from "../error.ts"
import { NotRegular, readRegular } from "./regular-file.ts"

/** Whose key files may be read, and how large they may be. */
export interface KeyFileRules {
    /** Root for the agent; root and the invoking user (`process.getuid()`, never SUDO_UID) for the admin program. */
    readonly owners: readonly number[]
    /** In bytes; see `largestSshKey` and `largestIdentityFile`. */
    readonly largest: number
    /** Whether a file of zero bytes is an answer and no error. */
    readonly empty?: "allowed"
}

/** No SSH key that can be used is larger. */
export const largestSshKey = 16 * 1024
/** The same limit as that of rage. */
export const largestIdentityFile = 16 * 1024 * 1024

/**
 * Reads a private key file after looking at where it comes from: a regular file, owned by one of `owners`, closed to
 * group and others. A symlink is followed; its target counts. What was checked is what is read, because both go through
 * one descriptor. `undefined` when there is no such file; `UserError` when it must not be used.
 */
export function readKeyFile(path: string, { owners, largest, empty }: KeyFileRules): Buffer | undefined {
    const check = ({ uid, mode, size }: Stats): void => {
        if (!owners.includes(uid))
            throw refused(path, `it belongs to uid ${uid}`, `the owner must be uid ${owners.join(" or ")}`)
        if ((mode & 0o077) !== 0)
            throw refused(path, `its mode is ${(mode & 0o7777).toString(8).padStart(4, "0")}`, remedy(path))
        if (size === 0 && empty !== "allowed") throw refused(path, "it is empty")
        if (size > largest) throw refused(path, `it has ${size} bytes, at most ${largest} are read`)
    }
    try {
        // Not from the pool, whose memory is handed on.
        return readRegular(path, { links: "follow", check, room: (size) => Buffer.alloc(size) }).content
    } catch (error) {
        if (error instanceof UserError) throw error
        if (error instanceof NotRegular) throw refused(path, `it ${error.message}`)
        if (isMissing(error)) return undefined
        throw new UserError(`cannot read the key file ${path}`, { cause: error })
    }
}

function isMissing(error: unknown): boolean {
    return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")
}

function remedy(path: string): string {
    if (path.startsWith("/nix/store/"))
        return "everyone can read the Nix store: keep private keys outside of it and make a new one"
    return `chmod 0600 ${path}`
}

function refused(path: string, why: string, hint?: string): UserError {
    return new UserError(`the key file ${path} is refused: ${why}`, hint === undefined ? {} : { hint })
}
