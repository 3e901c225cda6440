import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { decodeBase64, encodeBase64 } from "./base64.ts"
import { encodeBech32 } from "./bech32.ts"
import { hkdf, openFileKey, sealFileKey, wrappedLength } from "./derivation.ts"
import { AgeError } from "./error.ts"
import type { Identity, WrappingRecipient } from "./key.ts"
import type { Stanza } from "./stanza.ts"

const privatePrefix = Buffer.from("302e020100300506032b656e04220420", "hex")
const info = "age-encryption.org/v1/X25519"
const pointLength = 32

/** A private key, and its public half as bytes. */
export interface KeyPair {
    readonly privateKey: KeyObject
    readonly point: Buffer
}

/** Imports a scalar of 32 bytes. X25519 clamps when it computes, so clamped and unclamped scalars are one key. */
export function importScalar(scalar: Buffer): KeyPair {
    const privateKey = importPrivate(scalar)
    return { privateKey, point: exportPoint(createPublicKey(privateKey)) }
}

/** As a raw key where Node knows them: to look for a decoder of DER takes OpenSSL half a millisecond, once. */
function importPrivate(scalar: Buffer): KeyObject {
    try {
        return createPrivateKey({ key: scalar, format: "raw-private", asymmetricKeyType: "x25519" })
    } catch {
        const der = Buffer.concat([privatePrefix, scalar])
        const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
        der.fill(0)
        return privateKey
    }
}

/** So many points are imported before looking for the decoder of PEM has paid for itself. */
let rawImports = 20

/**
 * Imports a public key. As PEM, because a string is the one form that Node 24.18 and up takes without asking first
 * whether it is a KeyObject or a CryptoKey: 8 us, and 24 for JWK, DER or a raw key. But to look for a decoder of PEM
 * takes OpenSSL half a millisecond, once, and a boot has few files to open.
 */
export function importPoint(point: Buffer): KeyObject {
    if (rawImports > 0) {
        rawImports--
        try {
            return createPublicKey({ key: point, format: "raw-public", asymmetricKeyType: "x25519" })
        } catch {
            // An older Node.
            rawImports = 0
        }
    }
    return importPem(point)
}

/** The prefix of the DER form has 12 bytes, so its base64 stands by itself. */
function importPem(point: Buffer): KeyObject {
    return createPublicKey(
        `-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEA${point.toString("base64")}\n-----END PUBLIC KEY-----`,
    )
}

/** A fresh key pair for one stanza. */
export function ephemeral(): KeyPair {
    const { privateKey, publicKey } = generateKeyPairSync("x25519")
    return { privateKey, point: exportPoint(publicKey) }
}

/** The shared secret, or `undefined` when the other side is a low-order point. */
export function agree(privateKey: KeyObject, publicKey: KeyObject): Buffer | undefined {
    try {
        return diffieHellman({ privateKey, publicKey })
    } catch {
        return undefined
    }
}

/** Seals nothing: any private key can tell whether a point is of low order. Made when the first one is asked about. */
let trial: KeyObject | undefined

/** Reads the ephemeral share out of a stanza's argument and agrees on a secret with it. */
export function agreeWithShare(privateKey: KeyObject, argument: string): { share: Buffer; secret: Buffer } {
    const share = decodeBase64(argument)
    if (share?.length !== pointLength)
        throw new AgeError("header failure", "the share of a stanza is not 32 bytes of base64")
    const secret = agree(privateKey, importPoint(share))
    if (!secret) throw new AgeError("header failure", "the share of a stanza is a low-order point")
    return { share, secret }
}

/** An identity for `X25519` stanzas (c2sp.org/age, The X25519 recipient type). `scalar` may be zeroed afterwards. */
export function x25519Identity(scalar: Buffer): Identity {
    return identityOf(importScalar(scalar))
}

/** The same for a key that is imported. */
export function identityOf({ privateKey, point }: KeyPair): Identity {
    return {
        recipient: encodeBech32("age", point),
        unwrap(stanzas) {
            for (const stanza of stanzas) {
                if (stanza.type !== "X25519") continue
                const [argument = ""] = stanza.args
                if (stanza.args.length !== 1)
                    throw new AgeError("header failure", "an X25519 stanza has one argument")
                // Before the AEAD: a longer body could open under several keys (partitioning oracle).
                if (stanza.body.length !== wrappedLength)
                    throw new AgeError("header failure", "the body of an X25519 stanza has 32 bytes")
                const { share, secret } = agreeWithShare(privateKey, argument)
                const fileKey = openFileKey(hkdf(secret, Buffer.concat([share, point]), info), stanza.body)
                if (fileKey) return fileKey
            }
            return undefined
        },
    }
}

/** A recipient for a public key of 32 bytes; refuses low-order points, to which nothing can be sealed. */
export function x25519Recipient(point: Buffer): WrappingRecipient {
    const publicKey = importRecipientPoint(point)
    return {
        kind: "x25519",
        text: encodeBech32("age", point),
        postQuantum: false,
        wrap(fileKey) {
            const { point: share, privateKey } = ephemeral()
            const secret = agree(privateKey, publicKey)
            if (!secret) throw new AgeError("key", "the recipient is a low-order point")
            const key = hkdf(secret, Buffer.concat([share, point]), info)
            return [shareStanza("X25519", [], share, sealFileKey(key, fileKey))]
        },
    }
}

/** A stanza whose last argument is an ephemeral share. */
export function shareStanza(type: string, args: readonly string[], share: Buffer, body: Buffer): Stanza {
    return { type, args: [...args, encodeBase64(share)], body }
}

/**
 * Imports the point of a recipient. Throws `AgeError` of class `key` when it has the wrong length or is of low order;
 * a trial agreement tells.
 */
export function importRecipientPoint(point: Buffer): KeyObject {
    if (point.length !== pointLength) throw new AgeError("key", "an X25519 public key has 32 bytes")
    const publicKey = importPoint(point)
    trial ??= ephemeral().privateKey
    if (!agree(trial, publicKey))
        throw new AgeError("key", "the public key is a low-order point, nothing can be encrypted to it")
    return publicKey
}

function exportPoint(publicKey: KeyObject): Buffer {
    // As JWK, which is 20 us cheaper than DER.
    return Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url")
}
