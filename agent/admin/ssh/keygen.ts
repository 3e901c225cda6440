import { generateKeyPairSync, randomBytes } from "node:crypto"
import { sshStrings } from "../../age/ssh/wire.ts"

/** An SSH key pair as the two files that sshd reads. */
export interface SshKeyPair {
    readonly privateFile: Buffer
    /** One line: type, base64, comment. */
    readonly publicFile: string
}

/** Makes an ed25519 key pair without a passphrase, in the form of `ssh-keygen -t ed25519`. */
export function makeSshKey(comment: string): SshKeyPair {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519")
    const seed = rawKey(privateKey.export({ format: "jwk" }).d)
    const point = rawKey(publicKey.export({ format: "jwk" }).x)
    const blob = sshStrings("ssh-ed25519", point)
    const container = Buffer.concat([
        Buffer.from("openssh-key-v1\0"),
        sshStrings("none", "none", ""),
        Buffer.from([0, 0, 0, 1]),
        sshStrings(blob, privateSection(seed, point, comment)),
    ])
    const base64 = container.toString("base64").replaceAll(/.{70}/gu, "$&\n").trimEnd()
    const armour = `-----BEGIN OPENSSH PRIVATE KEY-----\n${base64}\n-----END OPENSSH PRIVATE KEY-----\n`
    return {
        privateFile: Buffer.from(armour),
        publicFile: `ssh-ed25519 ${blob.toString("base64")} ${comment}\n`,
    }
}

function privateSection(seed: Buffer, point: Buffer, comment: string): Buffer {
    // The same number twice: who decrypts a section can tell whether the passphrase was right.
    const check = randomBytes(4)
    const fields = sshStrings("ssh-ed25519", point, Buffer.concat([seed, point]), comment)
    const body = Buffer.concat([check, check, fields])
    const padding = (8 - (body.length % 8)) % 8
    return Buffer.concat([body, Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, padding)])
}

function rawKey(base64: string | undefined): Buffer {
    return Buffer.from(base64 ?? "", "base64url")
}
