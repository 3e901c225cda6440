// A command gives access to those it names, and to nobody else. Whoever is not in the list and not asked for is a
// question where all is wrapped anew, and is left out everywhere else. Gains are counted for each reader *and* recipient: a known name with a new key is somebody new.

import { readersOf } from "../access.ts"
import type { Reader } from "../access.ts"
import type { Held } from "./accepted.ts"
import { recipientsIn } from "./accepted.ts"
import { readerName } from "../difference.ts"
import { plural } from "../edits.ts"
import type { Grants, Repo } from "../repo.ts"
import { noGrants, pairName } from "./request.ts"
import type { Pair, Request } from "./request.ts"

/** A secret that a change touches. */
export interface Touch {
    /** Its path after the change. */
    readonly path: string
    /** What its file says before; undefined when there is none that makes sense. */
    readonly held: Held | undefined
    /**
     * `value`: it gets a new one, so all is wrapped anew. `all`: its file is to be what its links say. `asked`: nothing
     * but what the edit asks for. `bind`: everybody who has an entry is vouched for.
     */
    readonly how: "value" | "all" | "asked" | "bind"
    /** Recipients that need no consent: those that a binding proves, and the caller's own where nothing is known. */
    readonly vouched?: readonly string[]
}

/** Somebody who would gain or lose what neither the command nor the list says. */
export interface Unasked extends Pair {
    readonly effect: "gain" | "loss"
    /** The secret whose value it is. */
    readonly secret: string
    /** Where that value lies, if its file was copied to another secret. */
    readonly copy?: string
    /** Nobody loses anything when it is left out. */
    readonly canWait: boolean
}

/** What becomes of a secret's file. */
export interface Decision {
    readonly touch: Touch
    /** Everybody whom its links name afterwards, with each of their keys. */
    readonly linked: readonly Pair[]
    /** Who has an entry afterwards, in code point order. */
    readonly recipients: readonly string[]
    /** For whom a data key is wrapped. */
    readonly wrapped: ReadonlySet<string>
    readonly unasked: readonly Unasked[]
    /** Links that have no entry and stay so. */
    readonly unobeyed: readonly Pair[]
    /** Readers who had no key for it, or not this one, and will have. */
    readonly gained: readonly Pair[]
    /** Recipients that the list knows afterwards, without those that are still to be accepted. */
    readonly known: readonly string[]
    /** Groups likewise. */
    readonly groups: readonly string[]
}

/** How people and machines are named in `--accept`, and all that is unasked but declined. */
export interface Declined {
    has(unasked: Pair): boolean
}

const nobodyDeclined: Declined = { has: () => false }

/** Decides for each secret that an edit touches who is to have it. */
export class Consent {
    readonly #request: Request
    readonly #pairs = new Map<Repo, Map<string, readonly Pair[]>>()
    #pinned: ReadonlySet<string> | undefined

    constructor(request: Request) {
        this.#request = request
    }

    /** What is to become of a secret. `declined` are left out where that takes nothing from anybody. */
    decide(touch: Touch, declined: Declined = nobodyDeclined): Decision {
        const { path, held, how } = touch
        const linked = this.#linked(this.#request.edit.repo, this.#request.edit.repo.secrets.get(path))
        const labels = new Set(held?.labels)
        const known = this.#known(touch)
        const asked = this.#request.asked(path)
        const askedNames = new Set(asked.map(pairName))
        const isOk = (pair: Pair): boolean => this.#isKnown(pair, known) || askedNames.has(pairName(pair))
        const ok = recipientsOf(linked.filter(isOk))
        const place = this.#request.accepted.secrets.get(this.#request.source(path))
        const left = new Set(how === "value" ? place?.unobeyed : undefined).difference(labels)
        const isDeclined = (pair: Pair): boolean =>
            !ok.has(pair.recipient) && (left.has(pair.recipient) || declined.has(pair))
        const want = recipientsOf(linked.filter((pair) => !isDeclined(pair)))
        const lost = this.#lost(path, linked, linked.filter(isOk))

        let final: ReadonlySet<string>
        let wrapped: ReadonlySet<string>
        if (how === "value" || held === undefined) final = wrapped = want
        else if (how === "bind") {
            final = labels
            wrapped = labels
        } else if (how === "all") {
            final = want
            // A label that this clone did not agree to says nothing of what is in the entry: it is made anew, or refused.
            wrapped = labels.isSubsetOf(want) ? want.difference(labels.intersection(known)) : want
        } else {
            // Whom the command names by a name that has other keys or members than the list knows is a question.
            const added = recipientsOf([...asked, ...this.#request.asked(path, true)]).intersection(want)
            if (labels.isDisjointFrom(lost)) {
                // A label of somebody whom this clone did not let in says nothing of what is in the entry.
                wrapped = added.difference(labels.intersection(known))
                final = labels.union(wrapped)
            } else final = wrapped = want.intersection(labels.union(added))
        }

        const leaving = labels.intersection(known).difference(final).difference(lost)
        const unasked = [
            ...linked
                .filter(({ recipient }) => wrapped.has(recipient) && !ok.has(recipient))
                .map((pair): Unasked => ({
                    ...pair,
                    effect: "gain",
                    secret: path,
                    canWait: !labels.has(pair.recipient),
                })),
            ...this.#owners(leaving).map((pair): Unasked => ({
                ...pair,
                effect: "loss",
                secret: path,
                canWait: false,
            })),
        ]
        const stay = known.intersection(recipientsOf(linked).union(final)).difference(lost)
        return {
            touch,
            linked,
            recipients: [...final].toSorted(),
            wrapped,
            unasked,
            unobeyed: linked.filter(({ recipient }) => !final.has(recipient)),
            gained: linked.filter(
                (pair) =>
                    final.has(pair.recipient) &&
                    wrapped.has(pair.recipient) &&
                    !(labels.has(pair.recipient) && this.#isKnown(pair, known)),
            ),
            known: [...stay.union(ok.intersection(final))].toSorted(),
            groups: [...this.#request.groups(path).after].toSorted(),
        }
    }

    /** Who may have the data key of a secret: by the list, else by links and file together. */
    holders(path: string, held: Held | undefined): ReadonlySet<string> {
        return this.#known({ path, held, how: "asked" }).union(recipientsOf(this.#request.asked(path)))
    }

    #known({ path, held, how, vouched = [] }: Touch): ReadonlySet<string> {
        const source = this.#request.source(path)
        const place = this.#request.accepted.secrets.get(source)
        if (place !== undefined) return new Set([...place.recipients, ...vouched])
        // This clone has not seen it. Whoever made it knows the value that is there, and is to have no other unasked.
        if (how === "value") return new Set(vouched)
        const labels = new Set(held?.labels)
        const linked = this.#linked(this.#request.before, this.#request.before.secrets.get(source))
        return new Set([
            ...vouched,
            ...linked.map(({ recipient }) => recipient).filter((each) => labels.has(each)),
        ])
    }

