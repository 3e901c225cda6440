// Key pairs as the programs that use them write them, each with its public half.

import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto"
import { generateIdentity, recipientOfSecret } from "../../age/identity.ts"
import { newSshKey, publicSshLine } from "../../age/ssh/new-key.ts"
import { importScalar } from "../../age/x25519.ts"
import type { KeyMake } from "../../repo/generators/generator.ts"

/** A new private key. */
export function newKey(make: KeyMake): Buffer {
    switch (make.kind) {
        case "ssh-key":
            return newSshKey(make.comment)
        case "wireguard":
            return Buffer.from(`${clamped(randomBytes(32)).toString("base64")}\n`)
        case "age-key":
            return Buffer.from(`${generateIdentity().secret}\n`)
        case "tls-key":
            return newTlsKey(make.type)
        case "nix-key":
            break
    }
    const { d = "", x = "" } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })
    const bytes = Buffer.concat([Buffer.from(d, "base64url"), Buffer.from(x, "base64url")])
    return Buffer.from(`${make.name}:${bytes.toString("base64")}`)
}

/** The public half of a private key. Throws an Error without a word of the key for what is none of this kind. */
export function publicHalf(make: KeyMake, key: Buffer): Buffer {
    const text = key.toString("utf8").trim()
    switch (make.kind) {
        case "ssh-key":
            return Buffer.from(publicSshLine(key, make.comment))
        case "wireguard": {
            const scalar = Buffer.from(text, "base64")
            if (scalar.length !== 32) throw new Error("it is no WireGuard key")
            return Buffer.from(`${importScalar(scalar).point.toString("base64")}\n`)
        }
        case "age-key": {
            const identity = text.split("\n").find((line) => line.startsWith("AGE-SECRET-KEY-")) ?? ""
            return Buffer.from(`${recipientOfSecret(identity)}\n`)
        }
        case "tls-key":
            return Buffer.from(createPublicKey(key).export({ type: "spki", format: "pem" }))
        case "nix-key":
            break
    }
    const [, name, body = ""] = /^([^:\n]+):([^\n]+)$/u.exec(text) ?? []
    const bytes = Buffer.from(body, "base64")
    if (name === undefined || bytes.length !== 64) throw new Error("it is no signing key of Nix")
    return Buffer.from(`${name}:${bytes.subarray(32).toString("base64")}`)
}

function newTlsKey(type: "ecdsa" | "ed25519" | "rsa"): Buffer {
    const { privateKey } =
        type === "rsa"
            ? generateKeyPairSync("rsa", { modulusLength: 3072 })
            : type === "ed25519"
              ? generateKeyPairSync("ed25519")
              : generateKeyPairSync("ec", { namedCurve: "P-256" })
    return Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" }))
}

/** As `wg genkey` writes scalars: some programs compare them with what they would be. */
function clamped(scalar: Buffer): Buffer {
    scalar[0] = (scalar[0] ?? 0) & 248
    scalar[31] = ((scalar[31] ?? 0) & 127) | 64
    return scalar
}
