import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs"
import type { Stats } from "node:fs"

export interface RegularFile {
    readonly content: Buffer
    /** Of the file that was read, which is not necessarily what is at the path by now. */
    readonly status: Stats
}

/**
 * Reads a regular file. `undefined` when it is something else; opening that never waits for anybody. Links are
 * followed only if `links` says so. `fits` is asked about the size before anything is read, and may throw. Throws
 * the error of the operating system.
 */
export function readRegular(
    path: string,
    links: "follow" | "refuse",
    fits: (size: number) => void = () => undefined,
): RegularFile | undefined {
    const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants
    const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (links === "refuse" ? O_NOFOLLOW : 0)
    const descriptor = openSync(path, flags)
    try {
        const status = fstatSync(descriptor)
        if (!status.isFile()) return undefined
        fits(status.size)
        // From the pool, where it is small: a buffer of its own takes longer to make than the file to read.
        const content = Buffer.allocUnsafe(status.size)
        let length = 0
        while (length < content.length) {
            const count = readSync(descriptor, content, length, content.length - length, null)
            if (count === 0) break
            length += count
        }
        return { content: content.subarray(0, length), status }
    } finally {
        closeSync(descriptor)
    }
}
