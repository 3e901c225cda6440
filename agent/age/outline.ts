// What can be told of an age file without a key: whether it can be for the recipient that somebody wrote beside it.

import { createHash } from "node:crypto"
import { decodeBase64, encodeBase64 } from "./base64.ts"
import { decodeBech32 } from "./bech32.ts"
import { wrappedLength } from "./derivation.ts"
import type { Header } from "./header.ts"
import { sshTag } from "./ssh/ed25519.ts"
import { parseSshPublicLine } from "./ssh/public.ts"
import type { Stanza } from "./stanza.ts"

/** The one stanza that a file for a recipient has: its type, and whether the rest of it can be for that recipient. */
interface Expected {
    readonly type: string
    fits(stanza: Stanza): boolean
}

const point = 32
/** Compressed, as plugins write it, and not. */
const [p256, p256Long] = [33, 65]
const hybrid = 1088

/** What each prefix of a recipient stands for. Of plugins only those whose stanzas are documented. */
const byPrefix: Readonly<Record<string, (key: Buffer) => Expected>> = {
    age: () => ({ type: "X25519", fits: shaped([point]) }),
    age1pq: () => ({ type: "mlkem768x25519", fits: shaped([hybrid + point]) }),
    age1tag: () => ({ type: "p256tag", fits: shaped([4, p256Long]) }),
    age1tagpq: () => ({ type: "mlkem768p256tag", fits: shaped([4, hybrid + p256Long]) }),
    age1yubikey: piv,
    age1se: piv,
}

const native = new Set([
    "X25519",
    "mlkem768x25519",
    "p256tag",
    "mlkem768p256tag",
    "ssh-ed25519",
    "ssh-rsa",
    "scrypt",
])

/** Thousands of files are for the same few recipients. */
const known = new Map<string, Expected | undefined>()
const mostKnown = 4096

/**
 * Why a file cannot be one for `recipient` alone; `undefined` when it can. That it is for them is more than anybody
 * without their key can say.
 */
export function misfit({ stanzas }: Header, recipient: string): string | undefined {
    const [stanza] = stanzas
    if (stanza === undefined || stanzas.length !== 1)
        return `has ${stanzas.length} stanzas where one recipient has one`
    const expected = expectedOf(recipient)
    if (expected === undefined) return "is for what is no recipient"
    if (expected.type === "plugin")
        return native.has(stanza.type) ? `is a file for a key of type ${stanza.type}` : undefined
    if (expected.type !== stanza.type) return `is a file for a key of another type (${shown(stanza.type)})`
    return expected.fits(stanza) ? undefined : "is damaged, or for another key of the same type"
}

function expectedOf(recipient: string): Expected | undefined {
    if (known.has(recipient)) return known.get(recipient)
    if (known.size >= mostKnown) known.clear()
    const expected = read(recipient)
    known.set(recipient, expected)
    return expected
}

function read(recipient: string): Expected | undefined {
    if (recipient.startsWith("ssh-")) return ofSsh(recipient)
    const decoded = recipient === recipient.toLowerCase() ? decodeBech32(recipient) : undefined
    if (decoded === undefined || !decoded.prefix.startsWith("age")) return undefined
    return byPrefix[decoded.prefix]?.(decoded.bytes) ?? { type: "plugin", fits: () => true }
}

function ofSsh(recipient: string): Expected | undefined {
    try {
        const { type, blob } = parseSshPublicLine(recipient)
        const tag = sshTag(blob)
        if (type === "ssh-rsa")
            return {
                type,
                // As long as the modulus, which has 8192 bits at most.
                fits: ({ args, body }) => args.length === 1 && args[0] === tag && body.length >= 256,
            }
        const fits = shaped([4, point])
        return { type, fits: (stanza) => stanza.args[0] === tag && fits(stanza) }
    } catch {
        return undefined
    }
}

/** Hardware keys behind a plugin name their key by the hash of its public half, and wrap as age does. */
function piv(key: Buffer): Expected {
    const tag = encodeBase64(createHash("sha256").update(key).digest().subarray(0, 4))
    const fits = shaped([4, p256])
    return { type: "piv-p256", fits: (stanza) => stanza.args[0] === tag && fits(stanza) }
}

/** A stanza whose arguments have so many bytes, and whose body is a wrapped file key. */
function shaped(lengths: readonly number[]): (stanza: Stanza) => boolean {
    return ({ args, body }) =>
        args.length === lengths.length &&
        body.length === wrappedLength &&
        args.every((arg, index) => decodeBase64(arg)?.length === lengths[index])
}

function shown(type: string): string {
    return /^[\w.-]{1,32}$/u.test(type) ? type : "with a strange name"
}
