import { existsSync, readdirSync, readlinkSync } from "node:fs"
import type { Dirent } from "node:fs"
import { basename, dirname } from "node:path"
import { NotRegular, readRegular } from "../../os/regular-file.ts"
import type { Manifest } from "../manifest/manifest.ts"
import { emptyState, readState } from "./state.ts"
import type { State } from "./state.ts"
import { codeOf, isAbsent } from "../../os/system-error.ts"

/** A file of the live generation, as it is now. */
export interface LiveFile {
    readonly path: string
    readonly content: Buffer
    readonly uid: number
    readonly gid: number
    readonly mode: number
}

/** The generation that is in use before a run. */
export interface Live {
    /** The number that the symlink has, 0 when it leads to none of ours. */
    readonly number: number
    /** Whether it is there. A user's symlink outlives the runtime directory, in which the generations are. */
    readonly exists: boolean
    readonly state: State
    /**
     * A regular file below it; read once, however often it is asked for. `undefined` for anything else, and for one that
     * cannot be read: it is written anew like one that is not there.
     */
    file(name: string): LiveFile | undefined
    /** Every file below it that is not a directory. */
    names(): readonly string[]
    /** Overwrites the contents of all files that were read. */
    wipe(): void
}

/** Looks at what the symlink of a manifest points to. Reads no file before it is asked to. */
export function lookAtLive(manifest: Manifest, agent: string): Live {
    const { mountPoint, symlinkPath } = manifest
    const number = liveNumber(mountPoint, symlinkPath)
    if (number === undefined)
        return {
            number: 0,
            exists: false,
            state: emptyState(),
            file: () => undefined,
            names: () => [],
            wipe: () => undefined,
        }
    const directory = `${mountPoint}/${number}`
    const known = new Map<string, LiveFile | undefined>()
    return {
        number,
        exists: existsSync(directory),
        state: readState(mountPoint, number, agent),
        file(name) {
            if (!known.has(name)) known.set(name, readIfPossible(`${directory}/${name}`))
            return known.get(name)
        },
        names: () => namesBelow(directory),
        wipe() {
            for (const there of known.values()) there?.content.fill(0)
        },
    }
}

/** The number of the generation that the symlink points to; `undefined` when that is not one of ours. */
export function liveNumber(mountPoint: string, symlinkPath: string): number | undefined {
    const target = readLink(symlinkPath)
    if (target === undefined || dirname(target) !== mountPoint) return undefined
    const name = basename(target)
    return /^[1-9]\d{0,14}$/u.test(name) ? Number(name) : undefined
}

function readLink(path: string): string | undefined {
    try {
        return readlinkSync(path)
    } catch (error) {
        if (codeOf(error) === "EINVAL" || isAbsent(error)) return undefined
        throw error
    }
}

/** A file that is nothing but a file. The owner of a generation's directories is root, so a link or a FIFO in one is no attack; it is no secret either. */
export function readLive(path: string): LiveFile | undefined {
    try {
        const { content, status } = readRegular(path, { links: "refuse" })
        const { uid, gid, mode } = status
        return { path, content, uid, gid, mode: mode & 0o7777 }
    } catch (error) {
        if (error instanceof NotRegular) return undefined
        if (["ELOOP", "ENXIO"].includes(codeOf(error) ?? "") || isAbsent(error)) return undefined
        throw error
    }
}

function readIfPossible(path: string): LiveFile | undefined {
    try {
        return readLive(path)
    } catch {
        return undefined
    }
}

function namesBelow(directory: string, prefix = ""): string[] {
    return entriesIn(directory).flatMap((entry) =>
        entry.isDirectory()
            ? namesBelow(`${directory}/${entry.name}`, `${prefix}${entry.name}/`)
            : [`${prefix}${entry.name}`],
    )
}

function entriesIn(directory: string): Dirent[] {
    try {
        return readdirSync(directory, { withFileTypes: true })
    } catch (error) {
        if (isAbsent(error)) return []
        throw error
    }
}
