import { randomBytes } from "node:crypto"
import { decodeBech32, encodeBech32 } from "./bech32.ts"
import { AgeError } from "./error.ts"
import { hybridIdentity } from "./hybrid.ts"
import type { Identity } from "./key.ts"
import { x25519Identity } from "./x25519.ts"

/** A freshly made identity: what goes into a key file, and its public half. */
export interface GeneratedIdentity {
    readonly secret: string
    readonly recipient: string
}

const classic = "AGE-SECRET-KEY-"
const hybrid = "AGE-SECRET-KEY-PQ-"
const secretLength = 32

/** Reads `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`. Throws `AgeError` of class `key`, which never holds the text. */
export function parseIdentity(text: string): Identity {
    const decoded = text === text.toUpperCase() ? decodeBech32(text) : undefined
    if (!decoded) throw new AgeError("key", "this is not an age identity, or it was mistyped")
    const prefix = decoded.prefix.toUpperCase()
    if (prefix !== classic && prefix !== hybrid)
        throw new AgeError("key", "this kind of age identity is not known")
    if (decoded.bytes.length !== secretLength)
        throw new AgeError("key", "the age identity has the wrong length")
    const identity = prefix === classic ? x25519Identity(decoded.bytes) : hybridIdentity(decoded.bytes)
    decoded.bytes.fill(0)
    return identity
}

/** The recipient that belongs to an identity's text; throws like `parseIdentity`. */
export function recipientOfSecret(text: string): string {
    return parseIdentity(text).recipient
}

/** A new X25519 identity. */
export function generateIdentity(): GeneratedIdentity {
    return generate(classic)
}

/** A new hybrid, post-quantum identity. Its recipient has 1959 characters. */
export function generateHybridIdentity(): GeneratedIdentity {
    return generate(hybrid)
}

function generate(prefix: string): GeneratedIdentity {
    const secret = encodeBech32(prefix.toLowerCase(), randomBytes(secretLength)).toUpperCase()
    return { secret, recipient: recipientOfSecret(secret) }
}
