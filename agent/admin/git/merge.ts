// Three versions of one secret become one, as git's merge driver needs it. Values and a list of recipients are merged
// each by itself: who was added on either side is in, who was removed on either side is out, and a value is that of the
// side that changed it. Only two different new values are a conflict, and people have to talk about that one.

import { mergeTrees } from "../../sops/merge/trees.ts"
import type { Branch } from "../../sops/tree.ts"

/** One version: the bytes of the value, and who can read it. */
export interface MergeSide {
    readonly value: Buffer
    readonly recipients: readonly string[]
    /** The values of a file with many, and how they are printed. */
    readonly many?: {
        readonly documents: readonly Branch[]
        readonly emit: (documents: readonly Branch[]) => Buffer
    }
}

/** What a merge makes of the versions. */
export interface Merged {
    /** Whose values it has; where it has some of each, `value` is the plaintext that ours are to become. */
    readonly from: "ours" | "theirs" | "both"
    readonly value: Buffer
    readonly recipients: readonly string[]
    /** Keys of values that contradict each other, and are as ours have them; `""` for a secret of one value. */
    readonly conflicts: readonly string[]
    /** Keys of the values that each side alone has changed. */
    readonly changed: { readonly ours: readonly string[]; readonly theirs: readonly string[] }
}

/** Merges two versions; `base` is what they come from, `undefined` when each side made the secret by itself. */
export function mergeVersions(base: MergeSide | undefined, ours: MergeSide, theirs: MergeSide): Merged {
    const recipients = mergeSets(base?.recipients ?? [], ours.recipients, theirs.recipients)
    if (ours.many !== undefined && theirs.many !== undefined) {
        const { documents, conflicts, taken } = mergeTrees(
            base?.many?.documents,
            ours.many.documents,
            theirs.many.documents,
        )
        const own = mergeTrees(base?.many?.documents, theirs.many.documents, ours.many.documents).taken
        const value = ours.many.emit(documents)
        const source = value.equals(ours.value) ? "ours" : value.equals(theirs.value) ? "theirs" : "both"
        return { from: source, value, recipients, conflicts, changed: { ours: own, theirs: taken } }
    }
    const from = valueFrom(base, ours, theirs)
    const changed = { ours: from === "ours" ? [""] : [], theirs: from === "theirs" ? [""] : [] }
    const { value } = from === "theirs" ? theirs : ours
    return { from: from ?? "ours", value, recipients, conflicts: from === undefined ? [""] : [], changed }
}

function valueFrom(
    base: MergeSide | undefined,
    ours: MergeSide,
    theirs: MergeSide,
): "ours" | "theirs" | undefined {
    if (ours.value.equals(theirs.value)) return "ours"
    if (base?.value.equals(theirs.value) === true) return "ours"
    return base?.value.equals(ours.value) === true ? "theirs" : undefined
}

function mergeSets(
    base: readonly string[],
    ours: readonly string[],
    theirs: readonly string[],
): readonly string[] {
    const all = new Set([...ours, ...theirs])
    const removed = new Set(base.filter((one) => !ours.includes(one) || !theirs.includes(one)))
    return [...all].filter((one) => !removed.has(one)).toSorted()
}
