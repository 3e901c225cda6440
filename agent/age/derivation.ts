import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync } from "node:crypto"
import type { KeyObject } from "node:crypto"

// Every symmetric key goes through createSecretKey: since Node 24.18 a raw Buffer costs 8 us more per call.

const noKey = createSecretKey(Buffer.alloc(0))
const zeroNonce = Buffer.alloc(12)
const tagLength = 16

/** The 16 random bytes that a payload hangs on. */
export const fileKeyLength = 16
/** A wrapped file key in every stanza but ssh-rsa. */
export const wrappedLength = fileKeyLength + tagLength

/** HMAC-SHA-256; an empty key is allowed. */
export function hmac(key: Buffer, ...parts: (Buffer | string)[]): Buffer {
    const mac = createHmac("sha256", key.length === 0 ? noKey : createSecretKey(key))
    for (const part of parts) mac.update(part)
    return mac.digest()
}

/** HKDF-SHA-256 with 32 bytes of output: the only size that age derives. */
export function hkdf(ikm: Buffer, salt: Buffer, info: string): Buffer {
    return Buffer.from(hkdfSync("sha256", createSecretKey(ikm), salt, info, 32))
}

/** ChaCha20-Poly1305 without additional data; `undefined` when the tag does not fit. */
export function openAead(key: KeyObject, nonce: Buffer, box: Buffer): Buffer | undefined {
    const end = box.length - tagLength
    if (end < 0) return undefined
    const decipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: tagLength })
    decipher.setAuthTag(box.subarray(end))
    const plaintext = decipher.update(box.subarray(0, end))
    try {
        decipher.final()
    } catch {
        return undefined
    }
    return plaintext
}

/** The counterpart of `openAead`: ciphertext, then tag. */
export function sealAead(key: KeyObject, nonce: Buffer, plaintext: Buffer): Buffer {
    const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: tagLength })
    const ciphertext = cipher.update(plaintext)
    cipher.final()
    return Buffer.concat([ciphertext, cipher.getAuthTag()])
}

/** Opens a wrapped file key. Its nonce is zero unless the stanza derives one, because the key is used once. */
export function openFileKey(key: Buffer, body: Buffer, nonce: Buffer = zeroNonce): Buffer | undefined {
    return openAead(createSecretKey(key), nonce, body)
}

/** Wraps a file key; `key` must be fresh. */
export function sealFileKey(key: Buffer, fileKey: Buffer, nonce: Buffer = zeroNonce): Buffer {
    return sealAead(createSecretKey(key), nonce, fileKey)
}
