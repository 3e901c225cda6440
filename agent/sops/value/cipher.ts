// Values under the data key (docs/sops-rules.md#values): AES-256-GCM, an IV of 32 bytes, bound to the path of the value.
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { formatEnc, parseEnc } from "./enc.ts"
import { SopsError } from "../error.ts"

/** A data key as it is handed around: 32 bytes, imported once per document. */
export type DataKey = KeyObject

const dataKeyLength = 32
const ivLength = 32

/** Imports a data key. Throws `SopsError` unless it has 32 bytes. */
export function dataKeyOf(bytes: Buffer): DataKey {
    if (bytes.length !== dataKeyLength) throw new SopsError("metadata", "the data key does not have 32 bytes")
    // A raw key would be as good, but costs ten times as much on Node 24.18 and up.
    return createSecretKey(bytes)
}

/** A new data key, as bytes: it goes to the recipients before it is imported. */
export function generateDataKey(): Buffer {
    return randomBytes(dataKeyLength)
}

/** A new IV for a value. */
export function generateIv(): Buffer {
    return randomBytes(ivLength)
}

/** What an encrypted value holds, and the IV it was made with. */
export interface Decrypted {
    readonly bytes: Buffer
    readonly type: string
    readonly iv: Buffer
}

/**
 * Decrypts the text of a value. Throws `SopsError` of problem "value" when the text is malformed, or was not made
 * with this key for this place.
 */
export function decryptText(text: string, key: DataKey, aad: string): Decrypted {
    const { data, iv, tag, type } = parseEnc(text)
    try {
        const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: 16 })
        decipher.setAAD(Buffer.from(aad))
        decipher.setAuthTag(tag)
        const bytes = decipher.update(data)
        // For GCM it only verifies the tag, and has no bytes to add.
        decipher.final()
        return { bytes, type, iv }
    } catch {
        throw new SopsError(
            "value",
            "an encrypted value does not authenticate: changed, moved, or of another file",
        )
    }
}

/** Encrypts bytes as the text of a value. An empty one stays empty, as in sops (docs/sops-rules.md#empty-values). */
export function encryptText(bytes: Buffer, type: string, key: DataKey, aad: string, iv: Buffer): string {
    if (bytes.length === 0) return ""
    const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: 16 })
    cipher.setAAD(Buffer.from(aad))
    const data = cipher.update(bytes)
    cipher.final()
    return formatEnc({ data, iv, tag: cipher.getAuthTag(), type })
}
