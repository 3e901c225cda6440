// Three versions of one secret become one, as git's merge driver needs it. A value and a list of recipients are merged
// each by itself: who was added on either side is in, who was removed on either side is out, and the value is that of
// the side that changed it. Only two different new values are a conflict, and people have to talk about that one.

/** One version: the bytes of the value, and who can read it. */
export interface MergeSide {
    readonly value: Buffer
    readonly recipients: readonly string[]
}

/** The version that both sides mean, and whose value it holds; `undefined` when their values contradict each other. */
export type Merged = (MergeSide & { readonly from: "ours" | "theirs" }) | undefined

/** Merges two versions; `base` is what they come from, `undefined` when each side made the secret by itself. */
export function mergeVersions(base: MergeSide | undefined, ours: MergeSide, theirs: MergeSide): Merged {
    const from = valueFrom(base, ours, theirs)
    if (from === undefined) return undefined
    const recipients = mergeSets(base?.recipients ?? [], ours.recipients, theirs.recipients)
    return { from, value: (from === "ours" ? ours : theirs).value, recipients }
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
