import { createHash, createPrivateKey, createPublicKey, decapsulate, encapsulate } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { decodeBase64 } from "./base64.ts"
import { encodeBech32 } from "./bech32.ts"
import { hmac, openFileKey, sealFileKey, wrappedLength } from "./derivation.ts"
import { AgeError } from "./error.ts"
import type { Identity, WrappingRecipient } from "./key.ts"
import { agree, ephemeral, importPoint, importScalar, importRecipientPoint, shareStanza } from "./x25519.ts"

// The hybrid of ML-KEM-768 and X25519 (c2sp.org/age, mlkem768x25519 recipient stanza): HPKE base mode (RFC 9180) with
// the X-Wing construction as its KEM.

const stanzaType = "mlkem768x25519"
const privatePrefix = Buffer.from("3054020100300b060960864801650304040204428040", "hex")
const publicPrefix = Buffer.from("308204b2300b0609608648016503040402038204a100", "hex")
const ciphertextLength = 1088
const encapsulationKeyLength = 1184
const pointLength = 32
const xwing = Buffer.from("5c2e2f2f5e5c", "hex")
/** "HPKE", then KEM 0x647a, KDF HKDF-SHA256, AEAD ChaCha20-Poly1305. */
const suite = Buffer.from("48504b45647a00010003", "hex")
const none = Buffer.alloc(0)
/** The key schedule's context (RFC 9180 §5.1), the same for every file; made when the first file asks for it. */
let context: Buffer | undefined

/** An identity for `mlkem768x25519` stanzas, from its seed of 32 bytes, which may be zeroed afterwards. */
export function hybridIdentity(seed: Buffer): Identity {
    const expanded = createHash("shake256", { outputLength: 96 }).update(seed).digest()
    const der = Buffer.concat([privatePrefix, expanded.subarray(0, 64)])
    const decapsulationKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    const { privateKey, point } = importScalar(expanded.subarray(64))
    expanded.fill(0)
    der.fill(0)
    const encapsulationKey = createPublicKey(decapsulationKey)
        .export({ format: "der", type: "spki" })
        .subarray(-encapsulationKeyLength)
    return {
        recipient: encodeBech32("age1pq", Buffer.concat([encapsulationKey, point])),
        unwrap(stanzas) {
            for (const stanza of stanzas) {
                if (stanza.type !== stanzaType) continue
                const [argument = ""] = stanza.args
                const encapsulated = decodeBase64(argument)
                if (stanza.args.length !== 1 || encapsulated?.length !== ciphertextLength + pointLength)
                    throw new AgeError("header failure", "a hybrid stanza has one argument of 1120 bytes")
                if (stanza.body.length !== wrappedLength)
                    throw new AgeError("header failure", "the body of a hybrid stanza has 32 bytes")

                const ciphertext = encapsulated.subarray(0, ciphertextLength)
                const share = encapsulated.subarray(ciphertextLength)
                const classic = agree(privateKey, importPoint(share))
                if (!classic)
                    throw new AgeError("header failure", "the share of a stanza is a low-order point")
                // A damaged ciphertext does not fail here but gives another secret (implicit rejection).
                const secret = decapsulate(decapsulationKey, ciphertext)
                const { key, nonce } = schedule(combine(secret, classic, share, point))
                const fileKey = openFileKey(key, stanza.body, nonce)
                if (fileKey) return fileKey
            }
            return undefined
        },
    }
}

/** A recipient from its 1216 bytes: ML-KEM encapsulation key, then X25519 public key. */
export function hybridRecipient(bytes: Buffer): WrappingRecipient {
    if (bytes.length !== encapsulationKeyLength + pointLength)
        throw new AgeError("key", "a hybrid recipient has 1216 bytes")
    const encapsulationKey = importEncapsulationKey(bytes.subarray(0, encapsulationKeyLength))
    const point = bytes.subarray(encapsulationKeyLength)
    const publicKey = importRecipientPoint(point)
    return {
        kind: "hybrid",
        text: encodeBech32("age1pq", bytes),
        postQuantum: true,
        wrap(fileKey) {
            const { sharedKey, ciphertext } = encapsulate(encapsulationKey)
            const { privateKey, point: share } = ephemeral()
            const classic = agree(privateKey, publicKey)
            if (!classic) throw new AgeError("key", "the recipient is a low-order point")
            const { key, nonce } = schedule(combine(sharedKey, classic, share, point))
            const encapsulated = Buffer.concat([ciphertext, share])
            return [shareStanza(stanzaType, [], encapsulated, sealFileKey(key, fileKey, nonce))]
        },
    }
}

function importEncapsulationKey(bytes: Buffer): KeyObject {
    try {
        return createPublicKey({ key: Buffer.concat([publicPrefix, bytes]), format: "der", type: "spki" })
    } catch {
        throw new AgeError("key", "the ML-KEM half of a hybrid recipient is not a valid key")
    }
}

/** The KEM's shared secret out of both halves. */
function combine(postQuantum: Buffer, classic: Buffer, share: Buffer, point: Buffer): Buffer {
    const hash = createHash("sha3-256")
    for (const part of [postQuantum, classic, share, point, xwing]) hash.update(part)
    return hash.digest()
}

/** RFC 9180 §5.1: key and nonce of the first message. */
function schedule(sharedSecret: Buffer): { key: Buffer; nonce: Buffer } {
    const secret = extract(sharedSecret, "secret", none)
    return { key: expand(secret, "key", 32), nonce: expand(secret, "base_nonce", 12) }
}

function extract(salt: Buffer, label: string, ikm: Buffer): Buffer {
    return hmac(salt, "HPKE-v1", suite, label, ikm)
}

function expand(secret: Buffer, label: string, length: number): Buffer {
    context ??= Buffer.concat([
        Buffer.from([0]),
        extract(none, "psk_id_hash", none),
        extract(none, "info_hash", Buffer.from("age-encryption.org/mlkem768x25519")),
    ])
    const size = Buffer.from([0, length])
    return hmac(secret, size, "HPKE-v1", suite, label, context, Buffer.from([1])).subarray(0, length)
}
