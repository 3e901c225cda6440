import { createHash } from "node:crypto"
import { encodeBase64 } from "../base64.ts"
import { hkdf, openFileKey, sealFileKey, wrappedLength } from "../derivation.ts"
import { montgomeryPoint } from "./edwards.ts"
import { AgeError } from "../error.ts"
import type { Identity, WrappingRecipient } from "../key.ts"
import type { Ed25519PublicKey } from "./public.ts"
import { agree, agreeWithShare, ephemeral, importPoint, importScalar, shareStanza } from "../x25519.ts"
import type { KeyPair } from "../x25519.ts"

// Stanzas of type ssh-ed25519, as package agessh of filippo.io/age 1.3 writes them; not part of c2sp.org/age.

const stanzaType = "ssh-ed25519"
const info = "age-encryption.org/v1/ssh-ed25519"
const none = Buffer.alloc(0)

/** The X25519 scalar of an ed25519 seed, as age and ssh-to-age derive it. Not clamped: ssh-to-age prints it so. */
export function scalarOfSeed(seed: Buffer): Buffer {
    const digest = createHash("sha512").update(seed).digest()
    const scalar = Buffer.from(digest.subarray(0, 32))
    digest.fill(0)
    return scalar
}

/** What a stanza names its key by: the first bytes of the hash of the public key. */
export function sshTag(blob: Buffer): string {
    return encodeBase64(createHash("sha256").update(blob).digest().subarray(0, 4))
}

/** An identity for `ssh-ed25519` stanzas; `own` is made of the scalar of the key's seed. */
export function sshEd25519Identity(own: KeyPair, publicKey: Ed25519PublicKey): Identity {
    const tag = sshTag(publicKey.blob)
    // Most files are for the converted key, so this is made ready when a stanza asks for it.
    let tweak: KeyPair | undefined
    return {
        recipient: publicKey.text,
        unwrap(stanzas) {
            for (const { type, args, body } of stanzas) {
                if (type !== stanzaType) continue
                const [stanzaTag, argument = ""] = args
                if (args.length !== 2)
                    throw new AgeError("header failure", "an ssh-ed25519 stanza has two arguments")
                if (stanzaTag !== tag) continue
                if (body.length !== wrappedLength)
                    throw new AgeError("header failure", "the body of an ssh-ed25519 stanza has 32 bytes")
                tweak ??= tweakOf(publicKey)
                const { share, secret } = agreeWithShare(own.privateKey, argument)
                const key = stanzaKey(tweak, secret, share, own.point)
                const fileKey = key && openFileKey(key, body)
                // The tag says that it is ours, so this is damage and not another's stanza.
                if (!fileKey) throw new AgeError("header failure", "an ssh-ed25519 stanza does not open")
                return fileKey
            }
            return undefined
        },
    }
}

/** A recipient for an ed25519 public key. Throws `AgeError` of class `key` when the key cannot be encrypted to. */
export function sshEd25519Recipient(publicKey: Ed25519PublicKey): WrappingRecipient {
    const point = montgomeryPoint(publicKey.point)
    const agreementKey = importPoint(point)
    const tweak = tweakOf(publicKey)
    const tag = sshTag(publicKey.blob)
    return {
        kind: "ssh-ed25519",
        text: publicKey.text,
        postQuantum: false,
        wrap(fileKey) {
            const { privateKey, point: share } = ephemeral()
            const secret = agree(privateKey, agreementKey)
            const key = secret && stanzaKey(tweak, secret, share, point)
            if (!key) throw new AgeError("key", "the recipient is a low-order point")
            return [shareStanza(stanzaType, [tag], share, sealFileKey(key, fileKey))]
        },
    }
}

/** Binds the stanza to the ed25519 key. The blob is the salt and there is no key material, not the other way round. */
function tweakOf({ blob }: Ed25519PublicKey): KeyPair {
    return importScalar(hkdf(none, blob, info))
}

function stanzaKey(tweak: KeyPair, secret: Buffer, share: Buffer, point: Buffer): Buffer | undefined {
    const shared = agree(tweak.privateKey, importPoint(secret))
    return shared && hkdf(shared, Buffer.concat([share, point]), info)
}
