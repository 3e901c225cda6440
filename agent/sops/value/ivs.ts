// Which values a document holds, without a key: nobody can change the IV of a value who does not know the data key. One
// that has another IV was set anew; one whose IV stands in two places was copied.

import type { Document } from "../document.ts"
import { SopsError } from "../error.ts"
import { leavesOf } from "../lookup.ts"
import { parseEnc } from "./enc.ts"

/**
 * The IVs, in base64, of all encrypted values by their keys (`a/b/0`, as `lookup` takes them; of a later document of a
 * YAML file with its number in front: `[1]/a`). What makes no sense is left out.
 */
export function valueIvs({ parsed }: Pick<Document, "parsed">): ReadonlyMap<string, string> {
    const found = new Map<string, string>()
    for (const [index, document] of parsed.documents.entries())
        for (const { path, scalar } of leavesOf(document)) {
            const iv = scalar.kind === "str" ? ivIn(scalar.value.toString()) : undefined
            if (iv !== undefined) found.set([...(index === 0 ? [] : [`[${index}]`]), ...path].join("/"), iv)
        }
    return found
}

/** The IV in the text of an encrypted value; undefined for any other text. */
export function ivIn(text: string): string | undefined {
    if (!text.startsWith("ENC[")) return undefined
    try {
        return parseEnc(text).iv.toString("base64")
    } catch (error) {
        if (error instanceof SopsError) return undefined
        throw error
    }
}
