// Who gains and who loses by a change, as it is told: by what is in the files, which links need not be right about.

import type { Reader } from "../../repo/access.ts"
import type { Decision } from "../../repo/consent/consent.ts"
import { holdersOf, readerName } from "../../repo/difference.ts"
import type { Shift } from "../../repo/difference.ts"
import type { Repo } from "../../repo/repo.ts"
import type { Pair } from "../../repo/consent/request.ts"
import type { Task } from "./sealing/seal.ts"

/** Who gains and who loses a secret, and who could read it and gets one more key for it. */
export interface AccessDrift extends Pick<Shift, "path" | "gained" | "lost"> {
    readonly rekeyed?: readonly Pair[]
}

/** Who gains and loses a file that is written, by what is in it. */
export function drift(
    { path, recipients, extra }: Task,
    decision: Decision | undefined,
    byLinks: Shift | undefined,
    before: Repo,
): AccessDrift {
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
    for (const reader of [
        ...(byLinks?.lost ?? []),
        ...holdersOf(before, new Set(extra).difference(new Set(recipients))),
    ])
        if (!holdersOf(before, new Set(recipients)).some((one) => readerName(one) === readerName(reader)))
            lost.set(readerName(reader), reader)
    return {
        path,
        gained: [...gained.values()],
        lost: [...lost.values()],
        rekeyed: pairs.filter(({ reader }) => had.has(readerName(reader))),
    }
}
