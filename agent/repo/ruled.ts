// A repository with a `.sops.yaml` as a `Repo`: a secret is a file, and who may read it stands in the rule for its path.
// Rules name keys and not people. Whose they are, and whether that is a person or a machine, is guessed from what the
// configuration calls them: for people to read, never to decide on access.

import { UserError, visibleName } from "../error.ts"
import type { Grants, Key, Members, Repo } from "./repo.ts"

/** A key as a configuration knows it. */
export interface NamedKey {
    /** As in files: an age or SSH recipient, or `pgp:` and a fingerprint. */
    readonly recipient: string
    readonly name: string | undefined
    /** What it stands below, outermost first. */
    readonly within: readonly string[]
    /** Where its name is written: keys of one place are one text, which rules take as a whole. */
    readonly place?: number
}

/** A repository, and whose each recipient is in it. */
export interface RuledRepo {
    readonly repo: Repo
    /** The reader who holds a recipient: a kind and a name. */
    readonly holders: ReadonlyMap<string, Holder>
}

/** Somebody with a key. `guessed` is false where nothing but the name of a machine or a person said which of them. */
export interface Holder {
    readonly kind: "user" | "machine"
    readonly name: string
    readonly guessed: boolean
}

/**
 * The repository of these files. `files` has the recipients that each is for; `tree` are the paths of all files, among
 * which machines have folders of their own.
 */
export function ruledRepo(
    keys: readonly NamedKey[],
    files: ReadonlyMap<string, readonly string[]>,
    tree: Iterable<string>,
): RuledRepo {
    const places = placesIn(tree)
    const holders = new Map<string, Holder>()
    const users = new Map<string, Key[]>()
    const machines = new Map<string, Key[]>()
    const groups = new Map<string, { users: Set<string>; machines: Set<string> }>()
    const known = new Set(keys.map(({ recipient }) => recipient))
    const strangers = [...new Set([...files.values()].flat())]
        .filter((recipient) => !known.has(recipient) && keyOf(recipient) !== undefined)
        .map((recipient): NamedKey => ({ recipient, name: undefined, within: [] }))
    for (const { key, publicKey, guess, name } of toldApart([...keys, ...strangers], files, places)) {
        const kind = guess ?? "user"
        const readers = kind === "user" ? users : machines
        readers.set(name, [...(readers.get(name) ?? []), publicKey])
        holders.set(key.recipient, { kind, name, guessed: guess !== undefined })
        const group = key.within.at(-1)
        if (group === undefined) continue
        const members = groups.get(group) ?? { users: new Set(), machines: new Set() }
        members[kind === "user" ? "users" : "machines"].add(name)
        groups.set(group, members)
    }
    const secrets = new Map(
        [...files].map(([path, recipients]) => [path, grantsTo(recipients, holders)] as const),
    )
    const shown: ReadonlyMap<string, Members> = groups
    return { repo: { users, machines, groups: shown, secrets }, holders }
}

interface Told {
    readonly key: NamedKey
    readonly publicKey: Key
    readonly guess: "user" | "machine" | undefined
    readonly name: string
}

/**
 * A name of its own for each key. Rules name keys, so two keys with one name must not be one reader: what one of them may
 * read would be given to the other too. Such names are told apart by the beginnings of the keys, or by the whole of them.
 * Keys between the commas of one text are one reader as long as every file is for all of them or none.
 */
function toldApart(
    keys: readonly NamedKey[],
    files: ReadonlyMap<string, readonly string[]>,
    places: Places,
): readonly Told[] {
    let told = keys.flatMap((key): readonly Told[] => {
        const publicKey = keyOf(key.recipient)
        const name = key.name ?? startOf(key.recipient)
        return publicKey === undefined ? [] : [{ key, publicKey, guess: kindOf(key, places), name }]
    })
    const longer = [
        ({ name, recipient }: NamedKey): string =>
            name === undefined ? recipient : `${name}-${startOf(recipient)}`,
        ({ name, recipient }: NamedKey): string => `${name ?? ""}-${recipient}`,
    ]
    const sharers = (): readonly (readonly Told[])[] =>
        [...Map.groupBy(told, ({ guess, name }) => `${guess ?? "user"}:${name}`).values()].filter(
            (some) => some.length > 1 && !areOne(some, files),
        )
    for (const nameOf of longer) {
        const some = new Set(sharers().flat())
        told = told.map((each) => (some.has(each) ? { ...each, name: nameOf(each.key) } : each))
    }
    const [clash] = sharers()
    if (clash !== undefined)
        throw new UserError(`several keys are called ${visibleName(clash[0]?.name ?? "")}`)
    return told
}

