import { createHash } from "node:crypto"
import { decodePaddedBase64, encodeBase64 } from "../base64.ts"
import { AgeError } from "../error.ts"
import { SshReader } from "./wire.ts"

// Public key lines come from repositories and from the network. They are read here, bounded, and never by sshpk.

interface PublicKey {
    /** The wire form, which tags and fingerprints are made from. */
    readonly blob: Buffer
    /** Type and base64 without a comment, as sops files name a recipient. */
    readonly text: string
}

/** An ed25519 public key; whether its point is on the curve is seen when it is mapped. */
export interface Ed25519PublicKey extends PublicKey {
    readonly type: "ssh-ed25519"
    readonly point: Buffer
}

/** An RSA public key of a size that can be used. */
export interface RsaPublicKey extends PublicKey {
    readonly type: "ssh-rsa"
    readonly modulus: Buffer
    readonly exponent: Buffer
}

/** A public key that age can use. */
export type SshPublicKey = Ed25519PublicKey | RsaPublicKey

const longestLine = 16384
const blank = /[ \t]+/
/** Types that people have and that age cannot use; they may be named in a message. */
const otherTypes =
    /^(?:ssh-dss|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9@.-]{1,64}|[a-z0-9-]{1,64}@openssh\.com)$/

/**
 * Reads one public key line: authorized_keys (options included), a `.pub` file, known_hosts or ssh-keyscan output.
 * Only ed25519 and RSA of 2048 to 8192 bits. Throws `AgeError` of class `key`.
 */
export function parseSshPublicLine(line: string): SshPublicKey {
    if (line.length > longestLine) throw new AgeError("key", "the public key line is too long")
    const { type, base64 } = splitLine(line.trim())
    checkType(type)
    const blob = decodePaddedBase64(base64)
    if (!blob) throw new AgeError("key", "the public key is not base64, or it was cut off")
    const key = parsePublicBlob(blob)
    if (key.type !== type) throw new AgeError("key", "the public key is of another type than it says")
    return key
}

/** Reads the wire form of a public key; the same limits. */
export function parsePublicBlob(blob: Buffer): SshPublicKey {
    const reader = new SshReader(blob)
    const type = reader.text()
    if (type === "ssh-ed25519") {
        const point = reader.string()
        reader.end()
        if (point.length !== 32) throw new AgeError("key", "an ed25519 public key has 32 bytes")
        return { type, point, blob, text: `${type} ${blob.toString("base64")}` }
    }
    checkType(type)
    const exponent = reader.mpint()
    const modulus = reader.mpint()
    reader.end()
    checkRsa(modulus, exponent)
    return { type: "ssh-rsa", modulus, exponent, blob, text: `ssh-rsa ${blob.toString("base64")}` }
}

/** `SHA256:…` as `ssh-keygen -l` prints it. Throws like `parseSshPublicLine`. */
export function fingerprint(line: string): string {
    return `SHA256:${encodeBase64(createHash("sha256").update(parseSshPublicLine(line).blob).digest())}`
}

/** Throws `AgeError` of class `key` for RSA numbers that are too small, too large, or no RSA numbers. */
export function checkRsa(modulus: Buffer, exponent: Buffer): void {
    const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
    if (bits < 2048 || bits > 8192)
        throw new AgeError("key", `an RSA key of ${bits} bits; 2048 to 8192 can be used`)
    const odd = (number: Buffer): boolean => ((number.at(-1) ?? 0) & 1) === 1
    if (
        !odd(modulus) ||
        !odd(exponent) ||
        exponent.length > 8 ||
        (exponent.length === 1 && exponent[0] === 1)
    )
        throw new AgeError("key", "the numbers of the RSA key cannot be right")
}

/** The type and the base64 of a line, behind what authorized_keys and known_hosts may have in front. */
function splitLine(line: string): { type: string; base64: string } {
    if (line.startsWith("@revoked")) throw new AgeError("key", "the key of this line is revoked")
    const unmarked = line.startsWith("@") ? dropField(line) : line
    const [first = ""] = unmarked.split(blank, 1)
    const [type = "", base64 = ""] = (isType(first) ? unmarked : dropField(unmarked)).split(blank, 2)
    return { type, base64 }
}

/** What follows the first field. Options are quoted: they may hold blanks, and even what looks like a key. */
function dropField(text: string): string {
    let quoted = false
    for (let at = 0; at < text.length; at++) {
        const character = text[at]
        if (character === "\\" && text[at + 1] === '"') at++
        else if (character === '"') quoted = !quoted
        else if (!quoted && (character === " " || character === "\t")) return text.slice(at).trimStart()
    }
    return ""
}

function isType(text: string): boolean {
    return text === "ssh-ed25519" || text === "ssh-rsa" || otherTypes.test(text)
}

function checkType(type: string): void {
    if (type === "ssh-ed25519" || type === "ssh-rsa") return
    if (otherTypes.test(type))
        throw new AgeError("key", `${type} keys cannot be used, only ssh-ed25519 and ssh-rsa ones`)
    throw new AgeError("key", "this is not an SSH public key")
}
