import { expect, test } from "vitest"
import { openPayload, sealPayload } from "../../agent/age/payload.ts"

const fileKey = Buffer.alloc(16, 7)
const chunk = 65536

for (const length of [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk + 5]) {
    test(`${length} bytes come back, and never twice the same ciphertext`, () => {
        const plaintext = Buffer.alloc(length, "CANARY")
        const payload = sealPayload(plaintext, fileKey)
        expect(openPayload(payload, fileKey).equals(plaintext)).toBe(true)
        expect(payload.length).toBe(16 + length + 16 * Math.max(1, Math.ceil(length / chunk)))
        expect(sealPayload(plaintext, fileKey).equals(payload)).toBe(false)
    })
}

test("a cut at the end of a chunk is noticed", () => {
    const payload = sealPayload(Buffer.alloc(2 * chunk, "CANARY"), fileKey)
    for (const end of [16 + chunk + 16, payload.length - 1, 16, 17])
        expect(() => openPayload(payload.subarray(0, end), fileKey)).toThrow(
            expect.objectContaining({ code: "payload failure" }),
        )
})

test("chunks cannot change places", () => {
    const payload = sealPayload(Buffer.alloc(3 * chunk, "CANARY"), fileKey)
    const at = (index: number): Buffer => payload.subarray(16 + index * (chunk + 16)).subarray(0, chunk + 16)
    const swapped = Buffer.concat([payload.subarray(0, 16), at(1), at(0), at(2)])
    expect(() => openPayload(swapped, fileKey)).toThrow(expect.objectContaining({ code: "payload failure" }))
})

test("a payload that ends within its nonce is an error of the header", () => {
    const payload = sealPayload(Buffer.from("CANARY"), fileKey)
    for (const end of [0, 15])
        expect(() => openPayload(payload.subarray(0, end), fileKey)).toThrow(
            expect.objectContaining({
                code: "header failure",
                message: "the file ends before its payload",
            }),
        )
})
