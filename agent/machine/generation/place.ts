// What is put at the `path` of an entry when that is not its place below the symlink: a link to that place, or a copy
// where a program will not read through a link. What was put somewhere is remembered with the generation, and taken
// away when it is no longer wanted and still is what we put there.

import { createHash } from "node:crypto"
import type { KeyObject } from "node:crypto"
import {
    chownSync,
    closeSync,
    constants,
    fstatSync,
    lstatSync,
    openSync,
    readlinkSync,
    renameSync,
    rmdirSync,
    rmSync,
    symlinkSync,
} from "node:fs"
import type { Stats } from "node:fs"
import { basename, dirname } from "node:path"
import { UserError } from "../../error.ts"
import { NotRegular, readRegular } from "../../os/regular-file.ts"
import type { AnyEntry } from "../manifest/manifest.ts"
import { O_PATH, openDirectory } from "./open-directory.ts"
import type { NewDirectory, OpenDirectory } from "./open-directory.ts"
import { keyedHash } from "./state.ts"
import type { Placed } from "./state.ts"
import { codeOf, reasonOf, withoutCall } from "../../os/system-error.ts"
import { createFile } from "./write-file.ts"
import type { Attributes } from "./write-file.ts"

/** What is to be at the path of an entry. */
export interface Placement {
    readonly entry: AnyEntry
    /** Where its link points to: not bound to a generation. */
    readonly target: string
    readonly content: Buffer
    readonly mac: string
    readonly attributes: Attributes
    readonly parents: NewDirectory
}

/**
 * Puts a link or a copy in its place, atomically, unless it is there already. A file that stood there is replaced,
 * and `replaced` hears of it; a directory only when it is empty. `taken` has the places of this run, and what they are
 * for: two paths may be one place by way of a link, and the one that had it is returned. Throws `UserError`.
 *
 * Where a link of a user is on the way, the user chooses the place: nothing that is there is replaced.
 */
export function place(
    placement: Placement,
    taken: Map<string, AnyEntry>,
    { replaced, warn }: { replaced: (path: string) => void; warn: (warning: string) => void },
): AnyEntry | undefined {
    const { entry } = placement
    const links: string[] = []
    const directory = openDirectory(dirname(entry.path), placement.parents, (link) => links.push(link))
    if (directory === undefined)
        throw new UserError(`cannot make ${dirname(entry.path)}: a link on the way leads nowhere`)
    try {
        const { dev, ino } = directory.status
        const spot = `${dev}:${ino}/${basename(entry.path)}`
        const before = taken.get(spot)
        const isFree = links.length === 0 || before !== undefined
        if (entry.symlink) placeLink(directory, placement, isFree, replaced)
        else placeCopy(directory, placement, isFree)
        taken.set(spot, entry)
        for (const link of links)
            warn(
                `the path of ${entry.label} leads through ${link}, by which its owner chose the place: write ${realPath(directory)}/${basename(entry.path)}`,
            )
        return before
    } catch (error) {
        throw error instanceof UserError
            ? error
            : new UserError(`cannot replace ${entry.path}`, { cause: withoutCall(error) })
    } finally {
        directory.close()
    }
}

function realPath(directory: OpenDirectory): string {
    const path = readlinkSync(directory.at("..").slice(0, -"/..".length))
    return path === "/" ? "" : path
}

function placeLink(
    directory: OpenDirectory,
    placement: Placement,
    isFree: boolean,
    replaced: (path: string) => void,
): void {
    const { entry, target, attributes } = placement
    const { uid, gid } = attributes
    const path = directory.at(basename(entry.path))
    const there = lstatSync(path, { throwIfNoEntry: false })
    if (
        there?.isSymbolicLink() === true &&
        there.uid === uid &&
        there.gid === gid &&
        readlinkSync(path) === target
    )
        return
    if (there?.isFile() === true && isOne(there, target))
        throw new UserError(`${entry.path} leads to ${target}, which is the secret itself`, {
            hint: "leave its path out",
        })
    mustBeFree(there, isFree, entry)
    replace(directory, path, there, (prepared) => makeLink(target, prepared, uid, gid))
    if (there?.isFile() === true) replaced(entry.path)
}

/**
 * A link of somebody, who may own the directory and put something else in its place meanwhile: what was looked at is
 * what changes hands. A path through /proc to a link that is held open is that link, not what it leads to.
 */
