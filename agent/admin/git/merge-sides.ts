// What the binding of a side of a merge is good for. A side is what somebody has written who may write to a repository:
// whom it adds, takes away or exchanges counts if somebody says so who had its data key, or if this clone knows it.

import { visibleName } from "../../error.ts"
import type { Verdict } from "../../sops/binding.ts"
import { boundId } from "../../sops/binding.ts"

/** One version of a file: who has an entry in it, and what its binding proves; undefined where its place is not known. */
export interface Labelled {
    readonly labels: readonly string[]
    readonly verdict: Verdict | undefined
}

/** Whom a version is meant for: those it was bound with, else everybody who has an entry. */
export function meantFor({ labels, verdict }: Labelled): readonly string[] {
    if (verdict?.kind !== "readers") return labels
    const added = new Set(verdict.added)
    return [...labels.filter((id) => !added.has(boundId(id))), ...verdict.gone]
}

/** The recipients of a version whose entries its binding does not vouch for. */
export function unproven({ labels, verdict }: Labelled): readonly string[] {
    if (verdict?.kind === "entries") return verdict.ids
    return verdict?.kind === "readers" ? labels : []
}

/** Whether somebody who had the data key has bound it to this place, be it with other readers than it has. */
export function isProven({ verdict }: Labelled): boolean {
    return verdict?.kind === "bound" || verdict?.kind === "readers" || verdict?.kind === "entries"
}

/**
 * Why a side cannot be merged, in words that follow the name of the file; undefined when it can. `before` are the readers
 * that both sides come from, `known` those that this clone has agreed to, if it has; `strict` where all has to be bound.
 */
export function doubtAbout(
    { labels, verdict }: Labelled,
    before: readonly string[],
    known: readonly string[] | undefined,
    strict: boolean,
): string | undefined {
    if (verdict?.kind === "elsewhere")
        return `the file of one side was sealed for ${visibleName(verdict.place)}`
    if (verdict?.kind !== "unbound") return undefined
    if (strict) return "one side is not bound to its place and readers"
    const [old, now, agreed] = [before, labels, known ?? []].map((ids) => new Set(ids.map(boundId)))
    const added = [...(now ?? [])].filter((id) => old?.has(id) !== true)
    const gone = [...(old ?? [])].filter((id) => now?.has(id) !== true)
    const isAgreed =
        known !== undefined &&
        added.every((id) => agreed?.has(id) === true) &&
        gone.every((id) => agreed?.has(id) !== true)
    if (isAgreed || added.length + gone.length === 0) return undefined
    return "one side has other readers, and is not bound to them"
}
