// Changes to the repository, each from one `Repo` to the next. What is not there, or there already, is refused here;
// who loses access by a change, and whether that is allowed, is judged once for all of them in rules.ts.

import { recipientOf } from "./recipients.ts"
import { Refusal, unknown } from "./refusal.ts"
import type { Grants, Key, Members, Repo } from "./repo.ts"

/** Users or machines: those who hold keys. */
export type ReaderKind = "user" | "machine"
/** What a secret can be addressed to. */
export type GranteeKind = ReaderKind | "group"

/** Names to address a secret to. */
export interface Grantees {
    readonly users?: Iterable<string>
    readonly machines?: Iterable<string>
    readonly groups?: Iterable<string>
}

const noLinks: Grants = { users: new Set(), machines: new Set(), groups: new Set() }

/** A repository with one more user or machine. Refused when the name is taken. */
export function addReader(repo: Repo, kind: ReaderKind, name: string, keys: readonly Key[]): Repo {
    if (repo[plural(kind)].has(name)) {
        throw new Refusal("exists", `${kind} "${name}" exists already`, {
            hint: "--force replaces its keys, add-key adds one",
        })
    }
    return withKeys(repo, kind, name, keys)
}

/** Gives a user or machine, new or not, exactly these keys. */
export function withKeys(repo: Repo, kind: ReaderKind, name: string, keys: readonly Key[]): Repo {
    return { ...repo, [plural(kind)]: new Map([...repo[plural(kind)], [name, distinctKeys(keys)]]) }
}

/** Gives a user or machine more keys. Keys it has already change nothing. */
export function addKeys(repo: Repo, kind: ReaderKind, name: string, keys: readonly Key[]): Repo {
    const own = keysOf(repo, kind, name)
    const held = new Set(own.map(recipientOf))
    const fresh = keys.filter((key) => !held.has(recipientOf(key)))
    return fresh.length === 0 ? repo : withKeys(repo, kind, name, [...own, ...fresh])
}

/** Takes keys from a user or machine. Keys it does not have change nothing; the last one cannot be taken. */
export function removeKeys(repo: Repo, kind: ReaderKind, name: string, keys: readonly Key[]): Repo {
    const own = keysOf(repo, kind, name)
    const unwanted = new Set(keys.map(recipientOf))
    const left = own.filter((key) => !unwanted.has(recipientOf(key)))
    if (left.length === own.length) return repo
    if (left.length === 0) {
        throw new Refusal("refused", `no key would remain for ${kind} "${name}"; it needs at least one`, {
            hint: `add the new key first, or use "hostseal ${kind}s remove ${name}"`,
        })
    }
    return withKeys(repo, kind, name, left)
}

/** Removes a user or machine with all its memberships and links (docs/clan-contract.md#defects, D6: from its groups too). */
export function removeReader(repo: Repo, kind: ReaderKind, name: string): Repo {
    keysOf(repo, kind, name)
    const gone = { ...repo, [plural(kind)]: without(repo[plural(kind)], name) }
    const groups = new Map(
        [...gone.groups].map(([group, members]) => [group, withoutMember(members, kind, name)] as const),
    )
    const secrets = new Map(
        [...gone.secrets].map(([path, grants]) => [path, withoutMember(grants, kind, name)] as const),
    )
    return dropEmptyGroups({ ...gone, groups, secrets })
}

/** Gives a user, machine or group another name: keys, members and links go with it, and nobody reads more or less. */
export function renameMember(repo: Repo, kind: GranteeKind, from: string, to: string): Repo {
    const names: ReadonlyMap<string, unknown> = repo[plural(kind)]
    if (!names.has(from)) throw unknown(kind, from, names.keys())
    if (names.has(to)) throw new Refusal("exists", `${kind} "${to}" exists already`)
    const secrets = new Map(
        [...repo.secrets].map(([path, grants]) => [path, withRenamed(grants, kind, from, to)] as const),
    )
    if (kind === "group") return { ...repo, groups: withKey(repo.groups, from, to), secrets }
    const groups = new Map(
        [...repo.groups].map(([group, members]) => [group, withRenamed(members, kind, from, to)] as const),
    )
    return { ...repo, [plural(kind)]: withKey(repo[plural(kind)], from, to), groups, secrets }
}

/** Adds to a group, which begins to exist with its first member. */
export function addToGroup(repo: Repo, group: string, kind: ReaderKind, name: string): Repo {
    keysOf(repo, kind, name)
    const members = repo.groups.get(group) ?? noLinks
    if (members[plural(kind)].has(name)) return repo
    const next: Members = {
        users: members.users,
        machines: members.machines,
        [plural(kind)]: new Set([...members[plural(kind)], name]),
    }
    return { ...repo, groups: new Map([...repo.groups, [group, next]]) }
}

/** Takes out of a group. With its last member the group ends, and every link to it. */
export function removeFromGroup(repo: Repo, group: string, kind: ReaderKind, name: string): Repo {
    const members = repo.groups.get(group)
    if (members === undefined) throw unknown("group", group, repo.groups.keys())
    if (!members[plural(kind)].has(name)) {
        throw new Refusal("not-found", `${kind} "${name}" is not in group "${group}"`)
    }
    const groups = new Map([...repo.groups, [group, withoutMember(members, kind, name)]])
    return dropEmptyGroups({ ...repo, groups })
}

/** Lets more readers read a secret. Every name must exist; a group without members does not. */
export function grant(repo: Repo, path: string, grantees: Grantees): Repo {
    return grantEach(repo, new Map([[path, grantees]]))
}

