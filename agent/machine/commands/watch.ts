// Files and directories whose changes matter to the resident agent. The kernel's notifications make it quick; what
// counts is the comparison with how the files were, which a timer asks for as well.

import { readdirSync, readlinkSync, realpathSync, statSync, watch } from "node:fs"
import type { FSWatcher } from "node:fs"
import { dirname, join } from "node:path"
import { isWithin } from "../manifest/names.ts"

/**
 * How files are at a moment, for comparing two moments. Files below `own` are those of the generations: each run links
 * them anew, which is no change of them.
 */
export function signatureOf(paths: readonly string[], own?: string): string {
    return paths.map((path) => `${path}\n${stamp(path, own)}`).join("\n")
}

function stamp(path: string, own: string | undefined): string {
    try {
        const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path)
        const isOwn = own !== undefined && isWithin(realpathSync(path), own)
        return [dev, ino, size, mtimeMs, isOwn ? "" : ctimeMs].join(" ")
    } catch {
        return "absent"
    }
}

/**
 * Whether what is at a path can change at all: what is in the Nix store cannot. A link to it can, and everything that
 * NixOS puts into /etc is one.
 */
export function isChangeable(path: string, store = "/nix/store/"): boolean {
    if (!path.startsWith(store)) return true
    try {
        return !realpathSync(path).startsWith(store)
    } catch {
        return true
    }
}

/**
 * The directories that say when one of these files is replaced, or a link on the way to it: on NixOS a new generation
 * of /etc is one link that leads elsewhere. The Nix store says nothing but that others build something.
 */
export function directoriesOf(paths: readonly string[]): string[] {
    const all = paths.flatMap((path) => [dirname(path), ...directoriesOnTheWay(path)])
    return [...new Set(all)].filter((directory) => !`${directory}/`.startsWith("/nix/store/"))
}

const mostLinks = 40

/** Where each link on the way to a file lies, and last where the file does. */
function directoriesOnTheWay(path: string): string[] {
    const found: string[] = []
    const left = path.split("/")
    let place = "/"
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
        const next = join(place, name)
        const target = linkAt(next)
        if (target === undefined) {
            place = next
            continue
        }
        found.push(place)
        if (found.length === mostLinks) return found
        left.unshift(...target.split("/"))
        if (target.startsWith("/")) place = "/"
    }
    return [...found, dirname(place)]
}

function linkAt(path: string): string | undefined {
    try {
        return readlinkSync(path)
    } catch {
        return undefined
    }
}

/** A directory and all directories below it. */
export function treeOf(directory: string): string[] {
    try {
        const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory())
        return [directory, ...below.flatMap((entry) => treeOf(join(directory, entry.name)))]
    } catch {
        return []
    }
}

/**
 * Calls `changed` when something happens in one of the directories, at most once in `quiet` milliseconds. What cannot
 * be watched is left to the timer. Returns what ends it.
 */
export function watchDirectories(
    directories: readonly string[],
    quiet: number,
    changed: () => void,
): () => void {
    let timer: NodeJS.Timeout | undefined
    const soon = (): void => {
        timer ??= setTimeout(() => {
            timer = undefined
            changed()
        }, quiet)
    }
    const watchers = directories.flatMap((directory): FSWatcher[] => {
        try {
            const watcher = watch(directory, { persistent: false }, soon)
            watcher.on("error", soon)
            return [watcher]
        } catch {
            return []
        }
    })
    return () => {
        clearTimeout(timer)
        for (const watcher of watchers) watcher.close()
    }
}
