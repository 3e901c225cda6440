// What random command lines ought to do, said once more and in the simplest way: a repository is names and sets, and
// every command is one line about them. Nothing here is shared with the program.

import * as fc from "fast-check"

type Names = ReadonlySet<string>
interface Links {
    readonly users: Names
    readonly machines: Names
    readonly groups: Names
}
type Kind = keyof Links

/** A repository as it should be. Keys are called by the name of the person, machine or drawer they belong to. */
export interface Expected {
    readonly users: ReadonlyMap<string, Names>
    readonly machines: ReadonlyMap<string, Names>
    readonly groups: ReadonlyMap<string, Links>
    readonly secrets: ReadonlyMap<string, Links & { readonly value: string }>
}

/** One command line. `words` has the names of keys where the line has public keys, as `$alice`. */
export interface Step {
    readonly as: string
    readonly words: readonly string[]
    readonly stdin: string
    /** The next state; undefined if the command is to refuse, whoever gives it. */
    readonly next: (state: Expected, keyOf: string) => Expected | undefined
    /** Those that get a new value, for which nothing has to be decrypted. */
    readonly sets?: (state: Expected) => readonly string[]
    /** Values that come in a sops file on standard input, which the one who gives the command can open. */
    readonly sealed?: Readonly<Record<string, string>>
}

/** Where a secret lies. Vars are called as they lie: no command has another name for them. */
export function pathOf(name: string): string {
    return name.startsWith("vars/") ? name : `sops/secrets/${name}`
}

const noLinks: Links = { users: new Set(), machines: new Set(), groups: new Set() }
const plus = (names: Names, name: string): Names => new Set([...names, name])
const minus = (names: Names, name: string): Names => new Set([...names].filter((each) => each !== name))
const put = <V>(map: ReadonlyMap<string, V>, name: string, value: V): ReadonlyMap<string, V> =>
    new Map([...map, [name, value]])
const cut = <V>(map: ReadonlyMap<string, V>, name: string): ReadonlyMap<string, V> =>
    new Map([...map].filter(([key]) => key !== name))

/** The keys that should open a secret. */
export function readers(state: Expected, secret: string): Names {
    const links = state.secrets.get(secret)
    if (links === undefined) return new Set()
    const keys = new Set<string>()
    for (const from of [links, ...[...links.groups].map((group) => state.groups.get(group) ?? noLinks)]) {
        for (const user of from.users) for (const key of state.users.get(user) ?? []) keys.add(key)
        for (const machine of from.machines)
            for (const key of state.machines.get(machine) ?? []) keys.add(key)
    }
    return keys
}

/** What a step should come to: the next state, or undefined when it has to be refused (docs/clan-contract.md#promises, promises 2–6). */
export function outcome(state: Expected, step: Step): Expected | undefined {
    const { as } = step
    const next = step.next(state, as)
    if (next === undefined) return undefined
    const set = new Set(step.sets?.(state) ?? [])
    const users = new Set([...next.users.values()].flatMap((keys) => [...keys]))
    for (const secret of next.secrets.keys()) {
        const [is, was] = [readers(next, secret), readers(state, secret)]
        if (!state.secrets.has(secret) && !set.has(secret)) continue
        // Who cannot read a secret overwrites it only with --force.
        if (state.secrets.has(secret) && set.has(secret) && !was.has(as)) return undefined
        if (state.secrets.has(secret) && is.size === was.size && is.isSubsetOf(was)) continue
        if (is.isDisjointFrom(users)) return undefined
        if (was.has(as) && !is.has(as)) return undefined
        if (!set.has(secret) && !was.has(as)) return undefined
    }
    return next
}

function withoutEmpty(state: Expected): Expected {
    const groups = new Map(
        [...state.groups].filter(([, { users, machines }]) => users.size + machines.size > 0),
    )
    const secrets = new Map(
        [...state.secrets].map(([name, links]) => [
            name,
            { ...links, groups: new Set([...links.groups].filter((group) => groups.has(group))) },
        ]),
    )
    return { ...state, groups, secrets }
}

function withoutReader(state: Expected, kind: "users" | "machines", name: string): Expected | undefined {
    if (!state[kind].has(name)) return undefined
    const less = <L extends Links>(links: L): L => ({ ...links, [kind]: minus(links[kind], name) })
    return withoutEmpty({
        ...state,
        [kind]: cut(state[kind], name),
        groups: new Map([...state.groups].map(([group, links]) => [group, less(links)])),
        secrets: new Map([...state.secrets].map(([secret, links]) => [secret, less(links)])),
    })
}

