// The access map as a page wants it: every name once, readers and groups by number, and what is known of each secret
// besides. Ten thousand secrets with a thousand readers are a megabyte or two.

import { readersOf } from "../access.ts"
import { readerName } from "../difference.ts"
import type { Grants, Repo } from "../repo.ts"

/** Something that is to be done about a secret. */
export interface Mark {
    /** `owed`: somebody knows its value who may not. `wrong`: links and file disagree. `unbound`: nothing proves its place. */
    readonly kind: "owed" | "wrong" | "unbound"
    readonly text: string
}

/** Those who have a secret by links of their own, and the groups that have it: indices, in the order of names. */
export interface Links {
    readonly readers: readonly number[]
    readonly groups: readonly number[]
}

export interface ChartSecret {
    readonly path: string
    /** An index into `links`. */
    readonly links: number
    /** When each link was made, readers before groups; RFC 3339, null where git does not say. Absent without git. */
    readonly since?: readonly (string | null)[]
    readonly marks?: readonly Mark[]
    /** Readers who have it now and had not, and the reverse: indices. */
    readonly gained?: readonly number[]
    readonly lost?: readonly number[]
    /** Whether it is there on one side alone. */
    readonly only?: "now" | "then"
}

export interface Chart {
    /** Users before machines, by name. */
    readonly readers: readonly {
        readonly kind: "user" | "machine"
        readonly name: string
        readonly keys: number
    }[]
    readonly groups: readonly {
        readonly name: string
        readonly members: readonly number[]
        readonly since?: readonly (string | null)[]
    }[]
    readonly links: readonly Links[]
    readonly secrets: readonly ChartSecret[]
    /** The state that it is compared with, by the name that somebody gave it; null without one. */
    readonly comparedWith: string | null
}

/** What a chart may show besides links. */
export interface ChartFacts {
    /** When each link was made, by its path in the repository. */
    readonly made?: ReadonlyMap<string, string> | undefined
    readonly marks?: ReadonlyMap<string, readonly Mark[]>
    /** An earlier state to compare with. */
    readonly before?: { readonly repo: Repo; readonly name: string } | undefined
}

/** The chart of a repository. */
export function chartOf(repo: Repo, { made, marks, before }: ChartFacts = {}): Chart {
    const readers = readersIn(repo, before?.repo)
    const numbers = new Map(readers.map((reader, index) => [readerName(reader), index]))
    const groupNames = sorted(repo.groups.keys())
    const groupNumbers = new Map(groupNames.map((name, index) => [name, index]))
    const date = (path: string): string | null => made?.get(path) ?? null

    const links: Links[] = []
    const known = new Map<string, number>()
    const linksOf = (grants: Grants): number => {
        const own = [
            ...sorted(grants.users).map((name) => `user:${name}`),
            ...sorted(grants.machines).map((name) => `machine:${name}`),
        ].flatMap((name) => numbers.get(name) ?? [])
        const groups = sorted(grants.groups).flatMap((name) => groupNumbers.get(name) ?? [])
        const text = `${own.join()}/${groups.join()}`
        const number = known.get(text) ?? links.push({ readers: own, groups }) - 1
        known.set(text, number)
        return number
    }

    const changes = before === undefined ? undefined : changesBetween(before.repo, repo, numbers)
    const nobody = (): number => linksOf({ users: new Set(), machines: new Set(), groups: new Set() })
    const paths = sorted(new Set([...repo.secrets.keys(), ...(before?.repo.secrets.keys() ?? [])]))
    const secrets = paths.map((path): ChartSecret => {
        const grants = repo.secrets.get(path)
        const number = grants === undefined ? nobody() : linksOf(grants)
        const { readers: own = [], groups = [] } = links[number] ?? {}
        const isMarked = marks?.get(path)
        return {
            path,
            links: number,
            ...(made === undefined
                ? {}
                : {
                      since: [
                          ...own.map((index) => date(`${path}/${linkOf(readers[index])}`)),
                          ...groups.map((index) => date(`${path}/groups/${groupNames[index]}`)),
                      ],
                  }),
            ...(isMarked === undefined ? {} : { marks: isMarked }),
            ...changes?.(path),
        }
    })
    return {
        readers,
        groups: groupNames.map((name) => {
            const { users = [], machines = [] } = repo.groups.get(name) ?? {}
            const members = [
                ...sorted(users).map((user) => `user:${user}`),
                ...sorted(machines).map((machine) => `machine:${machine}`),
            ].flatMap((member) => numbers.get(member) ?? [])
            const since = members.map((index) => date(`sops/groups/${name}/${linkOf(readers[index])}`))
            return { name, members, ...(made === undefined ? {} : { since }) }
        }),
        links,
        secrets,
        comparedWith: before?.name ?? null,
    }
}

/** Everybody whom one of the states knows. */
function readersIn(now: Repo, then: Repo | undefined): Chart["readers"] {
    return (["user", "machine"] as const).flatMap((kind) => {
        const [own, old] = [now[`${kind}s`], then?.[`${kind}s`]]
        const names = sorted(new Set([...own.keys(), ...(old?.keys() ?? [])]))
        return names.map((name) => ({ kind, name, keys: (own.get(name) ?? []).length }))
    })
}

function changesBetween(
    then: Repo,
    now: Repo,
    numbers: ReadonlyMap<string, number>,
): (path: string) => Pick<ChartSecret, "gained" | "lost" | "only"> {
    const before = namesOf(then)
    const after = namesOf(now)
    return (path) => {
        const [was, is] = [before(then.secrets.get(path)), after(now.secrets.get(path))]
        const index = (names: ReadonlySet<string>): readonly number[] =>
            [...names].flatMap((name) => numbers.get(name) ?? [])
        const [gained, lost] = [index(is.difference(was)), index(was.difference(is))]
        const only = !then.secrets.has(path) ? "now" : now.secrets.has(path) ? undefined : "then"
        return {
            ...(gained.length === 0 ? {} : { gained }),
            ...(lost.length === 0 ? {} : { lost }),
            ...(only === undefined ? {} : { only }),
        }
    }
}

/** Who reads what has these grants. Thousands of secrets have the same. */
function namesOf(repo: Repo): (grants: Grants | undefined) => ReadonlySet<string> {
    const known = new Map<string, ReadonlySet<string>>()
    return (grants) => {
        if (grants === undefined) return new Set()
        const text = [grants.users, grants.machines, grants.groups].map((all) => [...all].join(" ")).join("/")
        const found = known.get(text) ?? new Set(readersOf(repo, grants).map(readerName))
        known.set(text, found)
        return found
    }
}

/** `users/bob`: how a link to a reader is called. */
function linkOf(reader: { readonly kind: string; readonly name: string } | undefined): string {
    return reader === undefined ? "" : `${reader.kind}s/${reader.name}`
}

function sorted(names: Iterable<string>): readonly string[] {
    return [...names].toSorted()
}
