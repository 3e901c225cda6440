// From two states of the repository to the files and links that tell them apart: everything but the values.

import { type GranteeKind, plural } from "./edits.ts"
import type { Edit } from "./difference.ts"
import { printKeys } from "./keys.ts"
import type { Grants, Members, Repo } from "./repo.ts"

/** One step of a change to the tree. Paths are relative to the flake, with `/`. */
export type TreeChange =
    | { readonly kind: "text"; readonly path: string; readonly text: string }
    | { readonly kind: "link"; readonly path: string; readonly target: string }
    /** Removes a file or a link. */
    | { readonly kind: "unlink"; readonly path: string }
    /** Moves a folder with all that is in it. */
    | { readonly kind: "move"; readonly path: string; readonly from: string }
    /** Removes a folder with all that is in it. */
    | { readonly kind: "drop"; readonly path: string }

/** A link to something that does not exist, as other programs leave them behind. */
export interface Dangling {
    readonly path: string
    readonly kind: GranteeKind
    readonly name: string
}

/**
 * The steps from one state to the other, in the order in which they are to be made. Moves come first, so that links of
 * a moved secret are named by its new path. Dangling links to a name that begins to exist are removed: a name gives
 * its new bearer nothing of the old one's (docs/clan-contract.md#defects, D6).
 */
export function linkChanges(
    before: Repo,
    { repo: after, moved = new Map() }: Edit,
    dangling: readonly Dangling[],
): readonly TreeChange[] {
    const changes: TreeChange[] = []
    for (const [path, from] of moved) changes.push({ kind: "move", path, from })
    for (const kind of ["user", "machine"] as const) changes.push(...keyChanges(before, after, kind))
    changes.push(...stale(before, after, dangling))
    for (const name of new Set([...before.groups.keys(), ...after.groups.keys()])) {
        const old = before.groups.get(name)
        const next = after.groups.get(name)
        for (const kind of ["user", "machine"] as const) {
            changes.push(
                ...setChanges(
                    `sops/groups/${name}/${plural(kind)}`,
                    kind,
                    namesIn(old, kind),
                    namesIn(next, kind),
                ),
            )
        }
    }
    const origins = new Set(moved.values())
    for (const path of before.secrets.keys()) {
        if (!after.secrets.has(path) && !origins.has(path)) changes.push({ kind: "drop", path })
    }
    for (const [path, grants] of after.secrets) {
        const old = before.secrets.get(moved.get(path) ?? path)
        if (old === grants) continue
        for (const kind of ["user", "machine", "group"] as const) {
            changes.push(
                ...setChanges(`${path}/${plural(kind)}`, kind, old?.[plural(kind)], grants[plural(kind)]),
            )
        }
    }
    return changes
}

/** Where the link at `path` to something of the repository leads: relative, as clan writes it (S/secrets.py:323). */
export function linkTarget(path: string, kind: GranteeKind, name: string): string {
    const up = path.split("/").length - 1
    // From inside sops/, the way up ends at sops/; from vars/ it ends at the flake.
    return path.startsWith("sops/")
        ? `${"../".repeat(up - 1)}${plural(kind)}/${name}`
        : `${"../".repeat(up)}sops/${plural(kind)}/${name}`
}

function keyChanges(before: Repo, after: Repo, kind: "user" | "machine"): readonly TreeChange[] {
    const changes: TreeChange[] = []
    const [old, next] = [before[plural(kind)], after[plural(kind)]]
    for (const [name, keys] of next) {
        if (old.get(name) === keys) continue
        changes.push({ kind: "text", path: `sops/${plural(kind)}/${name}/key.json`, text: printKeys(keys) })
    }
    for (const name of old.keys()) {
        if (!next.has(name)) changes.push({ kind: "drop", path: `sops/${plural(kind)}/${name}` })
    }
    return changes
}

function setChanges(
    folder: string,
    kind: GranteeKind,
    before: ReadonlySet<string> = new Set(),
    after: ReadonlySet<string> = new Set(),
): readonly TreeChange[] {
    if (before === after) return []
    const path = (name: string): string => `${folder}/${name}`
    return [
        ...[...before.difference(after)]
            .toSorted()
            .map((name): TreeChange => ({ kind: "unlink", path: path(name) })),
        ...[...after.difference(before)].toSorted().map((name): TreeChange => ({
            kind: "link",
            path: path(name),
            target: linkTarget(path(name), kind, name),
        })),
    ]
}

/** Dangling links to names that begin to exist, as far as the change does not make the same link itself. */
function stale(before: Repo, after: Repo, dangling: readonly Dangling[]): readonly TreeChange[] {
    return dangling
        .filter(({ kind, name }) => !before[plural(kind)].has(name) && after[plural(kind)].has(name))
        .filter(({ path, kind, name }) => !linked(after, path, kind, name))
        .map(({ path }) => ({ kind: "unlink", path }))
}

function linked(repo: Repo, path: string, kind: GranteeKind, name: string): boolean {
    const [folder = "", last] = path.split(`/${plural(kind)}/`)
    if (last !== name) return false
    const group = /^sops\/groups\/([^/]+)$/u.exec(folder)?.[1]
    if (group !== undefined && kind !== "group")
        return repo.groups.get(group)?.[plural(kind)].has(name) ?? false
    const grants: Grants | undefined = repo.secrets.get(folder)
    return grants?.[plural(kind)].has(name) ?? false
}

function namesIn(members: Members | undefined, kind: "user" | "machine"): ReadonlySet<string> | undefined {
    return members?.[plural(kind)]
}
