// Whoever may write to a repository can put one secret's file in the place of another's. That must not keep anybody from
// taking access away: such a file is left out, and everything else is done.

import { visibleName } from "../../error.ts"
import type { Place } from "../../repo/consent/accepted.ts"
import type { Request } from "../../repo/consent/request.ts"
import type { Shift } from "../../repo/difference.ts"
import { secretName } from "../../repo/edits.ts"
import { lineToCopy } from "../../os/shell-words.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { severalNames } from "../keys/error.ts"
import { foundElsewhere } from "../keys/vouched.ts"
import { quantity } from "../quantity.ts"
import type { Examined } from "./sealing/seal.ts"

/** Takes the files out of `found` that are proved to be another place's. The result says whose they are. */
export async function leaveOutStrange(
    found: Map<string, Examined>,
    request: Request,
    context: Context,
): Promise<ReadonlyMap<string, string>> {
    const kept = new Map(
        [...found].filter(([path, { source, value }]) => value === undefined && path === source),
    )
    const strange = await foundElsewhere(kept, request, context)
    for (const path of strange.keys()) found.delete(path)
    return strange
}

/** What the list says of secrets whose files were left out: who lost the way to them has lost it. */
export function placesWithout(
    strange: ReadonlyMap<string, string>,
    changed: readonly Shift[],
    { accepted }: Request,
): ReadonlyMap<string, Place> {
    return new Map(
        changed.flatMap(({ path, before, after }) => {
            const place = strange.has(path) ? accepted.secrets.get(path) : undefined
            if (place === undefined) return []
            const recipients = place.recipients.filter(
                (each) => after.includes(each) || !before.includes(each),
            )
            return [[path, { ...place, recipients }] as const]
        }),
    )
}

/** That a change was made without some secrets. */
export function leftOut(strange: ReadonlyMap<string, string>): Failure {
    const names = [...strange.keys()].map(secretName)
    const places = [...new Set(strange.values())].map(visibleName)
    const them = names.length === 1 ? "it" : "them"
    return new Failure(
        "refused",
        `the change is made, but ${quantity(names.length, "secret")} had to be left out: ${severalNames(names)}`,
        {
            cause: new Error(
                `what lies there was sealed for ${severalNames(places)}, and whoever read it still can`,
            ),
            hint: `take ${them} from git as before, then: ${lineToCopy("hostseal key update", names.slice(0, 3))}`,
            exitCode: 5,
            record: { leftOut: [...strange.keys()] },
        },
    )
}