function makeLink(target: string, path: string, uid: number, gid: number): void {
    symlinkSync(target, path)
    const descriptor = openSync(path, O_PATH | constants.O_NOFOLLOW)
    try {
        if (!fstatSync(descriptor).isSymbolicLink())
            throw new Error("somebody else changes the directory at the same time")
        chownSync(`/proc/self/fd/${descriptor}`, uid, gid)
    } finally {
        closeSync(descriptor)
    }
}

function isOne({ dev, ino }: Stats, path: string): boolean {
    const other = lstatSync(path, { throwIfNoEntry: false })
    return other !== undefined && other.dev === dev && other.ino === ino
}

function mustBeFree(there: Stats | undefined, isFree: boolean, { path }: AnyEntry): void {
    if (there !== undefined && !isFree)
        throw new UserError(`refusing to replace what is at ${path}: a link of a user leads there`)
}

function placeCopy(directory: OpenDirectory, placement: Placement, isFree: boolean): void {
    const { entry, content, attributes } = placement
    if (!directory.isMemory())
        throw new UserError(`refusing to write a copy to ${entry.path}: it is not on a memory file system`, {
            hint: "plaintexts are never written to a disk; use a link, or a path on a tmpfs",
        })
    const path = directory.at(basename(entry.path))
    const there = lstatSync(path, { throwIfNoEntry: false })
    if (there !== undefined && isSame(path, there, placement)) return
    mustBeFree(there, isFree, entry)
    replace(directory, path, there, (prepared) => createFile(prepared, content, attributes))
}

/** What is remembered about a placement, to take it away when it is no longer wanted. */
export function placedBy({ entry, target, mac }: Placement): Placed {
    const { path, file } = entry
    return entry.symlink ? { kind: "link", path, target, file } : { kind: "copy", path, mac, file }
}

function isSame(path: string, there: Stats, { content, attributes }: Placement): boolean {
    return (
        there.isFile() &&
        there.uid === attributes.uid &&
        there.gid === attributes.gid &&
        (there.mode & 0o7777) === attributes.mode &&
        there.size === content.length &&
        contentOf(path)?.equals(content) === true
    )
}

function replace(
    directory: OpenDirectory,
    path: string,
    there: Stats | undefined,
    prepare: (path: string) => void,
): void {
    // The same name each time: what a killed run left behind is found by the next one.
    const prepared = directory.at(
        `.hostseal-${createHash("sha256").update(basename(path)).digest("hex").slice(0, 16)}`,
    )
    rmSync(prepared, { force: true })
    try {
        prepare(prepared)
        // An empty directory is most likely one that somebody's tmpfiles rule made; a full one is not ours to remove.
        if (there?.isDirectory() === true) rmdirSync(path)
        renameSync(prepared, path)
    } catch (error) {
        rmSync(prepared, { force: true })
        throw error
    }
}

/** Takes away what was put somewhere, if it still is that. Throws `UserError`. */
export function takeAway(placed: Placed, key: KeyObject): void {
    const directory = directoryOf(placed)
    if (directory === undefined) return
    const path = directory.at(basename(placed.path))
    try {
        if (isStill(path, placed, key)) rmSync(path)
    } catch (error) {
        throw new UserError(`cannot remove ${placed.path}: ${reasonOf(error)}`)
    } finally {
        directory.close()
    }
}

/** Whether something that was put somewhere still is there, as it was. Throws `UserError` when it cannot be told. */
export function isPlaced(placed: Placed, key: KeyObject): boolean {
    const directory = directoryOf(placed)
    if (directory === undefined) return false
    try {
        return isStill(directory.at(basename(placed.path)), placed, key)
    } finally {
        directory.close()
    }
}

/** `undefined` as well where something else than a directory has come into the way: then nothing of ours is there. */
function directoryOf({ path }: Placed): OpenDirectory | undefined {
    try {
        return openDirectory(dirname(path), undefined, () => undefined)
    } catch (error) {
        if (error instanceof UserError && codeOf(error.cause) === "ENOTDIR") return undefined
        throw error
    }
}

function isStill(path: string, placed: Placed, key: KeyObject): boolean {
    const there = lstatSync(path, { throwIfNoEntry: false })
    if (there === undefined) return false
    if (placed.kind === "link") return there.isSymbolicLink() && readlinkSync(path) === placed.target
    const content = there.isFile() ? contentOf(path) : undefined
    if (content === undefined) return false
    const mac = keyedHash(key, content)
    content.fill(0)
    return mac === placed.mac
}

/** `undefined` for what has become something else meanwhile. */
function contentOf(path: string): Buffer | undefined {
    try {
        return readRegular(path, { links: "refuse" }).content
    } catch (error) {
        if (error instanceof NotRegular) return undefined
        throw error
    }
}
