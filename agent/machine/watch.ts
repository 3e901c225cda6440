// Files and directories whose changes matter to the resident agent. The kernel's notifications make it quick; what
// counts is the comparison with how the files were, which a timer asks for as well.

import { readdirSync, realpathSync, statSync, watch } from "node:fs"
import type { FSWatcher } from "node:fs"
import { dirname, join } from "node:path"

/** How files are at a moment, for comparing two moments. */
export function signatureOf(paths: readonly string[]): string {
    return paths.map((path) => `${path}\n${stamp(path)}`).join("\n")
}

function stamp(path: string): string {
    try {
        const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path)
        return [dev, ino, size, mtimeMs, ctimeMs].join(" ")
    } catch {
        return "absent"
    }
}

/** Whether a file can change at all: what is in the Nix store cannot. */
export function isChangeable(path: string): boolean {
    try {
        return !realpathSync(path).startsWith("/nix/store/")
    } catch {
        return true
    }
}

/** The directories that say when one of these files is replaced, through links too. */
export function directoriesOf(paths: readonly string[]): string[] {
    return [...new Set(paths.flatMap((path) => [dirname(path), ...realDirectory(path)]))]
}

function realDirectory(path: string): string[] {
    try {
        return [dirname(realpathSync(path))]
    } catch {
        return []
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
