import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs"
import { UserError } from "./error.ts"

/** Whose key files may be read, and how large they may be. */
export interface KeyFileRules {
    /** Root for the agent; root and the invoking user (`process.getuid()`, never SUDO_UID) for the admin program. */
    readonly owners: readonly number[]
    /** In bytes; see `largestSshKey` and `largestIdentityFile`. */
    readonly largest: number
}

/** No SSH key that can be used is larger. */
export const largestSshKey = 16 * 1024
/** The same limit as that of rage. */
export const largestIdentityFile = 16 * 1024 * 1024

// O_NONBLOCK: opening a FIFO must not wait for a writer. O_NOCTTY: a terminal must not become ours.
const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/**
 * Reads a private key file after looking at where it comes from: a regular file, owned by one of `owners`, closed to
 * group and others. A symlink is followed; its target counts. What was checked is what is read, because both go through
 * one descriptor. `undefined` when there is no such file; `UserError` when it must not be used.
 */
export function readKeyFile(path: string, { owners, largest }: KeyFileRules): Buffer | undefined {
    const descriptor = open(path)
    if (descriptor === undefined) return undefined
    try {
        const { uid, mode, size } = statFile(path, descriptor)
        if (!owners.includes(uid))
            throw refused(path, `it belongs to uid ${uid}`, `the owner must be uid ${owners.join(" or ")}`)
        if ((mode & 0o077) !== 0)
            throw refused(path, `its mode is ${(mode & 0o7777).toString(8).padStart(4, "0")}`, remedy(path))
        if (size === 0) throw refused(path, "it is empty")
        if (size > largest) throw refused(path, `it has ${size} bytes, at most ${largest} are read`)
        return readAll(path, descriptor, largest)
    } finally {
        closeSync(descriptor)
    }
}

function open(path: string): number | undefined {
    try {
        return openSync(path, flags)
    } catch (error) {
        if (isMissing(error)) return undefined
        throw new UserError(`cannot read the key file ${path}`, { cause: error })
    }
}

function statFile(path: string, descriptor: number): { uid: number; mode: number; size: number } {
    const status = fstatSync(descriptor)
    if (!status.isFile()) throw refused(path, "it is not a regular file")
    return status
}

/** Asks for a byte more than is allowed: the file may have grown since. */
function readAll(path: string, descriptor: number, largest: number): Buffer {
    const chunks: Buffer[] = []
    let length = 0
    for (;;) {
        const chunk = Buffer.alloc(Math.min(65536, largest + 1 - length))
        const count = readSync(descriptor, chunk)
        if (count === 0) return Buffer.concat(chunks)
        length += count
        if (length > largest) throw refused(path, `it grew beyond ${largest} bytes`)
        chunks.push(chunk.subarray(0, count))
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
