// The public half of an RSA SSH key as a PGP key that gpg can import: what ssh-to-pgp prints.

import { createHash, createPublicKey, sign } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { mpi } from "../../../agent/sops/pgp/packets.ts"

const user = Buffer.from("root (Imported from SSH) <root@localhost>")

export function sshAsPgp(privateKey: KeyObject): Buffer {
    const { n = "", e = "" } = createPublicKey(privateKey).export({ format: "jwk" })
    const numbers = [n, e].map((number) => mpi(Buffer.from(number, "base64url")))
    const key = Buffer.concat([Buffer.from([4, 0, 0, 0, 0, 1]), ...numbers])
    const head = Buffer.from([0x99, key.length >> 8, key.length & 0xff])
    const fingerprint = createHash("sha1").update(head).update(key).digest()

    // Made in 1970; may certify, sign and encrypt.
    const hashed = Buffer.from([5, 2, 0, 0, 0, 1, 2, 27, 0x0f])
    const start = Buffer.concat([Buffer.from([4, 0x13, 1, 8, 0, hashed.length]), hashed])
    const trailer = Buffer.from([4, 0xff, 0, 0, 0, start.length])
    const userHead = Buffer.from([0xb4, 0, 0, 0, user.length])
    const signed = Buffer.concat([head, key, userHead, user, start, trailer])
    const digest = createHash("sha256").update(signed).digest()
    const issuer = Buffer.concat([Buffer.from([0, 10, 9, 16]), fingerprint.subarray(-8)])
    const signature = mpi(sign("sha256", signed, privateKey))
    return Buffer.concat([
        packet(6, key),
        packet(13, user),
        packet(2, Buffer.concat([start, issuer, digest.subarray(0, 2), signature])),
    ])
}

function packet(tag: number, body: Buffer): Buffer {
    const head = Buffer.alloc(6)
    head.writeUInt16BE(((0xc0 | tag) << 8) | 0xff)
    head.writeUInt32BE(body.length, 2)
    return Buffer.concat([head, body])
}
