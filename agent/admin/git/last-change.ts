import { fromNul } from "./git.ts"
import type { Checkout } from "./git.ts"

/** The commit that last changed something. */
export interface LastChange {
    readonly commit: string
    /** RFC 3339, the committer's clock. */
    readonly date: string
    /** Whoever the commit says wrote it. */
    readonly author: string
}

/** The last commit of HEAD's past that changed each file below these folders, by its path in the flake. */
export async function lastChanges(
    { run, head, prefix }: Checkout,
    folders: readonly string[],
): Promise<ReadonlyMap<string, LastChange>> {
    const found = new Map<string, LastChange>()
    if (head === undefined) return found
    const how = ["-z", "--no-renames", "--name-only", "--diff-merges=first-parent"]
    const places = folders.map((folder) => `:(top,literal)${prefix}${folder}`)
    const output = await run(["log", ...how, "--format=%x01%H%x01%cI%x01%an", head, "--", ...places])
    let change: LastChange | undefined
    for (const token of fromNul(output)) {
        const text = token.replace(/^\n/u, "")
        if (text.startsWith("\u0001")) {
            const [, commit = "", date = "", author = ""] = text.split("\u0001")
            change = { commit, date, author }
            continue
        }
        const path = text.slice(prefix.length)
        if (change !== undefined && path !== "" && !found.has(path)) found.set(path, change)
    }
    return found
}
