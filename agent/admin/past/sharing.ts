// Two states of a repository that were read apart, so that what is the same in both is the same object: then only what
// differs counts as changed.

import type { Grants, Key, Members, Repo } from "../../repo/repo.ts"

/** `then` with everything from `now` that is equal. */
export function sharing(now: Repo, then: Repo): Repo {
    return {
        users: shared(now.users, then.users, sameKeys),
        machines: shared(now.machines, then.machines, sameKeys),
        groups: shared(now.groups, then.groups, sameMembers),
        secrets: shared(now.secrets, then.secrets, sameGrants),
    }
}

function shared<V>(
    now: ReadonlyMap<string, V>,
    then: ReadonlyMap<string, V>,
    isSame: (one: V, other: V) => boolean,
): ReadonlyMap<string, V> {
    return new Map(
        [...then].map(([name, value]) => {
            const known = now.get(name)
            return [name, known !== undefined && isSame(known, value) ? known : value] as const
        }),
    )
}

function sameKeys(one: readonly Key[], other: readonly Key[]): boolean {
    return JSON.stringify(one) === JSON.stringify(other)
}

function sameMembers(one: Members, other: Members): boolean {
    return sameNames(one.users, other.users) && sameNames(one.machines, other.machines)
}

function sameGrants(one: Grants, other: Grants): boolean {
    return sameMembers(one, other) && sameNames(one.groups, other.groups)
}

function sameNames(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
    return one.size === other.size && one.isSubsetOf(other)
}
