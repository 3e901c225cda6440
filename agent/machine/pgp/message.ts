import { constants, createDecipheriv, createHash, privateDecrypt, timingSafeEqual } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { inflateRawSync, inflateSync } from "node:zlib"
import { malformed, packets, Reader } from "../../sops/pgp/packets.ts"
import type { Packet } from "../../sops/pgp/packets.ts"

const sessionKey = 1
const compressed = 8
const literal = 11
const encrypted = 18
/** A data key has 32 bytes; what grows beyond this is a bomb. */
const largest = 64 * 1024

/** By number: name for Node, bytes of the key, bytes of a block. */
const ciphers: Readonly<Record<number, readonly [string, number, number]>> = {
    2: ["des-ede3-cfb", 24, 8],
    7: ["aes-128-cfb", 16, 16],
    8: ["aes-192-cfb", 24, 16],
    9: ["aes-256-cfb", 32, 16],
    11: ["camellia-128-cfb", 16, 16],
    12: ["camellia-192-cfb", 24, 16],
    13: ["camellia-256-cfb", 32, 16],
}

/** An RSA key and the last 16 digits of its fingerprint. */
export interface PgpKey {
    readonly privateKey: KeyObject
    readonly id: string
}

/**
 * What is in a message, as gpg and sops write it for an RSA key: encrypted to its key ID, with an authenticated body.
 * `undefined` when it is not for this key. Throws `UserError` when it is, and does not open.
 */
export function openMessage(message: Buffer, key: PgpKey): Buffer | undefined {
    const all = [...packets(message)]
    const mine = all.filter(({ tag, body }) => tag === sessionKey && isFor(body, key.id))
    const session = mine
        .map(({ body }) => unwrapSessionKey(body, key.privateKey))
        .find((one) => one !== undefined)
    if (session === undefined) {
        // Who is not named need not be meant.
        if (!mine.some(({ body }) => keyId(body) === key.id)) return undefined
        throw malformed("its session key does not open")
    }
    const { algorithm, secret } = session
    try {
        const sealed = all.find(({ tag, body }) => tag === encrypted && body[0] === 1)
        if (sealed === undefined)
            throw malformed("its body is protected in a way that hostseal-agent does not know")
        return literalIn([...packets(decrypt(sealed.body.subarray(1), algorithm, secret))])
    } finally {
        secret.fill(0)
    }
}

/** A session key of version 3 for an RSA key with this ID, or with the ID that stands for any. */
function isFor(body: Buffer, id: string): boolean {
    const isRsa = body[9] === 1 || body[9] === 2
    return body[0] === 3 && isRsa && [id, "0".repeat(16)].includes(keyId(body))
}

function keyId(body: Buffer): string {
    return body.toString("hex", 1, 9)
}

function unwrapSessionKey(
    body: Buffer,
    privateKey: KeyObject,
): { readonly algorithm: number; readonly secret: Buffer } | undefined {
    const plain = decryptRsa(new Reader(body.subarray(10)).mpi(), privateKey)
    if (plain === undefined) return undefined
    const end = plain.indexOf(0, 2)
    const algorithm = plain[end + 1] ?? 0
    const secret = Buffer.from(plain.subarray(end + 2, -2))
    const sum = secret.reduce((total, byte) => total + byte, 0) & 0xffff
    const fits = plain[0] === 0 && plain[1] === 2 && end >= 10 && sum === plain.readUInt16BE(plain.length - 2)
    plain.fill(0)
    return fits ? { algorithm, secret } : undefined
}

/** Without a look at the padding; `undefined` for a number that is none of this key. */
function decryptRsa(wrapped: Buffer, key: KeyObject): Buffer | undefined {
    const size = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
    if (wrapped.length > size) return undefined
    const padded = Buffer.concat([Buffer.alloc(size - wrapped.length), wrapped])
    try {
        return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, padded)
    } catch {
        return undefined
    }
}

/** Version 1: CFB with a prefix that is thrown away, and a digest of everything at the end. */
function decrypt(body: Buffer, algorithm: number, secret: Buffer): Buffer {
    const [name, length, block] = ciphers[algorithm] ?? ["", 0, 0]
    if (name === "" || secret.length !== length)
        throw malformed(`its cipher (${algorithm}) is one that hostseal-agent does not know`)
    const decipher = createDecipheriv(name, secret, Buffer.alloc(block))
    const plain = Buffer.concat([decipher.update(body), decipher.final()])
    const digest = plain.subarray(-20)
    const expected = createHash("sha1").update(plain.subarray(0, -20)).digest()
    const isWhole = plain.length >= block + 24 && plain.readUInt16BE(plain.length - 22) === 0xd314
    if (!isWhole || !timingSafeEqual(digest, expected)) throw malformed("it was changed, or is damaged")
    return plain.subarray(block + 2, -22)
}

function literalIn(inner: readonly Packet[]): Buffer {
    const [first] = inner
    if (first?.tag === compressed) return literalIn([...packets(decompress(first.body))].filter(isLiteral))
    const data = inner.find(isLiteral)
    if (data === undefined) throw malformed("there is no data in it")
    const reader = new Reader(data.body)
    reader.take(1)
    reader.take(reader.byte())
    reader.take(4)
    return Buffer.from(reader.rest())
}

function isLiteral({ tag }: Packet): boolean {
    return tag === literal
}

function decompress(body: Buffer): Buffer {
    const limits = { maxOutputLength: largest }
    try {
        if (body[0] === 0) return body.subarray(1)
        if (body[0] === 1) return inflateRawSync(body.subarray(1), limits)
        if (body[0] === 2) return inflateSync(body.subarray(1), limits)
    } catch {
        throw malformed("its data cannot be unpacked")
    }
    throw malformed("its data is packed in a way that hostseal-agent does not know")
}
