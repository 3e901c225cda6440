import { lstatSync, statfsSync } from "node:fs"
import { isAbsolute } from "node:path"
import { UserError } from "../../error.ts"

const tmpfs = 0x01021994
const ramfs = 0x858458f6

/** Whether what is written below `directory` stays in memory. A place that cannot be looked at does not count. */
export function isInMemory(directory: string): boolean {
    try {
        const { type } = statfsSync(directory)
        return type === tmpfs || type === ramfs
    } catch {
        return false
    }
}

/**
 * Where a plaintext may be written for a moment: the first of the places that is in memory and belongs to this user
 * alone, or to everyone under root's protection. Throws when there is none; a disk is never the answer.
 */
export function memoryPlace(places: readonly (string | undefined)[]): string {
    for (const place of places) {
        if (place !== undefined && isAbsolute(place) && isSafe(place) && isInMemory(place)) return place
    }
    throw new UserError(
        "there is no place in memory for a plaintext: neither $XDG_RUNTIME_DIR nor /dev/shm",
        {
            hint: "pass the value through standard input instead of editing it",
        },
    )
}

function isSafe(place: string): boolean {
    try {
        const { uid, mode } = lstatSync(place)
        const isDirectory = (mode & 0o170_000) === 0o040_000
        const isOwn = uid === process.getuid?.() && (mode & 0o077) === 0
        const isSticky = uid === 0 && (mode & 0o1000) !== 0
        return isDirectory && (isOwn || isSticky)
    } catch {
        return false
    }
}
