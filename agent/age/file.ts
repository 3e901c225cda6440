import { randomBytes } from "node:crypto"
import { decodeArmor, encodeArmor, isArmored } from "./armor.ts"
import { fileKeyLength } from "./derivation.ts"
import { AgeError } from "./error.ts"
import { formatHeader, parseHeader, verifyHeader } from "./header.ts"
import type { Header } from "./header.ts"
import type { Identity, Recipient, WrappingRecipient } from "./key.ts"
import { openPayload, sealPayload } from "./payload.ts"
import type { Stanza } from "./stanza.ts"

/** Takes an age file apart, armoured or binary. Throws `AgeError`. */
export function readHeader(file: Buffer): Header {
    return parseHeader(isArmored(file) ? decodeArmor(file) : file)
}

/** Verifies the header with a file key that some identity unwrapped, then opens the payload. Throws `AgeError`. */
export function openWithFileKey(header: Header, fileKey: Buffer): Buffer {
    if (fileKey.length !== fileKeyLength) throw new AgeError("header failure", "a file key has 16 bytes")
    verifyHeader(header, fileKey)
    return openPayload(header.payload, fileKey)
}

/**
 * Opens an age file with the first identity that can, in the order given. Throws `AgeError`: class `no match` when
 * none can, else the class of what is broken.
 */
export async function openAge(file: Buffer, identities: readonly Identity[]): Promise<Buffer> {
    const header = readHeader(file)
    for (const identity of identities) {
        const answer = identity.unwrap(header.stanzas)
        const fileKey = answer instanceof Promise ? await answer : answer
        if (!fileKey) continue
        try {
            return openWithFileKey(header, fileKey)
        } finally {
            fileKey.fill(0)
        }
    }
    throw new AgeError("no match", "none of the identities can open this file")
}

/**
 * Seals a file to all recipients; a recipient given twice counts once. Refuses what nobody could open (no recipient)
 * and what would undo a choice for post-quantum keys (mixing them with classic ones), as age itself does.
 */
export async function sealAge(
    plaintext: Buffer,
    recipients: readonly Recipient[],
    form: "armor" | "binary",
): Promise<Buffer> {
    const distinct = [...new Map(recipients.map((recipient) => [recipient.text, recipient])).values()]
    if (distinct.length === 0) throw new AgeError("key", "a file needs at least one recipient")
    if (new Set(distinct.map((recipient) => recipient.postQuantum)).size > 1)
        throw new AgeError("key", "post-quantum and classic recipients cannot share a file")

    const wrapping = distinct.filter((recipient) => recipient.kind !== "tag")
    const file =
        wrapping.length === distinct.length
            ? await seal(plaintext, wrapping)
            : await (await import("./tagged.ts")).sealTagged(plaintext, distinct)
    return form === "armor" ? encodeArmor(file) : file
}

async function seal(plaintext: Buffer, recipients: readonly WrappingRecipient[]): Promise<Buffer> {
    const fileKey = randomBytes(fileKeyLength)
    const stanzas: Stanza[] = []
    for (const recipient of recipients) stanzas.push(...(await recipient.wrap(fileKey)))
    const file = Buffer.concat([formatHeader(stanzas, fileKey), sealPayload(plaintext, fileKey)])
    fileKey.fill(0)
    return file
}
