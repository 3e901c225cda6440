// The packets of an OpenPGP message (RFC 4880 and 9580), as far as they say for how many keys it is and that it is whole.
// The key that a packet names is a subkey, of which a fingerprint says nothing: only a keyring knows whose it is.

/** Packet types: a session key for a public key, and data under a session key (old, with a MAC, with an AEAD). */
const sessionKey = 1
const encryptedData = new Set([9, 18, 20])

/** What is wrong with an armoured message to one key; `undefined` when its packets are those of one. */
export function pgpProblem(armor: string): string | undefined {
    const bytes = decode(armor)
    if (bytes === undefined) return "is no PGP message"
    const types = packetsOf(bytes)
    const keys = types?.filter((type) => type === sessionKey).length
    if (types === undefined || !encryptedData.has(types.at(-1) ?? 0) || types.length !== (keys ?? 0) + 1)
        return "is no PGP message: its packets are damaged"
    return keys === 1 ? undefined : `is a PGP message to ${keys} keys where one fingerprint is named`
}

/** The bytes in an armour. Its checksum is left alone: newer writers have none. */
function decode(armor: string): Buffer | undefined {
    const lines = armor.trim().split(/\r?\n/u)
    if (lines.shift() !== "-----BEGIN PGP MESSAGE-----" || lines.pop() !== "-----END PGP MESSAGE-----")
        return undefined
    const blank = lines.findIndex((line) => line.trim() === "")
    const body = lines.slice(blank + 1)
    if (/^=[A-Za-z0-9+/]{4}$/u.test(body.at(-1) ?? "")) body.pop()
    const text = body.join("")
    const bytes = Buffer.from(text, "base64")
    return text !== "" && bytes.toString("base64") === text ? bytes : undefined
}

/** The types of the packets, in order; `undefined` when the lengths do not fit. */
function packetsOf(bytes: Buffer): number[] | undefined {
    const types: number[] = []
    for (let at = 0; at < bytes.length;) {
        const head = bytes[at++] ?? 0
        if ((head & 0x80) === 0) return undefined
        const isNew = (head & 0x40) !== 0
        types.push(isNew ? head & 0x3f : (head >> 2) & 0x0f)
        const end = isNew ? newEnd(bytes, at) : oldEnd(bytes, at, head & 3)
        if (end === undefined || end > bytes.length) return undefined
        at = end
    }
    return types
}

function oldEnd(bytes: Buffer, at: number, kind: number): number | undefined {
    if (kind === 3) return bytes.length
    const size = 1 << kind
    return at + size > bytes.length ? undefined : at + size + bytes.readUIntBE(at, size)
}

/** Data may come in parts, each with a length of its own. */
function newEnd(bytes: Buffer, start: number): number | undefined {
    for (let at = start; at < bytes.length;) {
        const first = bytes[at] ?? 0
        if (first < 192) return at + 1 + first
        if (first === 255) return at + 5 > bytes.length ? undefined : at + 5 + bytes.readUInt32BE(at + 1)
        if (first < 224) return at + 2 + ((first - 192) << 8) + (bytes[at + 1] ?? 0) + 192
        at += 1 + 2 ** (first & 0x1f)
    }
    return undefined
}
