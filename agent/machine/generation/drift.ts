import type { KeyObject } from "node:crypto"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { liveNumber, readLive } from "./live.ts"
import { isPlaced } from "./place.ts"
import { hasState, keyedHash, readState } from "./state.ts"
import type { InstalledFile } from "./state.ts"
import { version } from "../version.ts"

/** Something that is not as it was installed. */
export interface Drift {
    /** A file below the generation by its relative path, anything else by its absolute one. */
    readonly path: string
    /** Goes on where a path ends: `has another content`. */
    readonly problem: string
}

/**
 * What was changed since it was installed: files of the live generation by content, owner and mode, and links and
 * copies elsewhere. Compares with keyed hashes and decrypts nothing. That nothing is there, or nothing known of it, is a
 * change as well; only what another version of the agent installed is not looked at.
 */
export function findDrift(mountPoint: string, symlinkPath: string): Drift[] {
    const number = liveNumber(mountPoint, symlinkPath)
    if (number === undefined || !existsSync(join(mountPoint, `${number}`)))
        return [{ path: symlinkPath, problem: "does not lead to a generation" }]
    if (!hasState(mountPoint, number))
        return [{ path: symlinkPath, problem: "leads to a generation that nothing is known of" }]
    const { key, files, placed } = readState(mountPoint, number, version)
    const changed: Drift[] = []
    for (const [path, installed] of files) {
        const problem = differenceOf(join(mountPoint, `${number}`, path), installed, key)
        if (problem !== undefined) changed.push({ path, problem })
    }
    for (const one of placed) {
        if (!isThere(() => isPlaced(one, key)))
            changed.push({ path: one.path, problem: "is not what was put there" })
    }
    return changed
}

/** For people: `db/password has another content`. */
export function driftText({ path, problem }: Drift): string {
    return `${path} ${problem}`
}

function differenceOf(path: string, installed: InstalledFile, key: KeyObject): string | undefined {
    let there
    try {
        there = readLive(path)
    } catch {
        return "cannot be read"
    }
    if (there === undefined) return "is gone"
    const mac = keyedHash(key, there.content)
    there.content.fill(0)
    if (mac !== installed.mac) return "has another content"
    if (there.uid !== installed.uid || there.gid !== installed.gid) return "has another owner"
    return there.mode === installed.mode ? undefined : "has another mode"
}

function isThere(look: () => boolean): boolean {
    try {
        return look()
    } catch {
        return false
    }
}
