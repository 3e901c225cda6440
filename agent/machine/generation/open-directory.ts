// Directories outside of the generations, in places where somebody else may be at work at the same time: a home
// directory, /etc. Every part of a path is opened relative to the one before and never followed blindly, so that a
// user cannot have root create something elsewhere by putting a link in the way. Node has no openat(2); a path
// through /proc/self/fd is the same.

import {
    chmodSync,
    chownSync,
    closeSync,
    constants,
    fstatSync,
    lstatSync,
    mkdirSync,
    openSync,
    readdirSync,
    readlinkSync,
} from "node:fs"
import type { Stats } from "node:fs"
import { dirname } from "node:path"
import { UserError } from "../../error.ts"
import { isMemory } from "./mount.ts"
import { codeOf, withoutCall } from "../../os/system-error.ts"
import type { Attributes } from "./write-file.ts"

/** A directory that is held open: names in it mean what they meant when it was opened. */
export interface OpenDirectory {
    /** A path for any call on `name` in it. */
    at(name: string): string
    readonly status: Stats
    /** Whether it lies on a memory file system. */
    isMemory(): boolean
    close(): void
}

/** What a directory that has to be made is like, given the path of it and the nearest one that exists. */
export type NewDirectory = (
    path: string,
    nearest: { readonly path: string; readonly status: Stats },
) => Attributes

// Linux has it, Node does not name it: a descriptor that only stands for a place, for which no right to read is needed.
export const O_PATH = 0o10000000
const flags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW
const mostLinks = 40

/**
 * Opens an absolute path. What is missing is made as `make` says, or else the answer is `undefined`. A symlink on the
 * way is followed when root or we made it, or when it leads to a directory of the one who made it; another one only
 * where `foreign` is there to hear of it. Throws `UserError`.
 */
export function openDirectory(
    path: string,
    make?: NewDirectory,
    foreign?: (link: string) => void,
): OpenDirectory | undefined {
    const walk = { make, foreign, count: { links: 0 } }
    const descriptor = descend(openSync("/", flags), "/", path, walk)
    return descriptor === undefined ? undefined : held(descriptor)
}

function held(descriptor: number): OpenDirectory {
    return {
        at: (name) => `/proc/self/fd/${descriptor}/${name}`,
        status: fstatSync(descriptor),
        isMemory: () => isMemory(`/proc/self/fd/${descriptor}/`),
        close: () => closeSync(descriptor),
    }
}

interface Walk {
    readonly make: NewDirectory | undefined
    readonly foreign: ((link: string) => void) | undefined
    readonly count: { links: number }
}

/** Goes down from a directory, which is closed on the way. `from` is its path, for messages and for `make`. */
function descend(start: number, from: string, path: string, walk: Walk): number | undefined {
    let current: number | undefined = start
    let place = from
    for (const name of path.split("/").filter((segment) => segment !== "" && segment !== ".")) {
        const next = `${place === "/" ? "" : place}/${name}`
        const parent: number = current
        try {
            current = step(parent, name, { path: place, next }, walk)
        } catch (error) {
            throw error instanceof UserError
                ? error
                : new UserError(`cannot enter ${next}`, { cause: withoutCall(error) })
        } finally {
            closeSync(parent)
        }
        if (current === undefined) return undefined
        place = next
    }
    return current
}

function step(
    parent: number,
    name: string,
    { path, next }: { readonly path: string; readonly next: string },
    walk: Walk,
): number | undefined {
    const entry = `/proc/self/fd/${parent}/${name}`
    const status = lstatSync(entry, { throwIfNoEntry: false })
    if (status === undefined)
        return walk.make && create(entry, next, walk.make(next, { path, status: fstatSync(parent) }))
    return status.isSymbolicLink() ? follow(parent, entry, status.uid, next, walk) : openSync(entry, flags)
}

function create(entry: string, next: string, { uid, gid, mode }: Attributes): number {
    try {
        mkdirSync(entry, 0o700)
    } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error
        // Somebody else was faster: then it is what it is.
        return openSync(entry, flags)
    }
    const descriptor = openSync(entry, flags)
    // Who owns the directory around it may have put another one in its place; an empty one is nothing to gain.
    if (readdirSync(`/proc/self/fd/${descriptor}/`).length > 0) {
        closeSync(descriptor)
        throw new UserError(`${next} is changed by somebody else at the same time`)
    }
    chownSync(`/proc/self/fd/${descriptor}/`, uid, gid)
    chmodSync(`/proc/self/fd/${descriptor}/`, mode)
    return descriptor
}

/** What a link leads to may only be as trusted as who made it. */
function follow(parent: number, entry: string, maker: number, next: string, walk: Walk): number | undefined {
    if (++walk.count.links > mostLinks) throw new UserError(`cannot enter ${next}: too many symbolic links`)
    const target = readlinkSync(entry)
    const isAbsolute = target.startsWith("/")
    const start = openSync(isAbsolute ? "/" : `/proc/self/fd/${parent}/`, flags)
    // Nothing is made at the other end of a link: that would be in a place of somebody else's choice.
    const opened = descend(start, isAbsolute ? "/" : dirname(next), target, { ...walk, make: undefined })
    if (opened === undefined) return undefined
    const { uid } = fstatSync(opened)
    if (maker === 0 || maker === process.geteuid?.() || maker === uid) return opened
    if (walk.foreign !== undefined) {
        walk.foreign(`${next}, a link of uid ${maker}`)
        return opened
    }
    closeSync(opened)
    throw new UserError(
        `${next} is a link of uid ${maker} to a directory of uid ${uid}: refusing to follow it`,
    )
}
