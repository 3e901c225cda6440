import { constants, createPublicKey, privateDecrypt, publicEncrypt } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { AgeError } from "../error.ts"
import type { Identity, WrappingRecipient } from "../key.ts"
import { sshTag } from "./ed25519.ts"
import type { RsaPublicKey } from "./public.ts"

// Stanzas of type ssh-rsa, as package agessh of filippo.io/age 1.3 writes them; not part of c2sp.org/age.

const stanzaType = "ssh-rsa"
const oaep = {
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: "sha256",
    oaepLabel: Buffer.from("age-encryption.org/v1/ssh-rsa"),
}

/** An identity for `ssh-rsa` stanzas. */
export function sshRsaIdentity(privateKey: KeyObject, publicKey: RsaPublicKey): Identity {
    const tag = sshTag(publicKey.blob)
    return {
        recipient: publicKey.text,
        unwrap(stanzas) {
            for (const { type, args, body } of stanzas) {
                if (type !== stanzaType) continue
                if (args.length !== 1)
                    throw new AgeError("header failure", "an ssh-rsa stanza has one argument")
                if (args[0] !== tag) continue
                const fileKey = decrypt(privateKey, body)
                // The tag says that it is ours, so this is damage and not another's stanza.
                if (!fileKey) throw new AgeError("header failure", "an ssh-rsa stanza does not open")
                return fileKey
            }
            return undefined
        },
    }
}

/** A recipient for an RSA public key. */
export function sshRsaRecipient(publicKey: RsaPublicKey): WrappingRecipient {
    const tag = sshTag(publicKey.blob)
    const n = publicKey.modulus.toString("base64url")
    const e = publicKey.exponent.toString("base64url")
    const key = createPublicKey({ key: { kty: "RSA", n, e }, format: "jwk" })
    return {
        kind: "ssh-rsa",
        text: publicKey.text,
        postQuantum: false,
        wrap: (fileKey) => [
            { type: stanzaType, args: [tag], body: publicEncrypt({ key, ...oaep }, fileKey) },
        ],
    }
}

function decrypt(key: KeyObject, body: Buffer): Buffer | undefined {
    try {
        return privateDecrypt({ key, ...oaep }, body)
    } catch {
        return undefined
    }
}