const users = ["alice", "bob", "carol"] as const
const machines = ["web01", "web02"] as const
const groups = ["admins", "web"] as const
const secrets = ["wifi", "vpn", "mail"] as const

interface Named {
    readonly kind: Kind
    readonly name: string
}

/** A secret that gets a value, with links to those who are named; undefined if one of them is not there. */
function valued(
    state: Expected,
    of: string,
    named: readonly Named[],
    value: string,
    caller: string,
): Expected | undefined {
    if (named.some(({ kind, name }) => !state[kind].has(name))) return undefined
    const links = named.reduce<Links>(
        (all, { kind, name }) => Object.assign({}, all, { [kind]: plus(all[kind], name) }),
        state.secrets.get(of) ?? noLinks,
    )
    const made = { ...state, secrets: put(state.secrets, of, { ...links, value }) }
    if (state.secrets.has(of) || readers(made, of).has(caller)) return made
    // Who makes a secret can read it, if they are a user who has this key, or another.
    const isUser = [...state.users.values()].some((keys) => keys.has(caller))
    if (!isUser) return made
    const own = { ...links, users: plus(links.users, caller), value }
    return { ...state, secrets: put(state.secrets, of, own) }
}

const flags = (named: readonly Named[]): readonly string[] =>
    named.map(({ kind, name }) => `--${singular(kind)}=${name}`)

/** Whose keys there are. Nobody shares one. */
export const keyNames = [...users, ...machines].flatMap((name) => [name, `${name}_new`])

const reader = fc.oneof(
    fc.record({ kind: fc.constant("users" as const), name: fc.constantFrom(...users) }),
    fc.record({ kind: fc.constant("machines" as const), name: fc.constantFrom(...machines) }),
)
const grantee = fc.oneof(
    reader,
    fc.record({ kind: fc.constant("groups" as const), name: fc.constantFrom(...groups) }),
)
const secret = fc.constantFrom(...secrets)
const group = fc.constantFrom(...groups)
const which = fc.constantFrom("", "_new")
const singular = (kind: Kind): string => kind.slice(0, -1)

type Line = Omit<Step, "as" | "stdin"> & { readonly stdin?: string }

const lines: fc.Arbitrary<Line> = fc.oneof(
    fc.tuple(reader, which, fc.boolean()).map(([{ kind, name }, suffix, force]): Line => ({
        words: [kind, "add", ...(force ? ["--force"] : []), name, `$${name}${suffix}`],
        next: (state) =>
            state[kind].has(name) && !force
                ? undefined
                : { ...state, [kind]: put(state[kind], name, new Set([`${name}${suffix}`])) },
    })),
    fc.tuple(reader).map(([{ kind, name }]): Line => ({
        words: [kind, "remove", name],
        next: (state) => withoutReader(state, kind, name),
    })),
    fc.tuple(reader, which, fc.boolean()).map(([{ kind, name }, suffix, adds]): Line => ({
        words: [kind, adds ? "add-key" : "remove-key", name, `$${name}${suffix}`],
        next: (state) => {
            const keys = state[kind].get(name)
            if (keys === undefined) return undefined
            const left = adds ? plus(keys, name + suffix) : minus(keys, name + suffix)
            return left.size === 0 ? undefined : { ...state, [kind]: put(state[kind], name, left) }
        },
    })),
    fc.tuple(group, reader, fc.boolean()).map(([to, { kind, name }, adds]): Line => ({
        words: ["groups", `${adds ? "add" : "remove"}-${singular(kind)}`, to, name],
        next: (state) => {
            const members = state.groups.get(to) ?? noLinks
            if (adds ? !state[kind].has(name) : !members[kind].has(name)) return undefined
            const changed = { ...members, [kind]: (adds ? plus : minus)(members[kind], name) }
            return withoutEmpty({ ...state, groups: put(state.groups, to, changed) })
        },
    })),
    fc.tuple(grantee, secret, fc.boolean()).map(([{ kind, name }, of, adds]): Line => ({
        words: [kind, adds ? "add-secret" : "remove-secret", name, of],
        next: (state) => {
            const links = state.secrets.get(of)
            if (links === undefined) return undefined
            if (adds ? !state[kind].has(name) : !links[kind].has(name)) return undefined
            const changed = { ...links, [kind]: (adds ? plus : minus)(links[kind], name) }
            return { ...state, secrets: put(state.secrets, of, changed) }
        },
    })),
    fc.tuple(secret, fc.array(grantee, { maxLength: 3 }), fc.nat()).map(([of, named, number]): Line => ({
        words: ["set", ...flags(named), of],
        stdin: `CANARY ${number}`,
        sets: () => [of],
        next: (state, caller) => valued(state, of, named, `CANARY ${number}`, caller),
    })),
    fc
        .tuple(
            fc.dictionary(secret, fc.nat(), { minKeys: 1, maxKeys: 2 }),
            fc.array(grantee, { maxLength: 2 }),
        )
        .map(([numbers, named]): Line => {
            const sealed = Object.fromEntries(
                Object.entries(numbers).map(([name, number]) => [name, `CANARY ${number}`]),
            )
            const fresh = (state: Expected) => Object.keys(sealed).filter((name) => !state.secrets.has(name))
            return {
                words: ["import-sops", "--input-type=json", ...flags(named), "-"],
                sealed,
                sets: fresh,
                // What is there already is left alone.
                next: (state, caller) =>
                    fresh(state).reduce<Expected | undefined>(
                        (made, of) => made && valued(made, of, named, sealed[of] ?? "", caller),
                        state,
                    ),
            }
        }),
    fc.tuple(secret, secret).map(([from, to]): Line => ({
        words: ["rename", from, to],
        next: (state) => {
            const links = state.secrets.get(from)
            if (links === undefined || state.secrets.has(to)) return undefined
            return { ...state, secrets: put(cut(state.secrets, from), to, links) }
        },
    })),
    secret.map((of): Line => ({
        words: ["remove", of],
        next: (state) => (state.secrets.has(of) ? { ...state, secrets: cut(state.secrets, of) } : undefined),
    })),
    fc.constant<Line>({ words: ["key", "update"], next: (state) => state }),
)

