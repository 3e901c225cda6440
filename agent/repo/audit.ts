// What a reader could ever open. Two witnesses are heard for each version of a secret: the links that addressed it,
// and the recipients in the file itself. A right that either of them shows was a right (docs/clan-contract.md#defects, D4, D5: the two
// have disagreed in repositories of the past).

import { mayRead, type Reader } from "./access.ts"
import { recipientOf } from "./recipients.ts"
import type { Grants, Repo } from "./repo.ts"

/** One commit of the repository's past, parents before children. It is good until the next one is asked for. */
export interface Version {
    readonly commit: string
    /** RFC 3339, the committer's clock. */
    readonly date: string
    readonly repo: Repo
    /** The recipients in each secret's file, as far as it could be read. */
    readonly recipients: ReadonlyMap<string, readonly string[]>
}

/** A secret that a reader could open, from the first commit that shows it to the last. */
export interface Holding {
    readonly secret: string
    readonly since: { readonly commit: string; readonly date: string }
    readonly until: { readonly commit: string; readonly date: string }
    /** Whether the newest version still gives access. */
    readonly still: boolean
    /** `links` and `file`, whichever showed the access in any version. */
    readonly shownBy: readonly ("links" | "file")[]
}

/**
 * Everything that `reader` could open in any of these versions, by path. The keys that count are all that the reader
 * ever had (`keysEver`): a lost key still opens what was sealed to it. What a version shares with the one before, as the
 * same object, is judged once.
 */
export function everHeld(
    versions: Iterable<Version>,
    reader: Reader,
    keys: ReadonlySet<string>,
): readonly Holding[] {
    const opens = opener(keys)
    const reads = linkReader(reader)
    const held = new Map<string, Held>()
    let newest: Moment | undefined
    for (const { commit, date, repo, recipients } of versions) {
        const moment = { commit, date }
        const note = (secret: string, witness: Witness): void => {
            const known = held.get(secret)
            if (known === undefined)
                held.set(secret, { since: moment, until: moment, shownBy: new Set([witness]) })
            else {
                known.until = moment
                known.shownBy.add(witness)
            }
        }
        const hasLink = reads(repo)
        for (const [secret, grants] of repo.secrets) if (hasLink(grants)) note(secret, "links")
        for (const [secret, texts] of recipients) if (opens(texts)) note(secret, "file")
        newest = moment
    }
    return [...held]
        .map(([secret, { since, until, shownBy }]) => {
            return { secret, since, until, still: until === newest, shownBy: [...shownBy].toSorted() }
        })
        .toSorted((a, b) => (a.secret < b.secret ? -1 : 1))
}

type Moment = Holding["since"]
type Witness = Holding["shownBy"][number]

interface Held {
    readonly since: Moment
    until: Moment
    readonly shownBy: Set<Witness>
}

/** All users, or machines, that there ever were, and the keys that each ever had. */
export function keysEver(
    versions: Iterable<Version>,
    kind: Reader["kind"],
): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>()
    let last: Repo["users"] | undefined
    for (const { repo } of versions) {
        const now = repo[kind === "user" ? "users" : "machines"]
        if (now === last) continue
        last = now
        for (const [name, keys] of now) {
            const known = found.get(name) ?? new Set()
            for (const key of keys) known.add(recipientOf(key))
            found.set(name, known)
        }
    }
    return found
}

/** Whether one of these keys is among the recipients of a file. */
function opener(keys: ReadonlySet<string>): (recipients: readonly string[]) => boolean {
    const known = new WeakMap<readonly string[], boolean>()
    return (recipients) => {
        const answer = known.get(recipients) ?? recipients.some((text) => keys.has(text))
        known.set(recipients, answer)
        return answer
    }
}

/** Whether the reader may read what has these grants, in a repository. */
function linkReader(reader: Reader): (repo: Repo) => (grants: Grants) => boolean {
    let last: Repo | undefined
    let known = new WeakMap<Grants, boolean>()
    return (repo) => {
        const isSame =
            repo.users === last?.users && repo.machines === last.machines && repo.groups === last.groups
        if (!isSame) known = new WeakMap()
        last = repo
        const answers = known
        return (grants) => {
            const answer = answers.get(grants) ?? mayRead(repo, grants, reader)
            answers.set(grants, answer)
            return answer
        }
    }
}
