// A git that is killed leaves its locks behind, and then every git refuses to work here until somebody removes them by
// hand. Those that belong to a command of ours, which its journal says was killed too, can be removed without a hand:
// nobody else's git is at work in this repository.

import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs"
import type { Stats } from "node:fs"
import { basename, join, resolve } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import type { Checkout } from "./git.ts"

/** For how long a git that is at work, or a lock that may be somebody's, is waited for. */
const patience = 20_000
/** Where it cannot be seen who is at work, a lock that is older than this is nobody's. */
const old = 10_000

/**
 * Removes the locks that a git has left which was started after `since` (milliseconds), and returns their names. A git
 * that is at work here is waited for; when that takes long its lock stays, and git says so itself.
 */
export async function removeLeftLocks(git: Checkout, since: number): Promise<readonly string[]> {
    const removed: string[] = []
    for (const file of locksOf(git)) {
        const end = performance.now() + patience
        for (;;) {
            const status = lstatSync(file, { throwIfNoEntry: false })
            if (status === undefined || status.mtimeMs < since) break
            if (isNobodys(status, git)) {
                rmSync(file, { force: true })
                removed.push(basename(file))
                break
            }
            if (performance.now() > end) break
            await wait(50)
        }
    }
    return removed
}

/** What a git that stages or commits may hold. */
function locksOf({ directory }: Checkout): readonly string[] {
    const common = existsSync(join(directory, "commondir"))
        ? resolve(directory, readFileSync(join(directory, "commondir"), "utf8").trim())
        : directory
    const [, branch] = /^ref: (refs\/heads\/\S+)/u.exec(readFileSync(join(directory, "HEAD"), "utf8")) ?? []
    return [
        ...["index.lock", "HEAD.lock"].map((name) => join(directory, name)),
        ...readdirSync(directory)
            .filter((name) => /^next-index-\d+\.lock$/u.test(name))
            .map((name) => join(directory, name)),
        ...(branch === undefined ? [] : [join(common, `${branch}.lock`)]),
        join(common, "packed-refs.lock"),
        join(common, "refs/hostseal/preload.lock"),
    ]
}

function isNobodys(lock: Stats, { flake, directory }: Checkout): boolean {
    let processes: readonly string[]
    try {
        processes = readdirSync("/proc").filter((name) => /^\d+$/u.test(name))
    } catch {
        processes = []
    }
    if (processes.length === 0) return Date.now() - lock.mtimeMs > old
    const top = topOf(flake)
    return !processes.some((id) => {
        try {
            // Who has made the lock is its owner: no other user's git need be asked.
            if (lstatSync(`/proc/${id}`).uid !== lock.uid) return false
            if (!/^git\b/u.test(readFileSync(`/proc/${id}/comm`, "utf8"))) return false
            const at = `${readlinkSync(`/proc/${id}/cwd`)}/`
            return at.startsWith(`${top}/`) || at.startsWith(`${directory}/`)
        } catch {
            // It is gone by now, or shows nothing of itself, as processes do that have ended.
            return false
        }
    })
}

/** The folder of the working tree that the flake lies in. */
function topOf(flake: string): string {
    for (let at = flake; ; at = resolve(at, "..")) {
        if (existsSync(join(at, ".git")) || at === resolve(at, "..")) return at
    }
}