/** A command line of somebody: mostly of alice. */
export const step: fc.Arbitrary<Step> = fc
    .tuple(fc.constantFrom("alice", "alice", "bob"), lines)
    .map(([as, line]) => ({
        stdin: "",
        ...line,
        as,
        [fc.toStringMethod]: () => `${as}: ${line.words.join(" ")}`,
    }))

/** Something that no command names, and every change of keys and members has to keep right (docs/clan-contract.md#what-follows-a-change). */
const vars = "vars/shared/ca/key"

/** A repository to begin with, and the lines that make it, apart from its secrets. */
export const beginning: readonly (readonly string[])[] = [
    ["users", "add", "alice", "$alice"],
    ["users", "add", "bob", "$bob"],
    ["machines", "add", "web01", "$web01"],
    ["groups", "add-user", "admins", "alice"],
    ["groups", "add-user", "admins", "bob"],
]
export const atFirst: Expected = {
    users: new Map([
        ["alice", new Set(["alice"])],
        ["bob", new Set(["bob"])],
    ]),
    machines: new Map([["web01", new Set(["web01"])]]),
    groups: new Map([
        ["admins", { users: new Set(["alice", "bob"]), machines: new Set(), groups: new Set() }],
    ]),
    secrets: new Map([
        [vars, secretOf("vars", ["alice"], ["web01"], ["admins"])],
        ["wifi", secretOf("wifi", ["alice", "bob"], ["web01"], ["admins"])],
        ["vpn", secretOf("vpn", ["alice"], [], ["admins"])],
    ]),
}

function secretOf(name: string, ...[of, on, to]: readonly (readonly string[])[]): Links & { value: string } {
    return { users: new Set(of), machines: new Set(on), groups: new Set(to), value: `CANARY of ${name}` }
}

/** The links that a state has in the tree: their paths and targets. */
export function linksOf({ groups: all, secrets: found }: Expected): Record<string, string> {
    const links: Record<string, string> = {}
    const note = (folder: string, kind: Kind, names: Names): void => {
        const up = folder.startsWith("sops/") ? "../../.." : `${folder.replaceAll(/[^/]+/gu, "..")}/../sops`
        for (const name of names) links[`${folder}/${kind}/${name}`] = `${up}/${kind}/${name}`
    }
    for (const [name, from] of all) {
        for (const kind of ["users", "machines"] as const) note(`sops/groups/${name}`, kind, from[kind])
    }
    for (const [name, from] of found) {
        for (const kind of ["users", "machines", "groups"] as const) note(pathOf(name), kind, from[kind])
    }
    return links
}
