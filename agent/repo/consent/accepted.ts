// What this clone last agreed to: who may read which secret, and whose keys are whose. Links, key files and the labels
// of entries lie in the tree, where everybody who may write to the repository can change them; this list does not.

import { recipientOf, recipientsOf } from "../recipients.ts"
import type { Grants, Key, Repo } from "../repo.ts"

/** What was agreed to for one secret. */
export interface Place {
    /** Who may have its data key, in code point order. */
    readonly recipients: readonly string[]
    /** The groups that it is addressed to. */
    readonly groups: readonly string[]
    /** Recipients whose links were known to have no entry: that is no reason to ask once more. */
    readonly unobeyed?: readonly string[] | undefined
    /** The IV of its value, which nobody can change without the data key: two secrets with one IV are one value. */
    readonly iv?: string | undefined
    /** IVs of the values that it had before, the latest last. */
    readonly past?: readonly string[] | undefined
    /** The blob of its file, as git names it. */
    readonly blob?: string | undefined
    /** What a binding under its data key says of that key, without telling it; only where its file was bound. */
    readonly key?: string | undefined
}

/** The list. Names are those of `Repo`, and so are the paths of secrets. */
export interface Accepted {
    /** The commit that it was made from, on trust; undefined without git, and before the first commit. */
    readonly trusted?: string | undefined
    /** Whether secrets without a valid binding are refused here. Once it is on, the tree cannot switch it off. */
    readonly strict: boolean
    /** Recipients by name. */
    readonly users: ReadonlyMap<string, readonly string[]>
    readonly machines: ReadonlyMap<string, readonly string[]>
    readonly groups: ReadonlyMap<string, GroupMembers>
    readonly secrets: ReadonlyMap<string, Place>
}

export interface GroupMembers {
    readonly users: readonly string[]
    readonly machines: readonly string[]
}

/** What a change teaches the list, by name and path; undefined for what is to be forgotten. */
export interface Lesson {
    readonly users: ReadonlyMap<string, readonly string[] | undefined>
    readonly machines: ReadonlyMap<string, readonly string[] | undefined>
    readonly groups: ReadonlyMap<string, GroupMembers | undefined>
    readonly secrets: ReadonlyMap<string, Place | undefined>
    /** Whether secrets without a valid binding are refused from now on; undefined when that stays as it is. */
    readonly strict?: boolean | undefined
}

/** What a secret's file says of itself without a key. Its labels are names as `recipientOf` gives them. */
export interface Held {
    readonly labels: readonly string[]
    readonly iv?: string | undefined
    readonly blob?: string | undefined
    /** Known of files that were bound here. */
    readonly key?: string | undefined
}

export const nothingAccepted: Accepted = {
    strict: false,
    users: new Map(),
    machines: new Map(),
    groups: new Map(),
    secrets: new Map(),
}

/**
 * The list for a repository that is taken on trust as it is: names have the keys that they have, and a secret may be
 * read by those whom both its links and its file name. A file that makes no sense is given to whom its links name.
 */
export function onTrust(
    repo: Repo,
    files: ReadonlyMap<string, Held | undefined>,
    trusted: string | undefined,
): Accepted {
    const recipients = linkedRecipients(repo)
    const secrets = new Map<string, Place>()
    for (const [path, grants] of repo.secrets) {
        if (!files.has(path)) continue
        const held = files.get(path)
        const linked = recipients(grants)
        const labels = held && new Set(held.labels)
        const isHeld = (each: string): boolean => labels?.has(each) ?? true
        secrets.set(path, {
            recipients: linked.filter(isHeld),
            unobeyed: linked.filter((each) => !isHeld(each)),
            groups: [...grants.groups].toSorted(),
            iv: held?.iv,
            blob: held?.blob,
        })
    }
    return {
        trusted,
        strict: false,
        users: keysByName(repo.users),
        machines: keysByName(repo.machines),
        groups: new Map(
            [...repo.groups].map(([name, { users, machines }]) => [
                name,
                { users: [...users].toSorted(), machines: [...machines].toSorted() },
            ]),
        ),
        secrets,
    }
}

/** The list after a change. */
export function learned(accepted: Accepted, lesson: Lesson): Accepted {
    return {
        ...accepted,
        strict: lesson.strict ?? accepted.strict,
        users: patched(accepted.users, lesson.users),
        machines: patched(accepted.machines, lesson.machines),
        groups: patched(accepted.groups, lesson.groups),
        secrets: patched(accepted.secrets, lesson.secrets),
    }
}

/** What the list says before a change of the users, machines and groups that the change teaches it something about. */
export function namesBefore({ users, machines, groups }: Accepted, lesson: Lesson): Lesson {
    const old = <V>(known: ReadonlyMap<string, V>, taught: ReadonlyMap<string, unknown>) =>
        new Map([...taught.keys()].map((name) => [name, known.get(name)]))
    return {
        users: old(users, lesson.users),
        machines: old(machines, lesson.machines),
        groups: old(groups, lesson.groups),
        secrets: new Map(),
    }
}

/** The recipients of keys, each once. */
export function recipientsIn(keys: readonly Key[]): readonly string[] {
    return [...new Set(keys.map(recipientOf))].toSorted()
}

function keysByName(names: ReadonlyMap<string, readonly Key[]>): ReadonlyMap<string, readonly string[]> {
    return new Map([...names].map(([name, keys]) => [name, recipientsIn(keys)]))
}

/** Thousands of secrets have the same links; each combination is worked out once. */
function linkedRecipients(repo: Repo): (grants: Grants) => readonly string[] {
    const known = new Map<string, readonly string[]>()
    return (grants) => {
        const links = [grants.users, grants.machines, grants.groups]
            .map((names) => [...names].join(" "))
            .join("/")
        const found = known.get(links) ?? recipientsOf(repo, grants)
        known.set(links, found)
        return found
    }
}

function patched<V>(
    old: ReadonlyMap<string, V>,
    changes: ReadonlyMap<string, V | undefined>,
): ReadonlyMap<string, V> {
    if (changes.size === 0) return old
    const next = new Map(old)
    for (const [name, value] of changes) {
        if (value === undefined) next.delete(name)
        else next.set(name, value)
    }
    return next
}
