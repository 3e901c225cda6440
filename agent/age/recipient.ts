import { decodeBech32, encodeBech32 } from "./bech32.ts"
import { AgeError } from "./error.ts"
import { hybridRecipient } from "./hybrid.ts"
import { sshEd25519Recipient } from "./ssh/ed25519.ts"
import { parseSshPublicLine } from "./ssh/public.ts"
import { sshRsaRecipient } from "./ssh/rsa.ts"
import type { PluginRecipient, Recipient, WrappingRecipient } from "./key.ts"
import { x25519Recipient } from "./x25519.ts"

const tagLengths = new Map([
    ["age1tag", 33],
    ["age1tagpq", 1249],
])

/**
 * Reads a recipient as key files and sops files have it, validating all of it: checksum, lengths, points that cannot
 * be encrypted to. Space around it and the comment of an SSH key are dropped. Throws `AgeError` of class `key`.
 */
export function parseRecipient(text: string): Recipient | PluginRecipient {
    const trimmed = text.trim()
    if (trimmed.startsWith("ssh-")) return sshRecipient(trimmed)
    if (/^AGE-/i.test(trimmed)) throw new AgeError("key", "this is a private key, not a recipient")
    const decoded = trimmed === trimmed.toLowerCase() ? decodeBech32(trimmed) : undefined
    if (!decoded) throw new AgeError("key", "this is not a recipient (age1… or ssh-ed25519, ssh-rsa)")

    const { prefix, bytes } = decoded
    if (prefix === "age") return x25519Recipient(bytes)
    if (prefix === "age1pq") return hybridRecipient(bytes)
    const tagLength = tagLengths.get(prefix)
    if (tagLength !== undefined) {
        if (bytes.length !== tagLength) throw new AgeError("key", "a tagged recipient has the wrong length")
        return { kind: "tag", text: trimmed, postQuantum: prefix === "age1tagpq" }
    }
    return { kind: "unresolved plugin", text: encodeBech32(prefix, bytes), name: pluginName(prefix) }
}

function sshRecipient(line: string): WrappingRecipient {
    const key = parseSshPublicLine(line)
    return key.type === "ssh-ed25519" ? sshEd25519Recipient(key) : sshRsaRecipient(key)
}

function pluginName(prefix: string): string {
    const name = /^age1([a-z0-9+._-]+)$/.exec(prefix)?.[1]
    if (name === undefined || /^\.+$/.test(name))
        throw new AgeError("key", "this is not a recipient: its prefix names no plugin")
    return name
}