    #isKnown({ reader: { kind, name }, recipient }: Pair, known: ReadonlySet<string>): boolean {
        if (!known.has(recipient)) return false
        const pinned = this.#request.accepted[plural(kind)].get(name)
        if (pinned !== undefined) return pinned.includes(recipient)
        return !this.#isSomebodys(recipient)
    }

    #isSomebodys(recipient: string): boolean {
        const { users, machines } = this.#request.accepted
        this.#pinned ??= new Set([...users.values(), ...machines.values()].flat())
        return this.#pinned.has(recipient)
    }

    /** Recipients whose reader loses a way to the secret by the edit, by their keys of the tree and of the list. */
    #lost(path: string, linked: readonly Pair[], ok: readonly Pair[]): ReadonlySet<string> {
        const grants = this.#request.before.secrets.get(this.#request.source(path))
        if (grants === undefined) return new Set()
        const still = new Set(linked.map(pairName))
        const lost = new Set<string>()
        for (const { kind, name } of readersOf(this.#request.before, grants)) {
            const reader: Reader = { kind, name }
            const { pinned, tree } = this.#request.keysOf(kind, name)
            const after = this.#request.edit.repo[plural(kind)].get(name)
            const isEdited = after !== this.#request.before[plural(kind)].get(name)
            for (const recipient of tree)
                if (
                    !still.has(pairName({ reader, recipient })) &&
                    (pinned === undefined || pinned.includes(recipient) || !this.#isSomebodys(recipient))
                )
                    lost.add(recipient)
            const reads = linked.some((pair) => readerName(pair.reader) === readerName(reader))
            if (reads && !isEdited) continue
            for (const recipient of pinned ?? [])
                if (!still.has(pairName({ reader, recipient }))) lost.add(recipient)
        }
        return lost.difference(recipientsOf(ok))
    }

    #owners(recipients: ReadonlySet<string>): readonly Pair[] {
        return (["user", "machine"] as const).flatMap((kind) => {
            const names = new Set([
                ...this.#request.accepted[plural(kind)].keys(),
                ...this.#request.before[plural(kind)].keys(),
            ])
            return [...names].toSorted().flatMap((name) =>
                [...recipients]
                    .filter((recipient) => {
                        const { pinned, tree } = this.#request.keysOf(kind, name)
                        return (pinned ?? tree).includes(recipient)
                    })
                    .map((recipient): Pair => ({ reader: { kind, name }, recipient })),
            )
        })
    }

    /** Everybody with these links, with each of their keys. Thousands of secrets have the same links. */
    #linked(repo: Repo, grants: Grants = noGrants): readonly Pair[] {
        const known = this.#pairs.get(repo) ?? new Map<string, readonly Pair[]>()
        this.#pairs.set(repo, known)
        const links = [grants.users, grants.machines, grants.groups]
            .map((names) => [...names].join(" "))
            .join("/")
        const found =
            known.get(links) ??
            readersOf(repo, grants).flatMap(({ kind, name }) =>
                recipientsIn(repo[plural(kind)].get(name) ?? []).map((recipient): Pair => ({
                    reader: { kind, name },
                    recipient,
                })),
            )
        known.set(links, found)
        return found
    }
}

function recipientsOf(pairs: readonly Pair[]): ReadonlySet<string> {
    return new Set(pairs.map(({ recipient }) => recipient))
}
