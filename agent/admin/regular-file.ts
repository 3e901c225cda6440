import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs"

/** A path that does not hold what is looked for: a link, a folder, a device, something too large. */
export class NotRegular extends Error {
    override readonly name: string = "NotRegular"
}

const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

/**
 * The bytes of a regular file of at most `limit` bytes; `undefined` when there is nothing at the path. A link is not
 * followed, and a FIFO not waited for: throws `NotRegular`, or the error of the system. Who reads thousands of files
 * and keeps none gives a buffer `into`: the result may be a part of it, good until the next call.
 */
export function readRegular(path: string, limit: number, into?: Buffer): Buffer | undefined {
    const descriptor = open(path)
    if (descriptor === undefined) return undefined
    try {
        const status = fstatSync(descriptor)
        if (!status.isFile()) throw new NotRegular("is not a file")
        if (status.size > limit) throw new NotRegular(`is larger than ${limit} bytes`)
        // One byte more than expected shows a file that grows while it is read.
        const fits = into !== undefined && status.size < into.length
        const bytes = fits ? into.subarray(0, status.size + 1) : Buffer.allocUnsafe(status.size + 1)
        const length = readAll(descriptor, bytes)
        if (length > status.size) throw new NotRegular("changes while it is read")
        return bytes.subarray(0, length)
    } finally {
        closeSync(descriptor)
    }
}

function open(path: string): number | undefined {
    try {
        return openSync(path, flags)
    } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : undefined
        if (code === "ENOENT") return undefined
        // What open says of a link that it must not follow: Linux and macOS; FreeBSD says EMLINK.
        if (code === "ELOOP" || code === "EMLINK")
            throw new NotRegular("is a link and not a file", { cause: error })
        throw error
    }
}

function readAll(descriptor: number, bytes: Buffer): number {
    let length = 0
    while (length < bytes.length) {
        const got = readSync(descriptor, bytes, length, bytes.length - length, null)
        if (got === 0) break
        length += got
    }
    return length
}
