import { boundTo } from "../../sops/bind.ts"
import { parseDocument } from "../../sops/document.ts"
import type { Document } from "../../sops/document.ts"
import { reseal } from "../../sops/edit/reseal.ts"
import { rewrap, withoutEntries } from "../../sops/rewrap.ts"
import { rotate } from "../../sops/rotate.ts"
import type { Target } from "../../sops/target.ts"
import { isOurs } from "../change/held.ts"
import { targetMaker } from "../change/sealing/targets.ts"
import type { Context } from "../context.ts"
import type { Merging } from "./merge-reasons.ts"
import { sideOf } from "./merge-reasons.ts"
import { isProven, unproven } from "./merge-sides.ts"

/** The file that a merge makes: for whom it is to be, and bound to its place where both sides were. */
export async function mergedFile(
    merging: Merging,
    place: string | undefined,
    context: Context,
): Promise<Buffer> {
    const { our, their, merged } = merging
    const side = sideOf(merging)
    const isBoth = merged.from === "both"
    const proven = (isBoth ? [our, their] : [side]).every(isProven)
    const bind = place !== undefined && proven ? boundTo(place) : undefined
    const wanted = new Set(merged.recipients)
    const dropped = new Set(side.labels.filter((recipient) => !wanted.has(recipient)))
    const anew = unproven(side)
    const { dataKey } = side
    const written = new Map([our, their].flatMap(({ document }) => [...writtenIn(document)]))
    const targets = (): Promise<readonly Target[]> =>
        Promise.all(merged.recipients.filter(isOurs).map(targetMaker(context, written)))
    const at = context.now()
    let bytes = side.bytes
    let document = side.document
    if (isBoth) {
        const other = { document: their.document, dataKey: their.dataKey }
        bytes = await reseal(withoutEntries(document, anew), dataKey, merged.value, await targets(), {
            at,
            bind,
            other,
        })
        document = await parseDocument(bytes, document.format)
    }
    if (dropped.size > 0) return rotate(document, dataKey, await targets(), at, dropped, bind)
    const isWider = wanted.size > side.labels.length || anew.length > 0
    if (isBoth || !isWider) return bytes
    return rewrap(withoutEntries(document, anew), dataKey, await targets(), new Set(), bind)
}

/** How entries name their recipients: SSH keys have comments, which a new entry shall have too. */
function writtenIn({ metadata }: Document): ReadonlyMap<string, string> {
    const found = new Map<string, string>()
    for (const { id, node } of metadata.groups.flat()) {
        const field = node.items.find((item) => item.kind === "item" && item.key === "recipient")
        const scalar = field?.kind === "item" && field.value.kind === "leaf" ? field.value.scalar : undefined
        if (scalar?.kind === "str") found.set(id, scalar.value.toString())
    }
    return found
}