/** The same for many secrets, by path, in one go. */
export function grantEach(repo: Repo, wanted: ReadonlyMap<string, Grantees>): Repo {
    const secrets = new Map(repo.secrets)
    let same = true
    for (const [path, grantees] of wanted) {
        const grants = grantsOf(repo, path)
        const more = withMore(repo, grants, grantees)
        same &&= more === grants
        secrets.set(path, more)
    }
    return same ? repo : { ...repo, secrets }
}

/** Takes a link away. Refused when there is none. */
export function revoke(repo: Repo, path: string, kind: GranteeKind, name: string): Repo {
    const grants = grantsOf(repo, path)
    if (!grants[plural(kind)].has(name)) {
        throw new Refusal("not-found", `${kind} "${name}" has no link to secret "${secretName(path)}"`, {
            hint: `hostseal audit shows who can read it, and through what`,
        })
    }
    return { ...repo, secrets: new Map([...repo.secrets, [path, withoutLink(grants, kind, name)]]) }
}

/** A repository with a secret that nobody can read yet. */
export function addSecret(repo: Repo, path: string): Repo {
    return addSecrets(repo, [path])
}

/** A repository with these secrets; those that are new nobody can read yet. */
export function addSecrets(repo: Repo, paths: readonly string[]): Repo {
    const fresh = paths.filter((path) => !repo.secrets.has(path))
    if (fresh.length === 0) return repo
    const secrets = new Map(repo.secrets)
    for (const path of fresh) secrets.set(path, noLinks)
    return { ...repo, secrets }
}

/** Gives a secret another path. Its links go with it. */
export function moveSecret(repo: Repo, from: string, to: string): Repo {
    const grants = grantsOf(repo, from)
    if (repo.secrets.has(to)) throw new Refusal("exists", `secret "${secretName(to)}" exists already`)
    return { ...repo, secrets: new Map([...without(repo.secrets, from), [to, grants]]) }
}

/** Removes a secret. */
export function removeSecret(repo: Repo, path: string): Repo {
    grantsOf(repo, path)
    return { ...repo, secrets: without(repo.secrets, path) }
}

/** The keys of a user or machine. Refused when it does not exist. */
export function keysOf(repo: Repo, kind: ReaderKind, name: string): readonly Key[] {
    const keys = repo[plural(kind)].get(name)
    if (keys === undefined) throw unknown(kind, name, repo[plural(kind)].keys())
    return keys
}

/** The links of a secret. Refused when it does not exist. */
export function grantsOf(repo: Repo, path: string): Grants {
    const grants = repo.secrets.get(path)
    if (grants === undefined)
        throw unknown("secret", secretName(path), [...repo.secrets.keys()].map(secretName))
    return grants
}

/** The path of the secret that people call by this name. */
export function secretPath(name: string): string {
    return `sops/secrets/${name}`
}

/** What people call the secret at this path: its name, and for a var the whole path. */
export function secretName(path: string): string {
    return path.startsWith("sops/secrets/") ? path.slice("sops/secrets/".length) : path
}

/** The key of a `Repo` or of `Grants` that holds these. */
export function plural<K extends GranteeKind>(kind: K): `${K}s` {
    return `${kind}s`
}

/** The same object when these can read it already. */
function withMore(repo: Repo, grants: Grants, grantees: Grantees): Grants {
    const next = {
        users: new Set(grants.users),
        machines: new Set(grants.machines),
        groups: new Set(grants.groups),
    }
    for (const kind of ["user", "machine", "group"] as const) {
        for (const name of grantees[plural(kind)] ?? []) {
            if (!repo[plural(kind)].has(name)) throw unknown(kind, name, repo[plural(kind)].keys())
            next[plural(kind)].add(name)
        }
    }
    const same =
        next.users.size === grants.users.size &&
        next.machines.size === grants.machines.size &&
        next.groups.size === grants.groups.size
    return same ? grants : next
}

function distinctKeys(keys: readonly Key[]): readonly Key[] {
    return [...new Map(keys.map((key) => [recipientOf(key), key])).values()]
}

function without<V>(map: ReadonlyMap<string, V>, name: string): ReadonlyMap<string, V> {
    return new Map([...map].filter(([key]) => key !== name))
}

/** The same object when nothing changes: who compares two repositories looks at identity first. */
function withoutMember<M extends Members>(members: M, kind: ReaderKind, name: string): M {
    const names = members[plural(kind)]
    return names.has(name) ? { ...members, [plural(kind)]: less(names, name) } : members
}

function withoutLink(grants: Grants, kind: GranteeKind, name: string): Grants {
    const names = grants[plural(kind)]
    return names.has(name) ? { ...grants, [plural(kind)]: less(names, name) } : grants
}

/** The same object when nothing changes. */
function withRenamed<M extends Members>(members: M, kind: GranteeKind, from: string, to: string): M {
    const names = new Map<string, ReadonlySet<string>>(Object.entries(members)).get(plural(kind))
    if (names?.has(from) !== true) return members
    return { ...members, [plural(kind)]: new Set([...less(names, from), to]) }
}

function withKey<V>(map: ReadonlyMap<string, V>, from: string, to: string): ReadonlyMap<string, V> {
    return new Map([...map].map(([name, value]) => [name === from ? to : name, value]))
}

function less(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
    return new Set([...names].filter((each) => each !== name))
}

function dropEmptyGroups(repo: Repo): Repo {
    const empty = [...repo.groups]
        .filter(([, { users, machines }]) => users.size + machines.size === 0)
        .map(([name]) => name)
    if (empty.length === 0) return repo
    const groups = new Map([...repo.groups].filter(([name]) => !empty.includes(name)))
    const secrets = new Map(
        [...repo.secrets].map(
            ([path, grants]) =>
                [path, empty.reduce((left, group) => withoutLink(left, "group", group), grants)] as const,
        ),
    )
    return { ...repo, groups, secrets }
}
