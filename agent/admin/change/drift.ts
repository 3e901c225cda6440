// Who gains and who loses by a change, as it is told: by what is in the files, which links need not be right about.

import type { Reader } from "../../repo/access.ts"
import type { Decision } from "../../repo/consent/consent.ts"
import { holdersOf, readerName } from "../../repo/difference.ts"
import type { Shift } from "../../repo/difference.ts"
import type { Held } from "../../repo/consent/accepted.ts"
import type { Pair, Request } from "../../repo/consent/request.ts"
import type { Task } from "./sealing/seal.ts"

/** Who gains and who loses a secret, and who could read it and gets one more key for it. */
export interface AccessDrift extends Pick<Shift, "path" | "gained" | "lost"> {
    readonly rekeyed?: readonly Pair[]
    /** Who was linked to it and is no longer, and had no entry in its file. */
    readonly unheld?: readonly Reader[]
}

/** Of those who have lost their links to a secret, who had an entry in its file, and who had none. */
export function partedBy(
    lost: readonly Reader[],
    held: Held | undefined,
    request: Request,
): { readonly lost: readonly Reader[]; readonly unheld: readonly Reader[] } {
    if (held === undefined) return { lost, unheld: [] }
    const labels = new Set(held.labels)
    const had = ({ kind, name }: Reader): boolean => {
        const { pinned = [], tree } = request.keysOf(kind, name)
        return [...pinned, ...tree].some((each) => labels.has(each))
    }
    return { lost: lost.filter(had), unheld: lost.filter((each) => !had(each)) }
}

/** Who gains and loses a file that is written, by what is in it. */
export function drift(
    { path, recipients, extra }: Task,
    decision: Decision | undefined,
    byLinks: Shift | undefined,
    request: Request,
): AccessDrift {
    const { before } = request
    const pairs = decision?.gained ?? []
    const labels = new Set(decision?.touch.held?.labels)
    const had = new Set(
        (decision?.linked ?? [])
            .filter((pair) => labels.has(pair.recipient) && !pairs.includes(pair))
            .map(({ reader }) => readerName(reader)),
    )
    const gained = new Map<string, Reader>()
    for (const { reader } of pairs) if (!had.has(readerName(reader))) gained.set(readerName(reader), reader)
    const lost = new Map<string, Reader>()
    const parted = partedBy(byLinks?.lost ?? [], decision?.touch.held, request)
    for (const reader of [
        ...parted.lost,
        ...holdersOf(before, new Set(extra).difference(new Set(recipients))),
    ])
        if (!holdersOf(before, new Set(recipients)).some((one) => readerName(one) === readerName(reader)))
            lost.set(readerName(reader), reader)
    return {
        path,
        gained: [...gained.values()],
        lost: [...lost.values()],
        unheld: parted.unheld.filter((reader) => !lost.has(readerName(reader))),
        rekeyed: pairs.filter(({ reader }) => had.has(readerName(reader))),
    }
}
