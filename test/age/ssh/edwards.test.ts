import { createHash, randomBytes } from "node:crypto"
import { expect, test } from "vitest"
import { isMontgomeryPoint, montgomeryPoint, sshToAgeRecipient } from "../../../agent/age/ssh/edwards.ts"
import { importScalar } from "../../../agent/age/x25519.ts"
import { ed25519Point, rsaKey } from "../ssh-files.ts"
import { scan, sshCases } from "../vectors.ts"

for (const { name, publicKey, recipient } of sshCases) {
    test(`${name}: the public half alone gives the recipient of ssh-to-age`, () => {
        expect(sshToAgeRecipient(publicKey)).toBe(recipient)
    })
}

test("ssh-keyscan output, RSA lines refused by name", () => {
    const lines = scan.knownHosts.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    const recipients = lines.filter((line) => line.includes(" ssh-ed25519 ")).map(sshToAgeRecipient)
    expect(recipients).toEqual(scan.recipients)
    const rsa = lines.find((line) => line.includes(" ssh-rsa ")) ?? ""
    expect(() => sshToAgeRecipient(rsa)).toThrow(/ssh-rsa keys have no age recipient/)
    expect(() => sshToAgeRecipient(rsaKey().publicLine)).toThrow(/ssh-rsa keys have no age recipient/)
})

test("agrees with the private half on 100 random keys", () => {
    for (let count = 0; count < 100; count++) {
        const seed = randomBytes(32)
        const scalar = createHash("sha512").update(seed).digest().subarray(0, 32)
        const { point: own } = importScalar(scalar)
        expect(montgomeryPoint(ed25519Point(seed))).toEqual(own)
        expect(isMontgomeryPoint(own, ed25519Point(seed))).toBe(true)
        expect(isMontgomeryPoint(own, ed25519Point(randomBytes(32)))).toBe(false)
    }
})

/** 32 bytes, little-endian. */
function point(y: bigint, sign = 0n): Buffer {
    const bytes = Buffer.from((y | (sign << 255n)).toString(16).padStart(64, "0"), "hex")
    return Buffer.from(bytes.toReversed())
}

const p = 2n ** 255n - 19n

test("refuses points off the curve", () => {
    expect(() => montgomeryPoint(point(2n))).toThrow(/not a point of the curve/)
    expect(() => montgomeryPoint(point(2n, 1n))).toThrow(/not a point of the curve/)
    expect(() => montgomeryPoint(point(7n))).toThrow(/not a point of the curve/)
})

for (const [why, y] of Object.entries({
    "y = 1": 1n,
    "y = -1": p - 1n,
    "y = 0": 0n,
    "y = p": p,
    "y = p + 1": p + 1n,
    "order 8": p - 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
    "order 8, the other": 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
})) {
    test(`refuses the point of low order ${why}, with either sign`, () => {
        expect(() => montgomeryPoint(point(y))).toThrow(/low-order/)
        expect(() => montgomeryPoint(point(y, 1n))).toThrow(/low-order/)
    })
}
