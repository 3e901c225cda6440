// The one way to read a file whose path somebody else may have made. Opening waits for nobody, what was looked at is
// what is read because both go through one descriptor, and a file that changes meanwhile is not half read.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs"
import type { Stats } from "node:fs"
import { codeOf } from "./system-error.ts"

/**
 * A path that does not hold what is looked for: a folder, a device, a link, something too large. The message goes on
 * where a name ends: `is not a regular file`.
 */
export class NotRegular extends Error {
    override readonly name: string = "NotRegular"
}

export interface RegularFile {
    readonly content: Buffer
    /** Of the file that was read, which is not necessarily what is at the path by now. */
    readonly status: Stats
}

export interface Reading {
    readonly links: "follow" | "refuse"
    /** Sees the file before anything is read, and throws when it must not be. */
    readonly check?: (status: Stats) => void
    /** Room for this many bytes. By default from the pool, where small buffers cost less than reading a file. */
    readonly room?: (size: number) => Buffer
}

/**
 * Reads a regular file whole. Throws `NotRegular` for anything else, and for one that grows while it is read; else the
 * error of the operating system (ENOENT; ELOOP for a link that is refused).
 */
export function readRegular(
    path: string,
    { links, check = () => undefined, room = (size) => Buffer.allocUnsafe(size) }: Reading,
): RegularFile {
    const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants
    const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (links === "refuse" ? O_NOFOLLOW : 0)
    const descriptor = openSync(path, flags)
    try {
        const status = fstatSync(descriptor)
        if (!status.isFile()) throw new NotRegular("is not a regular file")
        check(status)
        // One byte more than expected shows a file that grows.
        const bytes = room(status.size + 1).subarray(0, status.size + 1)
        const length = readAll(descriptor, bytes)
        if (length > status.size) throw new NotRegular("changes while it is read")
        return { content: bytes.subarray(0, length), status }
    } finally {
        closeSync(descriptor)
    }
}

/**
 * The bytes of a regular file of at most `limit` bytes, `undefined` when there is nothing at the path; a link is not
 * followed. Throws `NotRegular`, or the error of the operating system. Who reads thousands of files and keeps none
 * gives a buffer `into`: the result may be a part of it, good until the next call.
 */
export function readBounded(path: string, limit: number, into?: Buffer): Buffer | undefined {
    try {
        return readRegular(path, {
            links: "refuse",
            check({ size }) {
                if (size > limit) throw new NotRegular(`is larger than ${limit} bytes`)
            },
            room: (size) => (into !== undefined && size <= into.length ? into : Buffer.allocUnsafe(size)),
        }).content
    } catch (error) {
        const code = codeOf(error)
        if (code === "ENOENT") return undefined
        // What open says of a link that it must not follow: Linux and macOS; FreeBSD says EMLINK.
        if (code === "ELOOP" || code === "EMLINK")
            throw new NotRegular("is a link and not a file", { cause: error })
        throw error
    }
}

/** Until nothing more comes. Each read asks for the byte too many, so one that ends just before it has met the end. */
function readAll(descriptor: number, bytes: Buffer): number {
    let length = 0
    do {
        const got = readSync(descriptor, bytes, length, bytes.length - length, null)
        if (got === 0) break
        length += got
    } while (length < bytes.length - 1)
    return length
}
