// A good entry opens a document, whatever stands beside it. Whether each entry for a key is good, only that key can tell.

import { openWithFileKey, readHeader } from "../../age/file.ts"
import { AgeError } from "../../age/error.ts"
import type { Identity } from "../../age/key.ts"
import { UserError } from "../../error.ts"
import type { Document } from "../document.ts"
import type { KeyEntry } from "../key-entry.ts"

/**
 * The recipients of entries that name one of these identities, and that it does not find the data key in. Identities
 * that cost a person something are not asked. In a document with key groups entries hold shares, which are compared
 * with each other.
 */
export async function emptyEntries(
    { metadata: { groups } }: Document,
    dataKey: Buffer,
    identities: readonly Identity[],
): Promise<readonly string[]> {
    const cheap = identities.filter((identity) => identity.unwrapAll === undefined)
    const empty = new Set<string>()
    for (const group of groups) {
        let expected = groups.length === 1 ? dataKey : undefined
        for (const entry of group) {
            const identity = cheap.find(({ recipient }) => recipient === entry.id)
            if (entry.type !== "age" || identity === undefined) continue
            const part = await partIn(entry, identity)
            expected ??= part
            if (part === undefined || expected?.equals(part) !== true) empty.add(entry.id)
            if (part !== expected) part?.fill(0)
        }
        if (expected !== dataKey) expected?.fill(0)
    }
    return [...empty]
}

async function partIn({ enc }: KeyEntry, identity: Identity): Promise<Buffer | undefined> {
    try {
        const header = readHeader(Buffer.from(enc))
        const fileKey = await identity.unwrap(header.stanzas)
        return fileKey && openWithFileKey(header, fileKey)
    } catch (error) {
        if (error instanceof AgeError || error instanceof UserError) return undefined
        throw error
    }
}
