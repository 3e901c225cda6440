// What a command asks for: what its edit adds to the repository that this clone has accepted. What the tree says besides,
// anybody may have written who may write to the repository.

import type { Reader } from "../access.ts"
import type { Accepted } from "./accepted.ts"
import { recipientsIn } from "./accepted.ts"
import { readerName } from "../difference.ts"
import type { Edit } from "../difference.ts"
import { plural } from "../edits.ts"
import type { Grants, Members, Repo } from "../repo.ts"

/** A reader and one recipient of theirs. */
export interface Pair {
    readonly reader: Reader
    readonly recipient: string
}

/** The keys of a name: in the list, in the tree, and what follows from both before and after the edit. */
export interface Keys {
    readonly pinned: readonly string[] | undefined
    readonly tree: readonly string[]
    readonly before: readonly string[]
    readonly after: readonly string[]
}

/** An edit, judged by the list. */
export class Request {
    readonly before: Repo
    readonly edit: Edit
    readonly accepted: Accepted
    readonly #keys = new Map<string, Keys>()
    readonly #members = new Map<string, { readonly before: Members; readonly after: Members }>()

    constructor(before: Repo, edit: Edit, accepted: Accepted) {
        this.before = before
        this.edit = edit
        this.accepted = accepted
    }

    /** Where a secret lies before the edit. */
    source(path: string): string {
        return this.edit.moved?.get(path) ?? path
    }

    /**
     * What the edit adds to the accepted repository for a secret; with `tree`, what it would add if all names had the
     * keys, and all groups the members, that the tree gives them.
     */
    asked(path: string, tree = false): readonly Pair[] {
        const after = this.edit.repo.secrets.get(path) ?? noGrants
        const before = this.before.secrets.get(this.source(path)) ?? noGrants
        const groups = this.groups(path)
        const found: Pair[] = []
        for (const kind of ["user", "machine"] as const) {
            const kinds = plural(kind)
            const namedHere = new Set(this.edit.named?.grants?.get(path)?.[kinds])
            const was = new Set<string>()
            const is = new Set<string>()
            for (const name of after[kinds]) {
                const isAdded = !before[kinds].has(name) || namedHere.has(name)
                if (!isAdded && !this.#holds(path, kind, name)) continue
                is.add(name)
                if (!isAdded) was.add(name)
            }
            for (const group of groups.before)
                for (const name of this.#membersOf(group, tree).before[kinds]) was.add(name)
            for (const group of groups.after)
                for (const name of this.#membersOf(group, tree).after[kinds]) is.add(name)
            // Whom a command names is asked for, also when links and list have it so already: the file may not.
            for (const name of this.#named(path, kinds, tree)) was.delete(name)
            for (const name of is) {
                const reader: Reader = { kind, name }
                const keys = this.keysOf(kind, name, tree)
                const named = this.edit.named?.keys?.get(readerName(reader)) ?? []
                const old = was.has(name) ? keys.before.filter((each) => !named.includes(each)) : []
                for (const recipient of keys.after)
                    if (!old.includes(recipient)) found.push({ reader, recipient })
            }
        }
        return found
    }

    /** Those whom the command names for a secret: by a link, as members of a group, or by their group. */
    #named(path: string, kinds: "users" | "machines", tree: boolean): ReadonlySet<string> {
        const { grants, members } = this.edit.named ?? {}
        const { after } = this.groups(path)
        return new Set([
            ...[...(grants?.get(path)?.groups ?? [])].flatMap((group) =>
                after.has(group) ? [...this.#membersOf(group, tree).after[kinds]] : [],
            ),
            ...[...after].flatMap((group) => [...(members?.get(group)?.[kinds] ?? [])]),
        ])
    }

    /** The members that a group is known by after the edit. */
    membersAfter(group: string): Members {
        return this.#membersOf(group).after
    }

    /** The keys of a name; with `tree`, as if the list knew no others than those of the tree. */
    keysOf(kind: "user" | "machine", name: string, tree = false): Keys {
        const id = `${tree ? "tree" : "list"} ${readerName({ kind, name })}`
        const known = this.#keys.get(id)
        if (known !== undefined) return known
        const [old, next] = [this.before[plural(kind)].get(name), this.edit.repo[plural(kind)].get(name)]
        const inTree = recipientsIn(old ?? [])
        const after = recipientsIn(next ?? [])
        const pinned = this.accepted[plural(kind)].get(name)
        const before = tree ? inTree : (pinned ?? inTree)
        const named = this.edit.named?.keys?.get(readerName({ kind, name })) ?? []
        const isKept = (each: string): boolean =>
            before.includes(each) || named.includes(each) || (old !== next && !inTree.includes(each))
        const keys: Keys = { pinned, tree: inTree, before, after: after.filter(isKept) }
        this.#keys.set(id, keys)
        return keys
    }

    #membersOf(group: string, tree = false): { readonly before: Members; readonly after: Members } {
        const id = `${tree ? "tree" : "list"} ${group}`
        const known = this.#members.get(id)
        if (known !== undefined) return known
        const old = this.before.groups.get(group) ?? noGrants
        const next = this.edit.repo.groups.get(group) ?? noGrants
        const pinned = tree ? old : this.accepted.groups.get(group)
        const named = this.edit.named?.members?.get(group)
        const accepted = (kinds: "users" | "machines"): ReadonlySet<string> =>
            old[kinds].intersection(new Set(pinned?.[kinds]))
        const grown = (kinds: "users" | "machines"): ReadonlySet<string> =>
            next[kinds].intersection(
                accepted(kinds).union(next[kinds].difference(old[kinds])).union(new Set(named?.[kinds])),
            )
        const members = {
            before: { users: accepted("users"), machines: accepted("machines") },
            after: { users: grown("users"), machines: grown("machines") },
        }
        this.#members.set(id, members)
        return members
    }

    /** Whether a name that the tree links to a secret has it by the list; a secret that the list does not know counts. */
    #holds(path: string, kind: "user" | "machine", name: string): boolean {
        const place = this.accepted.secrets.get(this.source(path))
        return (
            place === undefined ||
            this.keysOf(kind, name).before.some((each) => place.recipients.includes(each))
        )
    }

    /** The groups that a secret is addressed to, as far as the list or the edit says so. */
    groups(path: string): { readonly before: ReadonlySet<string>; readonly after: ReadonlySet<string> } {
        const source = this.source(path)
        const tree = this.before.secrets.get(source)?.groups ?? new Set()
        const next = this.edit.repo.secrets.get(path)?.groups ?? new Set()
        const place = this.accepted.secrets.get(source)
        const before = place === undefined ? tree : tree.intersection(new Set(place.groups))
        const named = new Set(this.edit.named?.grants?.get(path)?.groups)
        return { before, after: next.intersection(before.union(next.difference(tree)).union(named)) }
    }
}

export const noGrants: Grants = { users: new Set(), machines: new Set(), groups: new Set() }

/** A pair, as one string to compare. */
export function pairName({ reader, recipient }: Pair): string {
    return `${readerName(reader)} ${recipient}`
}
