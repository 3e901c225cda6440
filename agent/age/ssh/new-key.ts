import { generateKeyPairSync, randomBytes } from "node:crypto"
import { decodeSshArmor } from "./armor.ts"
import { parseContainer } from "./openssh.ts"

const type = "ssh-ed25519"

/** A new ed25519 key without a passphrase, in the container openssh-key-v1 as ssh-keygen writes it. */
export function newSshKey(comment: string): Buffer {
    const { d = "", x = "" } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })
    const seed = Buffer.from(d, "base64url")
    const point = Buffer.from(x, "base64url")
    const check = randomBytes(4)
    const section = Buffer.concat([
        check,
        check,
        string(type),
        string(point),
        string(Buffer.concat([seed, point])),
        string(comment),
    ])
    const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (section.length % 8)) % 8))
    const bytes = Buffer.concat([
        Buffer.from("openssh-key-v1\0"),
        string("none"),
        string("none"),
        string(""),
        Buffer.from([0, 0, 0, 1]),
        string(publicBlob(point)),
        string(Buffer.concat([section, padding])),
    ])
    const lines = bytes.toString("base64").replaceAll(/.{1,70}/gu, "$&\n")
    return Buffer.from(`-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}-----END OPENSSH PRIVATE KEY-----\n`)
}

/** The line of a public key for such a private key. Throws `AgeError` of class `key` for any other kind of key. */
export function publicSshLine(key: Buffer, comment: string): string {
    const { publicKey } = parseContainer(decodeSshArmor(key).bytes)
    return `${publicKey.text}${comment === "" ? "" : ` ${comment}`}\n`
}

function publicBlob(point: Buffer): Buffer {
    return Buffer.concat([string(type), string(point)])
}

function string(value: Buffer | string): Buffer {
    const bytes = Buffer.from(value)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
}
