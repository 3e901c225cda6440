import { bindingBy } from "./bind.ts"
import type { Binder } from "./bind.ts"
import { dataKeyOf, encryptText, generateDataKey, generateIv } from "./value/cipher.ts"
import type { DataKey } from "./value/cipher.ts"
import { encode } from "./document.ts"
import type { Document } from "./document.ts"
import { MacMismatch, SopsError } from "./error.ts"
import { editMetadata } from "./metadata-edit.ts"
import { decrypt } from "./open.ts"
import { rewrap, rewrapped, wrapAnew } from "./rewrap.ts"
import { digestOf, sealMac } from "./seal.ts"
import type { Target } from "./target.ts"
import { lastModified } from "./value/time.ts"
import type { Leaf } from "./tree.ts"
import { walk } from "./walk.ts"

/**
 * A binary document with another value. With the data key at hand the key stays, entries of targets that stay keep
 * their bytes, and an unchanged value leaves value, MAC and `lastmodified` alone. Without it (whoever writes need not
 * be able to read) there is a new data key, and all entries are new.
 */
export async function replaceBinary(
    document: Document,
    dataKey: Buffer | undefined,
    plaintext: Buffer,
    targets: readonly Target[],
    at: Date,
    dropped: ReadonlySet<string> = new Set(),
    bind?: Binder,
): Promise<Buffer> {
    const leaf = dataLeaf(document)
    if (dataKey !== undefined && holds(document, dataKeyOf(dataKey), plaintext))
        return rewrap(document, dataKey, targets, dropped, bind)

    const nextKey = dataKey ?? generateDataKey()
    const wrap = dataKey === undefined ? wrapAnew : rewrapped
    const entries = await wrap(document, nextKey, targets, dropped)
    const binding = bindingBy(bind, nextKey, entries)
    const key = dataKeyOf(nextKey)
    if (nextKey !== dataKey) nextKey.fill(0)
    const lastmodified = lastModified(at)
    const mac = sealMac(digestOf(plaintext, document.metadata.macOnlyEncrypted), key, lastmodified)
    const metadata = editMetadata(document.metadata.block, { entries, lastmodified, mac, binding })
    const leaves = new Map([[leaf, encryptText(plaintext, "str", key, "data:", generateIv())]])
    return encode(document.codec.splice(document.source, document.parsed, { leaves, metadata }))
}

function dataLeaf({ parsed, metadata }: Document): Leaf {
    const [document, ...others] = parsed.documents
    const [item, ...rest] = document?.items ?? []
    const value = item?.kind === "item" && item.key === "data" ? item.value : undefined
    if (value?.kind !== "leaf" || rest.length > 0 || others.length > 0)
        throw new SopsError("unsupported", "this is not a binary document as sops writes it")
    walk(parsed.documents, metadata.rule, {
        leaf(leaf, place) {
            if (!place.encrypted)
                throw new SopsError("unsupported", "its metadata says that the value is not encrypted")
            return leaf
        },
        comment: (comment) => comment,
    })
    return value
}

/** Whether the document is sound and has this value already. */
function holds(document: Document, key: DataKey, plaintext: Buffer): boolean {
    try {
        return document.codec.emit(decrypt(document, key).documents).equals(plaintext)
    } catch (error) {
        // What is broken is about to be replaced.
        if (error instanceof SopsError || error instanceof MacMismatch) return false
        throw error
    }
}
