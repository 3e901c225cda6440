import { UserError } from "../error.ts"
import { NotRegular, readRegular } from "../os/regular-file.ts"
import type { RegularFile } from "../os/regular-file.ts"
import { codeOf, reasonOf } from "../os/system-error.ts"

/**
 * Reads a file that a manifest or a command line names; links are followed. Throws `UserError`, which begins with
 * `failure` where the file cannot be read at all.
 */
export function readNamed(path: string, largest: number, failure = `cannot read ${path}`): RegularFile {
    try {
        return readRegular(path, {
            links: "follow",
            check({ size }) {
                if (size > largest)
                    throw new UserError(`${path} is larger than ${sizeOf(largest)}`, { hint: "split it" })
            },
        })
    } catch (error) {
        if (error instanceof UserError) throw error
        if (error instanceof NotRegular)
            throw new UserError(`${failure}: it ${error.message}`, { hint: "put the file itself there" })
        throw new UserError(`${failure}: ${reasonOf(error)}`, { cause: error, ...wayOut(error) })
    }
}

function wayOut(error: unknown): { hint?: string } {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") return {}
    return { hint: "put it there, or let the unit wait for its file system (RequiresMountsFor=)" }
}

function sizeOf(bytes: number): string {
    const mebibytes = bytes / 1024 / 1024
    return mebibytes >= 1 ? `${mebibytes} MiB` : `${bytes / 1024} KiB`
}
