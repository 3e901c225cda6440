import { createSecretKey, randomBytes } from "node:crypto"
import { hkdf, openAead, sealAead } from "./derivation.ts"
import { AgeError } from "./error.ts"

// STREAM: chunks of 64 KiB, each sealed under its counter and a flag that marks the last (c2sp.org/age, Payload).

const nonceLength = 16
const chunkLength = 65536
const boxLength = chunkLength + 16

/** The plaintext of a payload. Nothing is released unless every chunk is in order and the last one is there. */
export function openPayload(payload: Buffer, fileKey: Buffer): Buffer {
    const nonce = payload.subarray(0, nonceLength)
    if (nonce.length < nonceLength) throw new AgeError("header failure", "the file ends before its payload")
    const key = createSecretKey(hkdf(fileKey, nonce, "payload"))
    const boxes = payload.subarray(nonceLength)
    const chunks: Buffer[] = []
    let start = 0
    do {
        const box = boxes.subarray(start, start + boxLength)
        start += boxLength
        const chunk = openAead(key, chunkNonce(chunks.length, start >= boxes.length), box)
        if (!chunk) throw new AgeError("payload failure", `chunk ${chunks.length} is damaged or cut off`)
        if (chunk.length === 0 && chunks.length > 0)
            throw new AgeError("payload failure", "the last chunk is empty")
        chunks.push(chunk)
    } while (start < boxes.length)
    return chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks)
}

/** A payload under a fresh nonce. */
export function sealPayload(plaintext: Buffer, fileKey: Buffer): Buffer {
    const nonce = randomBytes(nonceLength)
    const key = createSecretKey(hkdf(fileKey, nonce, "payload"))
    const parts: Buffer[] = [nonce]
    let start = 0
    do {
        const chunk = plaintext.subarray(start, start + chunkLength)
        start += chunkLength
        parts.push(sealAead(key, chunkNonce(parts.length - 1, start >= plaintext.length), chunk))
    } while (start < plaintext.length)
    return Buffer.concat(parts)
}

/** Eleven bytes of counter and the flag; 32 bits of it last for 256 TiB. */
function chunkNonce(counter: number, last: boolean): Buffer {
    const nonce = Buffer.alloc(12)
    nonce.writeUInt32BE(counter, 7)
    nonce[11] = last ? 1 : 0
    return nonce
}
