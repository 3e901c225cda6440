import { timingSafeEqual } from "node:crypto"
import { decodeBase64, encodeBase64 } from "./base64.ts"
import { hkdf, hmac } from "./derivation.ts"
import { AgeError } from "./error.ts"
import { formatStanza, parseArguments, parseBodyLine } from "./stanza.ts"
import type { Stanza } from "./stanza.ts"

/** An age file taken apart; nothing is verified before `openWithFileKey`. */
export interface Header {
    readonly stanzas: readonly Stanza[]
    /** What the MAC is over: the file from its start up to and including `---`. */
    readonly authenticated: Buffer
    readonly mac: Buffer
    readonly payload: Buffer
}

const version = "age-encryption.org/v1\n"
const macLine = /^ [A-Za-z0-9+/]{43}\n$/
const macLineLength = 45
const longest = 65536
const mostStanzas = 1024
const none = Buffer.alloc(0)

/** Takes a binary age file apart (c2sp.org/age, Header). Throws `AgeError` of class `header failure`. */
export function parseHeader(file: Buffer): Header {
    if (!file.subarray(0, version.length).equals(Buffer.from(version)))
        throw new AgeError("header failure", "this is not an age file of version 1")
    // A line that begins with `---` can be nothing but the MAC line, so the first one ends the header.
    const end = file.subarray(0, longest).indexOf("\n---")
    if (end < 0) throw new AgeError("header failure", "the header has no end within 64 KiB")

    const authenticated = file.subarray(0, end + 4)
    const rest = file.subarray(end + 4, end + 4 + macLineLength).toString("latin1")
    const mac = macLine.test(rest) ? decodeBase64(rest.slice(1, -1)) : undefined
    if (!mac) throw new AgeError("header failure", "the MAC line is malformed")

    const lines = file.toString("latin1", version.length, end).split("\n")
    return {
        stanzas: parseStanzas(lines),
        authenticated,
        mac,
        payload: file.subarray(end + 4 + macLineLength),
    }
}

/** The header of a new file: everything before the payload. */
export function formatHeader(stanzas: readonly Stanza[], fileKey: Buffer): Buffer {
    const authenticated = Buffer.from(`${version}${stanzas.map(formatStanza).join("")}---`, "latin1")
    const mac = encodeBase64(headerMac(authenticated, fileKey))
    return Buffer.concat([authenticated, Buffer.from(` ${mac}\n`)])
}

/** Throws `AgeError` of class `HMAC failure` unless this file key made this header. Compares in constant time. */
export function verifyHeader(header: Header, fileKey: Buffer): void {
    if (!timingSafeEqual(headerMac(header.authenticated, fileKey), header.mac))
        throw new AgeError("HMAC failure", "the header was changed after it was written")
}

function headerMac(authenticated: Buffer, fileKey: Buffer): Buffer {
    return hmac(hkdf(fileKey, none, "header"), authenticated)
}

function parseStanzas(lines: readonly string[]): Stanza[] {
    const stanzas: Stanza[] = []
    let index = 0
    while (index < lines.length) {
        const first = parseArguments(lines[index++] ?? "")
        if (!first) throw new AgeError("header failure", `line ${index + 1} does not begin a stanza`)
        const body: Buffer[] = []
        for (let last = false; !last;) {
            const line = parseBodyLine(lines[index++] ?? "-")
            if (!line) throw new AgeError("header failure", `line ${index + 1} is not the body of a stanza`)
            body.push(line.bytes)
            last = line.last
        }
        stanzas.push({ ...first, body: body.length === 1 ? (body[0] ?? none) : Buffer.concat(body) })
    }
    if (stanzas.length > mostStanzas)
        throw new AgeError("header failure", `the header has more than ${mostStanzas} stanzas`)
    // c2sp.org/age, The scrypt recipient type: else someone with a key could have changed what a passphrase opens.
    if (stanzas.length > 1 && stanzas.some((stanza) => stanza.type === "scrypt"))
        throw new AgeError("header failure", "a passphrase stanza must be the only one")
    return stanzas
}
