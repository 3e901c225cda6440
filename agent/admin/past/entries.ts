// What happened to one secret, told from its states: who could read it, with which keys, and what its value was.

import type { Reader } from "../../repo/access.ts"
import { readerName } from "../../repo/difference.ts"

/** A secret at one commit. */
export interface Moment {
    /** `user:bob`, by name. */
    readonly readers: readonly string[]
    /** The recipients in its file, in code point order. */
    readonly recipients: readonly string[]
    /** What tells two encryptions of a value apart; undefined where the file is none of ours. */
    readonly iv: string | undefined
    /** The IVs that the notes beside it name: with one of these the old value was sealed anew. */
    readonly noted: readonly string[]
}

/** What one commit did. */
export interface Happening {
    readonly made: boolean
    readonly removed: boolean
    /** It has another value. */
    readonly value: boolean
    readonly gained: readonly string[]
    readonly lost: readonly string[]
    /** The same readers have other keys for it. */
    readonly rekeyed: boolean
}

/** The difference between two states of a secret; undefined when there is none that matters. */
export function happening(before: Moment | undefined, after: Moment | undefined): Happening | undefined {
    if (before === undefined && after === undefined) return undefined
    const was = new Set(before?.readers)
    const is = new Set(after?.readers)
    const gained = [...is.difference(was)]
    const lost = after === undefined ? [] : [...was.difference(is)]
    const isOther = before !== undefined && after !== undefined && before.iv !== after.iv
    const value = isOther && !after.noted.includes(after.iv ?? "")
    const same = before?.recipients.join("\n") === after?.recipients.join("\n")
    const rekeyed = before !== undefined && after !== undefined && !same && gained.length + lost.length === 0
    const one: Happening = {
        made: before === undefined,
        removed: after === undefined,
        value,
        gained,
        lost,
        rekeyed,
    }
    return one.made || one.removed || value || rekeyed || gained.length + lost.length > 0 ? one : undefined
}

/** Names of readers, in one order. */
export function namesOf(readers: readonly Reader[]): readonly string[] {
    return readers.map(readerName).toSorted()
}
