import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { sshStrings } from "../../agent/age/ssh/wire.ts"

/** The fields of an openssh-key-v1 file, each of which a test may get wrong. */
export interface Fields {
    readonly magic: Buffer
    readonly cipher: string
    readonly kdf: string
    readonly options: Buffer
    readonly keys: number
    readonly blob: Buffer
    readonly section: Buffer
    readonly trailing: Buffer
}

/** A correct, unencrypted ed25519 key file, or one with other fields. */
export function opensshFile(seed: Buffer, other: Partial<Fields> = {}): Buffer {
    return armored("OPENSSH PRIVATE KEY", container({ ...plainFields(seed), ...other }))
}

export function plainFields(seed: Buffer): Fields {
    return {
        magic: Buffer.from("openssh-key-v1\0"),
        cipher: "none",
        kdf: "none",
        options: Buffer.alloc(0),
        keys: 1,
        blob: sshStrings("ssh-ed25519", ed25519Point(seed)),
        section: ed25519Section(seed),
        trailing: Buffer.alloc(0),
    }
}

export function container(fields: Fields): Buffer {
    const { magic, cipher, kdf, options, keys, blob, section, trailing } = fields
    const count = Buffer.alloc(4)
    count.writeUInt32BE(keys)
    return Buffer.concat([
        magic,
        sshStrings(cipher, kdf, options),
        count,
        sshStrings(blob, section),
        trailing,
    ])
}

/** The private section of an ed25519 key, padded to its block. */
export function ed25519Section(seed: Buffer, comment = "CANARY"): Buffer {
    const point = ed25519Point(seed)
    const check = Buffer.from("0123456701234567", "hex")
    const body = Buffer.concat([
        check,
        sshStrings("ssh-ed25519", point, Buffer.concat([seed, point]), comment),
    ])
    const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (body.length % 8)) % 8)
    return Buffer.concat([body, padding])
}

export function armored(label: string, bytes: Buffer): Buffer {
    const lines = bytes.toString("base64").match(/.{1,70}/g) ?? []
    return Buffer.from(`-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`)
}

export function ed25519Point(seed: Buffer): Buffer {
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed])
    const jwk = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "jwk" })
    return Buffer.from(jwk.x ?? "", "base64url")
}

/** An RSA key, and its public line made by hand. */
export function rsaKey(bits = 2048): { privateKey: KeyObject; publicLine: string } {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: bits })
    const { n = "", e = "" } = publicKey.export({ format: "jwk" })
    const positive = (number: string): Buffer => {
        const bytes = Buffer.from(number, "base64url")
        return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes
    }
    return {
        privateKey,
        publicLine: `ssh-rsa ${sshStrings("ssh-rsa", positive(e), positive(n)).toString("base64")}`,
    }
}
