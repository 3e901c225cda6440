// What can be said of a document by somebody without a key: who it names, what in it cannot be right, and the IVs that
// tell it from every other.

import { checkSealed } from "../check.ts"
import { parseDocument, recipientsOf } from "../document.ts"
import type { Document } from "../document.ts"
import { parseEnc } from "../value/enc.ts"
import { entryProblem } from "./entry-shape.ts"
import { MacMismatch, SopsError } from "../error.ts"
import type { Format } from "../format.ts"
import { glanceAt } from "../glance.ts"
import { rfc3339 } from "../value/time.ts"
import type { Branch, Value } from "../tree.ts"

export interface Shape {
    readonly recipients: readonly string[]
    /** Everything that is wrong, so that somebody could not open it, or something else than its labels say was made. */
    readonly flaws: readonly string[]
    /**
     * The IV of the first encrypted value. They are 32 random bytes and cannot be changed without the data key: a value
     * that stands in two places was copied.
     */
    readonly iv: string | undefined
}

/** Examines a file. Throws `SopsError` for one that cannot be read at all, as the reader does that opens it. */
export async function shapeOf(bytes: Buffer, format: Format): Promise<Shape> {
    return (format === "binary" ? quick(bytes) : undefined) ?? examine(await parseDocument(bytes, format))
}

/** The same for a document that was read. */
export function examine(document: Document): Shape {
    const { groups } = document.metadata
    const entries = groups.flat().flatMap((entry) => entryProblem(entry, groups.length) ?? [])
    return {
        recipients: recipientsOf(document),
        flaws: [...unsealed(document), ...entries],
        iv: document.parsed.documents.map(firstIv).find((iv) => iv !== undefined),
    }
}

/** For a file without a flaw that is as our programs and sops write it, which nearly all are. */
function quick(bytes: Buffer): Shape | undefined {
    const seen = glanceAt(bytes)
    if (seen?.data === undefined || rfc3339(seen.lastmodified) === undefined) return undefined
    if (seen.data !== "" && !isText(seen.data)) return undefined
    if (!isText(seen.mac) || seen.entries.some((entry) => entryProblem(entry, 1) !== undefined))
        return undefined
    return { recipients: seen.recipients, flaws: [], iv: ivOf(seen.data) }
}

/** What we and sops write, at a tenth of the price of taking it apart. */
const usualText =
    /^ENC\[AES256_GCM,data:(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==),iv:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=,tag:[A-Za-z0-9+/]{21}[AQgw]==,type:str\]$/
/** Longer ones would need a deep stack. */
const shortText = 4096

function isText(text: string): boolean {
    if (text.length <= shortText && usualText.test(text)) return true
    try {
        return parseEnc(text).type === "str"
    } catch {
        return false
    }
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

/** As it is written, which for what `parseEnc` takes is the only way. */
function ivOf(text: string): string | undefined {
    const start = text.startsWith("ENC[") ? text.indexOf(",iv:") + 4 : 0
    return start > 4 ? text.slice(start, text.indexOf(",", start)) : undefined
}
