// What a change does: found by comparing the repository before with the repository after. Everything that has to be
// re-encrypted, linked, told and written down follows from it (docs/architecture.md#set-to-a-commit).

import { type Reader, readersOf } from "./access.ts"
import type { GranteeKind, Grantees } from "./edits.ts"
import { recipientOf, recipientsOf } from "./recipients.ts"
import type { Grants, Repo } from "./repo.ts"

/** A change: the repository as it will be, and where secrets come from that had another path. */
export interface Edit {
    readonly repo: Repo
    /** Old paths by new ones. */
    readonly moved?: ReadonlyMap<string, string>
    /** What the command says in so many words, be it in the repository already or not. */
    readonly named?: Named
    /** Whom it gives another name, with all that they can read. */
    readonly renamed?: Renamed
}

/** A user, machine or group, and the name that they have from now on. */
export interface Renamed {
    readonly kind: GranteeKind
    readonly from: string
    readonly to: string
    /** The repository before the edit, as if they had always been called so. */
    readonly repo: Repo
}

/** Who and what a command names: links of secrets, members of groups, and keys of readers. */
export interface Named {
    readonly grants?: ReadonlyMap<string, Grantees>
    readonly members?: ReadonlyMap<string, Pick<Grantees, "users" | "machines">>
    /** Recipients by readers, as `readerName` has them. */
    readonly keys?: ReadonlyMap<string, readonly string[]>
}

/** A secret whose readers, or their keys, a change touches. */
export interface Shift {
    /** Its path after the change. */
    readonly path: string
    /** Who has a key for it now and had none. */
    readonly gained: readonly Reader[]
    /** Who had a key for it and has none now. */
    readonly lost: readonly Reader[]
    /** Recipients in code point order. Those before are empty for a new secret. */
    readonly before: readonly string[]
    readonly after: readonly string[]
    /** Whether a user, and not only a machine, could and can read it. */
    readonly hadUser: boolean
    readonly hasUser: boolean
}

/**
 * The secrets of `after` that others can read than before, or with other keys, by path. A secret that is removed is
 * not among them. Looks closely only at those that something about them has changed, so it is quick when most have
 * not.
 */
export function shifts(before: Repo, { repo: after, moved = new Map() }: Edit): readonly Shift[] {
    const changed = changedNames(before, after)
    const readingBefore = reading(before)
    const readingAfter = reading(after)
    const found: Shift[] = []
    for (const [path, grants] of after.secrets) {
        const old = before.secrets.get(moved.get(path) ?? path)
        if (old === grants && !touches(grants, changed)) continue
        const was = old === undefined ? nobody : readingBefore(old)
        const is = readingAfter(grants)
        if (same(was.recipients, is.recipients)) continue
        found.push({
            path,
            gained: except(is.readers, was.readers),
            lost: except(was.readers, is.readers),
            before: was.recipients,
            after: is.recipients,
            hadUser: was.readers.some(isUser),
            hasUser: is.readers.some(isUser),
        })
    }
    return found.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** The readers in `repo` who hold one of these recipients, users first, by name. */
export function holdersOf(repo: Repo, recipients: ReadonlySet<string>): readonly Reader[] {
    return (["user", "machine"] as const).flatMap((kind) =>
        [...repo[kind === "user" ? "users" : "machines"]]
            .filter(([, keys]) => keys.some((key) => recipients.has(recipientOf(key))))
            .map(([name]) => ({ kind, name }))
            .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    )
}

/** `user bob`, as one string to compare. */
export function readerName({ kind, name }: Reader): string {
    return `${kind}:${name}`
}

function changedNames(before: Repo, after: Repo): Record<keyof Grants, ReadonlySet<string>> {
    const users = changedKeys(before.users, after.users)
    const machines = changedKeys(before.machines, after.machines)
    const groups = new Set(changedKeys(before.groups, after.groups))
    for (const [name, members] of after.groups) {
        if (!members.users.isDisjointFrom(users) || !members.machines.isDisjointFrom(machines))
            groups.add(name)
    }
    return { users, machines, groups }
}

function changedKeys<V>(before: ReadonlyMap<string, V>, after: ReadonlyMap<string, V>): ReadonlySet<string> {
    const changed = new Set<string>()
    for (const [name, value] of after) if (before.get(name) !== value) changed.add(name)
    for (const name of before.keys()) if (!after.has(name)) changed.add(name)
    return changed
}

function touches(grants: Grants, changed: Record<keyof Grants, ReadonlySet<string>>): boolean {
    return (["users", "machines", "groups"] as const).some(
        (plural) => !grants[plural].isDisjointFrom(changed[plural]),
    )
}

interface Reading {
    readonly readers: readonly Reader[]
    readonly recipients: readonly string[]
}

const nobody: Reading = { readers: [], recipients: [] }

/** Who reads with which links. Many secrets have the same ones; each combination is worked out once. */
function reading(repo: Repo): (grants: Grants) => Reading {
    const known = new Map<string, Reading>()
    return (grants) => {
        const links = [grants.users, grants.machines, grants.groups]
            .map((names) => [...names].join(" "))
            .join("/")
        const found = known.get(links) ?? {
            readers: readersWithKeys(repo, grants),
            recipients: recipientsOf(repo, grants),
        }
        known.set(links, found)
        return found
    }
}

function readersWithKeys(repo: Repo, grants: Grants): readonly Reader[] {
    return readersOf(repo, grants)
        .filter(({ kind, name }) => (repo[kind === "user" ? "users" : "machines"].get(name) ?? []).length > 0)
        .map(({ kind, name }) => ({ kind, name }))
}

function isUser({ kind }: Reader): boolean {
    return kind === "user"
}

function same(some: readonly string[], others: readonly string[]): boolean {
    return some.length === others.length && some.every((text, index) => text === others[index])
}

function except(all: readonly Reader[], some: readonly Reader[]): readonly Reader[] {
    const names = new Set(some.map(readerName))
    return all.filter((reader) => !names.has(readerName(reader)))
}