function areOne(some: readonly Told[], files: ReadonlyMap<string, readonly string[]>): boolean {
    const place = some[0]?.key.place
    if (place === undefined || some.some(({ key }) => key.place !== place)) return false
    return [...files.values()].every((recipients) => {
        const found = some.filter(({ key }) => recipients.includes(key.recipient))
        return found.length === 0 || found.length === some.length
    })
}

/**
 * One name for each PGP key among these recipients: the whole fingerprint, where it is known, for the last 16 digits of
 * it. Digits that several fingerprints end with stay what they are.
 */
export function spelling(recipients: Iterable<string>): (recipient: string) => string {
    const all = [...new Set(recipients)].filter((each) => each.startsWith("pgp:"))
    const whole = all.filter((each) => each.length > shortId)
    const names = new Map<string, string>()
    for (const short of all.filter((each) => each.length === shortId)) {
        const [only, ...others] = whole.filter((each) => each.endsWith(short.slice(4)))
        if (only !== undefined && others.length === 0) names.set(short, only)
    }
    return (recipient) => names.get(recipient) ?? recipient
}

const shortId = "pgp:".length + 16

/** Links cannot speak of keys in a cloud: those are in nobody's hand. */
function keyOf(recipient: string): Key | undefined {
    if (recipient.startsWith("pgp:")) return { type: "pgp", publickey: recipient.slice(4) }
    return /^[a-z_]+:/u.test(recipient) ? undefined : { type: "age", publickey: recipient }
}

/** Enough of a key to tell it from others. */
function startOf(recipient: string): string {
    const text = recipient.replace(/^pgp:/u, "").replace(/^ssh-\S+ AAAA/u, "")
    return text.slice(0, 12).replaceAll(/[^0-9A-Za-z]/gu, "")
}

/** The grants of a file that is for these recipients. Those whose keys nobody has are left out. */
export function grantsTo(recipients: readonly string[], holders: ReadonlyMap<string, Holder>): Grants {
    const users = new Set<string>()
    const machines = new Set<string>()
    for (const recipient of recipients) {
        const holder = holders.get(recipient)
        if (holder !== undefined) (holder.kind === "user" ? users : machines).add(holder.name)
    }
    return { users, machines, groups: new Set() }
}

const groupWords = {
    user: /^(?:users?|admins?|people|persons?|humans?|operators?|team|yubikeys?)$/iu,
    machine: /^(?:hosts?|machines?|servers?|systems?|nodes?|devices?|vms?|workstations?)$/iu,
} as const
const nameWords = {
    user: /^(?:users?|admins?|yubikey)[_-]|[_-](?:user|admin|gpg|yubikey)$|^yubikey/iu,
    machine: /^(?:hosts?|servers?|systems?|machines?|nodes?)[_-]|[_-](?:host|server|system|machine|node)$/iu,
} as const

function kindOf({ recipient, name, within }: NamedKey, places: Places): "user" | "machine" | undefined {
    const kinds = ["user", "machine"] as const
    const byGroup = kinds.find((kind) => within.some((word) => groupWords[kind].test(word)))
    const byName = name === undefined ? undefined : kinds.find((kind) => nameWords[kind].test(name))
    if (byGroup !== undefined || byName !== undefined) return byGroup ?? byName
    if (recipient.startsWith("pgp:")) return "user"
    return kinds.toReversed().find((kind) => name !== undefined && places[kind].has(name))
}

type Places = Readonly<Record<"user" | "machine", ReadonlySet<string>>>

/** Names of files and folders that stand where configurations of machines and people do. */
function placesIn(tree: Iterable<string>): Places {
    const places = { user: new Set<string>(), machine: new Set<string>() }
    for (const path of tree) {
        const segments = path.split("/")
        segments.forEach((segment, index) => {
            const name = segments[index + 1]?.replace(/\.nix$/u, "")
            if (name === undefined) return
            if (/^(?:hosts|machines|systems|nodes|servers|nixos|devices)$/iu.test(segment))
                places.machine.add(name)
            if (/^(?:users|home|homes)$/iu.test(segment)) places.user.add(name)
        })
    }
    return places
}
