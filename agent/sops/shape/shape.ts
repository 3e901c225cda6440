// What can be said of a document by somebody without a key: who it names, what in it cannot be right, and the IVs that
// tell it from every other.

import { claimed, readBinding } from "../binding.ts"
import { checkSealed } from "../check.ts"
import { parseDocument, recipientsOf } from "../document.ts"
import type { Document } from "../document.ts"
import { entryProblem } from "./entry-shape.ts"
import { MacMismatch, SopsError } from "../error.ts"
import type { Format } from "../format.ts"
import { ivOf, quickShape } from "./quick.ts"
import type { Claim } from "./quick-claim.ts"
import type { IsSound, Shape } from "./quick.ts"
import type { Branch, Value } from "../tree.ts"

/** Examines a file. Throws `SopsError` for one that cannot be read at all, as the reader does that opens it. */
export async function shapeOf(bytes: Buffer, format: Format): Promise<Shape> {
    const isSound: IsSound = (entry) => entryProblem(entry, 1) === undefined
    const quick = format === "binary" ? quickShape(bytes, isSound) : undefined
    return quick ?? examine(await parseDocument(bytes, format))
}

/** The same for a document that was read. */
export function examine(document: Document): Shape {
    const { groups } = document.metadata
    const entries = groups.flat().flatMap((entry) => entryProblem(entry, groups.length) ?? [])
    return {
        recipients: recipientsOf(document),
        flaws: [...unsealed(document), ...entries],
        iv: document.parsed.documents.map(firstIv).find((iv) => iv !== undefined),
        claim: claimOf(document),
    }
}

function claimOf(document: Document): Claim | undefined {
    const binding = readBinding(document.metadata.block)
    if (binding === "none") return undefined
    if (binding === "malformed") return { place: "", kind: "malformed" }
    const { place } = binding
    const { kind } = claimed(document, place)
    return { place, kind: kind === "readers" || kind === "entries" ? kind : "bound" }
}

function unsealed(document: Document): readonly string[] {
    try {
        checkSealed(document)
        return []
    } catch (error) {
        if (error instanceof SopsError || error instanceof MacMismatch) return [error.message]
        throw error
    }
}

function firstIv(value: Value | Branch): string | undefined {
    if (value.kind === "leaf")
        return value.scalar.kind === "str" ? ivOf(value.scalar.value.toString()) : undefined
    for (const item of value.items) {
        if (item.kind === "comment") continue
        const iv = firstIv(item.kind === "item" ? item.value : item)
        if (iv !== undefined) return iv
    }
    return undefined
}
