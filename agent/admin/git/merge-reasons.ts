// What speaks against a merge: that it would hand a secret to somebody whom nobody named here, and what only sops can do.

import type { Accepted } from "../../repo/consent/accepted.ts"
import { Values } from "../../repo/copies.ts"
import { nameOf } from "../../repo/recipients.ts"
import { visibleName } from "../../error.ts"
import { heldIn, isOurs } from "../change/held.ts"
import { shortened } from "../keys/recipient-name.ts"
import type { Merged } from "./merge.ts"
import { doubtAbout, isProven, unproven } from "./merge-sides.ts"
import type { MergePlace, Opened } from "./merge-versions.ts"

/** The versions of a secret, and what is to become of them. */
export interface Merging {
    readonly before: Opened | undefined
    readonly our: Opened
    readonly their: Opened
    readonly merged: Merged
}

/** The version whose file the merged one is made from. */
export function sideOf({ our, their, merged }: Merging): Opened {
    return merged.from === "theirs" ? their : our
}

/** Why these must not be merged, in words that follow the name of the file. */
export async function reasonsAgainst(merging: Merging, where: MergePlace): Promise<readonly string[]> {
    const { before, our, their } = merging
    const { place, accepted } = where
    const known = place === undefined ? undefined : accepted?.secrets.get(place)?.recipients
    const doubts = [our, their].map((side) =>
        doubtAbout(side, before?.labels ?? [], known, accepted?.strict ?? false),
    )
    return [
        ...new Set(doubts.filter((doubt) => doubt !== undefined)),
        ...(isMixed(merging) ? [ofAnotherKey] : []),
        ...(accepted === undefined || place === undefined
            ? []
            : await notAccepted(merging, { ...where, place, accepted })),
        ...forSopsAlone(merging),
    ]
}

const ofAnotherKey =
    "one side is encrypted under another data key and not bound, so that nobody can see whose values are in it"

/**
 * Whether values of both sides would be put together, one of which may be another file that was copied there: what both
 * sides come from, and what is bound, are of this place.
 */
function isMixed({ before, our, their, merged }: Merging): boolean {
    if (merged.from !== "both" || our.dataKey.equals(their.dataKey)) return false
    return [our, their].some(
        (side) => !isProven(side) && before !== undefined && !side.dataKey.equals(before.dataKey),
    )
}

/**
 * What a merge would give away that this clone has not accepted: nobody named those readers here, and a side of a merge
 * is what somebody has written.
 */
async function notAccepted(
    merging: Merging,
    { place, format, accepted }: MergePlace & { readonly place: string; readonly accepted: Accepted },
): Promise<readonly string[]> {
    const { our, their, merged } = merging
    const side = sideOf(merging)
    const wanted = new Set(merged.recipients)
    const has = new Set(side.labels)
    const isLoss = !has.isSubsetOf(wanted)
    const sources = merged.from === "both" ? [our, their] : [side]
    // Of a file with values of both sides, whoever is not a reader of both gains some.
    const readers = sources.map(({ labels }) => new Set(labels)).reduce((a, b) => a.intersection(b))
    const wrapped = isLoss ? wanted : wanted.difference(readers).union(new Set(unproven(side)))
    if (wrapped.size === 0) return []
    const known = new Set(accepted.secrets.get(place)?.recipients ?? [...has].map(nameOf))
    const strangers = [...wrapped]
        .filter(isOurs)
        .map(nameOf)
        .filter((each) => !known.has(each))
    const held = await Promise.all(sources.map(({ bytes }) => heldIn(bytes, undefined, format)))
    const values = new Values(accepted)
    const copies = held.flatMap((each) => (each === undefined ? [] : values.copiedFrom(place, each)))
    return [
        ...strangers.map((each) => `${shortened(each)} would gain it, which was not accepted in this clone`),
        ...copies.map((other) => `the file of one side is that of ${visibleName(other)}`),
    ]
}

/** Files with several key groups, and keys in a cloud for which a data key would have to be encrypted. */
function forSopsAlone(merging: Merging): readonly string[] {
    const { our, their, merged } = merging
    const side = sideOf(merging)
    const isAsItIs =
        merged.from !== "both" &&
        new Set(side.labels).symmetricDifference(new Set(merged.recipients)).size === 0
    if (isAsItIs) return []
    if ([our, their].some(({ document }) => document.metadata.groups.length > 1))
        return ["it has several key groups, which sops alone can encrypt to"]
    const wanted = new Set(merged.recipients)
    const isLoss = side.labels.some((id) => !wanted.has(id))
    const clouds = merged.recipients.filter((id) => !isOurs(id) && (isLoss || !side.labels.includes(id)))
    return clouds.map((id) => `a new entry for ${visibleName(id)} can be made by sops alone`)
}

/**
 * Who loses a secret on one side could read what the other side has set meanwhile, and no note of a debt says so: in words
 * that follow the name of the file.
 */
export function readOnOneSide({ our, their, merged }: Merging): readonly string[] {
    const wanted = new Set(merged.recipients)
    const lines = ([side, other]: readonly [Opened, Opened], keys: readonly string[]): readonly string[] =>
        side.labels
            .filter((id) => !wanted.has(id) && !other.labels.includes(id) && keys.length > 0)
            .map((id) => {
                const what = keys.filter((key) => key !== "").map(visibleName)
                return `${shortened(id)} could read the new value${what.length === 0 ? "" : ` of ${what.join(", ")}`} on one side: set it anew`
            })
    return [...lines([our, their], merged.changed.ours), ...lines([their, our], merged.changed.theirs)]
}
