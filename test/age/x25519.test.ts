import { expect, test } from "vitest"
import { encodeBase64 } from "../../agent/age/base64.ts"
import { encodeBech32 } from "../../agent/age/bech32.ts"
import { hkdf } from "../../agent/age/derivation.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { agreeWithShare, importScalar, x25519Identity, x25519Recipient } from "../../agent/age/x25519.ts"

// The CCTV vector `x25519`, step by step.
const scalar = Buffer.from("ca1626252c53cf1a4dc46695e7fcc46594cb4ccadedb6712dfda0753f3ae355e", "hex")
const recipient = "age1xmwwc06ly3ee5rytxm9mflaz2u56jjj36s0mypdrwsvlul66mv4q47ryef"
const share = Buffer.from("4c4885d32a6aafe6e9bdca973720952692fb3aec0f755c0f2fb29011b1433827", "hex")
const shared = "3e6809a7c389ed0a1462d2e3a283ef87f1e205393ce0036916c2ddca6622a370"
const wrapKey = "5e7e89500119f0097a93c06cc172436782b9f8da89dd736352321e19923706b8"

test("the steps of the vector", () => {
    const { privateKey, point } = importScalar(scalar)
    const { secret } = agreeWithShare(privateKey, encodeBase64(share))
    expect(secret.toString("hex")).toBe(shared)
    const key = hkdf(secret, Buffer.concat([share, point]), "age-encryption.org/v1/X25519")
    expect(key.toString("hex")).toBe(wrapKey)
    expect(x25519Identity(scalar).recipient).toBe(recipient)
})

test("a clamped scalar is the same key", () => {
    const clamped = Buffer.from(scalar)
    clamped.writeUInt8(clamped.readUInt8(0) & 248, 0)
    clamped.writeUInt8((clamped.readUInt8(31) & 127) | 64, 31)
    expect(clamped.equals(scalar)).toBe(false)
    expect(x25519Identity(clamped).recipient).toBe(recipient)
})

test("each wrapping has a share of its own and opens", async () => {
    const identity = x25519Identity(scalar)
    const target = x25519Recipient(importScalar(scalar).point)
    const fileKey = Buffer.alloc(16, 7)
    const first = await target.wrap(fileKey)
    const second = await target.wrap(fileKey)
    expect(first).not.toEqual(second)
    for (const stanzas of [first, second]) expect(identity.unwrap(stanzas)).toEqual(fileKey)
})

// The encodings of all points of low order; the last two are those of 0 and 1 with p added.
for (const hex of [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]) {
    test(`refuses the low-order point ${hex.slice(0, 8)}… as recipient and as share`, () => {
        const point = Buffer.from(hex, "hex")
        expect(() => x25519Recipient(point)).toThrow(/low-order point/)
        const stanza = { type: "X25519", args: [encodeBase64(point)], body: Buffer.alloc(32) }
        expect(() => x25519Identity(scalar).unwrap([stanza])).toThrow(
            expect.objectContaining({ code: "header failure" }),
        )
    })
}

test("refuses the recipient that ssh-to-age prints for a key of low order", () => {
    const bad = encodeBech32("age", Buffer.alloc(32))
    expect(bad).toMatch(/^age1q+5cu47z$/)
    expect(() => parseRecipient(bad)).toThrow(/low-order point/)
})
