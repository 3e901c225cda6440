// How old values are, without opening any: what is written down beside them says it, and for those that other programs
// made, git.

import type { Placed } from "../../repo/generators/placed.ts"
import type { Facts } from "../../repo/generators/work.ts"
import { folderOfVar } from "../../repo/var-path.ts"
import { lastChanges } from "../git/last-change.ts"
import type { Checkout } from "../git/git.ts"
import { isShallow } from "../git/history.ts"

/**
 * When the values of each generator were made, RFC 3339, by its place: the oldest of them counts. None where nobody knows,
 * as in a clone without its past.
 */
export async function agesOf(
    all: readonly Pick<Placed, "folder">[],
    { states, values }: Pick<Facts, "states" | "values">,
    git: Checkout | undefined,
): Promise<ReadonlyMap<string, string>> {
    const ages = new Map([...states].map(([folder, { made }]) => [folder, made]))
    const silent = new Set(all.map(({ folder }) => folder).filter((folder) => !ages.has(folder)))
    const isOpen = [...values].some((path) => silent.has(folderOfVar(path)))
    if (!isOpen || git?.head === undefined || (await isShallow(git.run))) return ages
    for (const [path, { date }] of await lastChanges(git, ["vars"])) {
        const [, folder = ""] = /^(vars\/.+)\/[^/]+\/(?:secret|value)$/u.exec(path) ?? []
        if (!silent.has(folder)) continue
        const utc = new Date(date).toISOString().replace(/\.\d+Z$/u, "Z")
        const known = ages.get(folder)
        if (known === undefined || utc < known) ages.set(folder, utc)
    }
    return ages
}
