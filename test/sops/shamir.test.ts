import { randomBytes } from "node:crypto"
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { combine } from "../../agent/sops/shamir.ts"

/** Multiplication in GF(2^8) by its definition: polynomials modulo x^8+x^4+x^3+x+1. */
function times(a: number, b: number): number {
    let product = 0
    for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit
    for (let bit = 15; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11b << (bit - 8)
    return product
}

/** Shares as sops makes them: for each byte a random polynomial with the byte as constant term, then x. */
function split(secret: Buffer, parts: number, threshold: number): Buffer[] {
    const polynomials = Array.from(secret, (byte) => [byte, ...randomBytes(threshold - 1)])
    return Array.from({ length: parts }, (_, index) => {
        const values = polynomials.map((terms) =>
            terms.reduceRight((sum, term) => times(sum, index + 1) ^ term, 0),
        )
        return Buffer.from([...values, index + 1])
    })
}

test("any shares, as many as needed or more, in any order, give the secret", () => {
    const shape = fc
        .tuple(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 2, max: 8 }))
        .map(([one, other]) => ({ threshold: Math.min(one, other), parts: Math.max(one, other) }))
    fc.assert(
        fc.property(
            fc.uint8Array({ minLength: 1, maxLength: 33 }),
            shape,
            fc.infiniteStream(fc.nat()),
            (bytes, { threshold, parts }, order) => {
                const secret = Buffer.from(bytes)
                const shares = split(secret, parts, threshold)
                    .map((share) => ({ share, rank: order.next().value }))
                    .toSorted((a, b) => Number(a.rank) - Number(b.rank))
                    .map(({ share }) => share)
                expect(combine(shares.slice(0, threshold))).toEqual(secret)
                expect(combine(shares)).toEqual(secret)
            },
        ),
    )
})

test("too few shares give something else", () => {
    const secret = Buffer.from("CANARY of thirty-two bytes length")
    expect(combine(split(secret, 3, 3).slice(0, 2))).not.toEqual(secret)
})

for (const [why, shares] of Object.entries({
    "one share": [Buffer.from([1, 2, 1])],
    none: [],
    "shares of different length": [Buffer.from([1, 1]), Buffer.from([1, 2, 2])],
    "a share twice": [Buffer.from([1, 1]), Buffer.from([2, 1])],
    "a share that would be the secret": [Buffer.from([1, 1]), Buffer.from([2, 0])],
})) {
    test(`refuses ${why}`, () => {
        expect(() => combine(shares)).toThrow(expect.objectContaining({ problem: "metadata" }))
    })
}
