// Which vars are a machine's, as far as the tree says: what generators declare stands in Nix.

import { mayRead } from "./access.ts"
import type { Repo } from "./repo.ts"
import { folderOfVar, placeOfVar } from "./var-path.ts"

/** A var that has a value, secret or not. */
export interface NamedVar {
    readonly path: string
    readonly isPublic: boolean
}

/**
 * The vars of a machine by their names in clan, `GENERATOR/FILE`: its own, and those of shared generators of which it can
 * read a secret, or that have none. Where both have a name, its own counts.
 */
export function varsOf(repo: Repo, all: readonly NamedVar[], machine: string): ReadonlyMap<string, NamedVar> {
    const closed = new Set<string>()
    const open = new Set<string>()
    for (const { path, isPublic } of all) {
        if (isPublic) continue
        const grants = repo.secrets.get(path)
        const isOpen = grants !== undefined && mayRead(repo, grants, { kind: "machine", name: machine })
        ;(isOpen ? open : closed).add(folderOfVar(path))
    }
    const found = new Map<string, NamedVar>()
    for (const area of ["shared", "per-machine"] as const) {
        for (const each of all) {
            const place = placeOfVar(each.path)
            if (place?.area !== area) continue
            const folder = folderOfVar(each.path)
            const isMine =
                area === "shared" ? open.has(folder) || !closed.has(folder) : place.owner === machine
            if (isMine) found.set(`${place.generator}/${place.file}`, each)
        }
    }
    return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
