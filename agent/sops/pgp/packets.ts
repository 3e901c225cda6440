// OpenPGP messages (RFC 9580) as far as a wrapped data key needs them: armour and packets. They come from a repository:
// every length is checked, and every step goes forward.

import { UserError } from "../../error.ts"

export interface Packet {
    readonly tag: number
    readonly body: Buffer
}

/** The lines around an armoured message. */
export const armorLines = ["-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----"] as const

/** The bytes of the first armoured message in a text. Throws `UserError`. */
export function dearmor(text: string): Buffer {
    const plain = text.replaceAll("\r", "")
    const [first, last] = armorLines
    const start = plain.indexOf(first)
    const end = plain.indexOf(last, start)
    const block = start === -1 || end === -1 ? "" : plain.slice(start + first.length, end).trimStart()
    if (block === "") throw malformed("it is not an armoured message")
    // Headers, if there are any, end with an empty line.
    const body = block.replace(/^(?:[A-Za-z]+: [^\n]*\n)*\s*/, "")
    // The checksum is one against accidents of transport; what is inside is authenticated.
    const encoded = body.replace(/\n=[A-Za-z0-9+/]{4}\s*$/, "").replaceAll(/\s/g, "")
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw malformed("its armour is damaged")
    return Buffer.from(encoded, "base64")
}

/** The packets in a row. Throws `UserError` when a length leads out of the bytes. */
export function* packets(bytes: Buffer): Generator<Packet> {
    const reader = new Reader(bytes)
    while (!reader.atEnd) {
        const head = reader.byte()
        if ((head & 0x80) === 0) throw malformed("a packet does not begin as it must")
        yield (head & 0x40) === 0
            ? { tag: (head >> 2) & 0x0f, body: oldBody(reader, head & 3) }
            : { tag: head & 0x3f, body: newBody(reader) }
    }
}

/** A number as OpenPGP writes it: its length in bits, then its bytes. */
export function mpi(number: Buffer): Buffer {
    const start = number.findIndex((byte) => byte !== 0)
    const bytes = number.subarray(start === -1 ? number.length : start)
    const length = Buffer.alloc(2)
    length.writeUInt16BE(bytes.length === 0 ? 0 : (bytes.length - 1) * 8 + (32 - Math.clz32(bytes[0] ?? 0)))
    return Buffer.concat([length, bytes])
}

export function malformed(why: string): UserError {
    return new UserError(`the PGP message cannot be read: ${why}`)
}

export class Reader {
    private readonly bytes: Buffer
    private at = 0

    constructor(bytes: Buffer) {
        this.bytes = bytes
    }

    get atEnd(): boolean {
        return this.at >= this.bytes.length
    }

    byte(): number {
        return this.take(1)[0] ?? 0
    }

    number(size: 1 | 2 | 4): number {
        return this.take(size).readUIntBE(0, size)
    }

    mpi(): Buffer {
        return this.take(Math.ceil(this.number(2) / 8))
    }

    take(length: number): Buffer {
        if (length > this.bytes.length - this.at) throw malformed("it is cut off")
        this.at += length
        return this.bytes.subarray(this.at - length, this.at)
    }

    rest(): Buffer {
        return this.take(this.bytes.length - this.at)
    }
}

function oldBody(reader: Reader, kind: number): Buffer {
    if (kind === 3) return reader.rest()
    return reader.take(reader.number(kind === 0 ? 1 : kind === 1 ? 2 : 4))
}

function newBody(reader: Reader): Buffer {
    const parts: Buffer[] = []
    for (;;) {
        const first = reader.byte()
        if (first >= 224 && first < 255) {
            parts.push(reader.take(2 ** (first & 0x1f)))
            continue
        }
        const length =
            first < 192
                ? first
                : first === 255
                  ? reader.number(4)
                  : ((first - 192) << 8) + reader.byte() + 192
        parts.push(reader.take(length))
        return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts)
    }
}
