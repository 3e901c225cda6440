// Which value a binary document holds, without a key: its IV is 32 random bytes that nobody can change who does not
// know the data key. A value whose IV stands in two places was copied.

import { parseEnc } from "./enc.ts"

/** The IV of the value, in base64; undefined for a document that has no value or none that makes sense. */
export function valueIv(bytes: Buffer): string | undefined {
    try {
        const document: unknown = JSON.parse(bytes.toString("utf8"))
        const text = isRecord(document) ? document["data"] : undefined
        return typeof text === "string" ? parseEnc(text).iv.toString("base64") : undefined
    } catch {
        return undefined
    }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null
}
