import { expect, test } from "vitest"
import { AgeError } from "../../agent/age/error.ts"
import { formatHeader, parseHeader, verifyHeader } from "../../agent/age/header.ts"
import type { Stanza } from "../../agent/age/stanza.ts"

// The grammar is covered by the CCTV vectors; here are the limits, and what those do not have.

const fileKey = Buffer.alloc(16, 7)
const stanza: Stanza = { type: "X25519", args: ["a"], body: Buffer.alloc(32) }

test("reads what it writes, and finds the payload", () => {
    const header = parseHeader(Buffer.concat([formatHeader([stanza], fileKey), Buffer.from("CANARY")]))
    expect(header.stanzas).toEqual([stanza])
    expect(header.payload.toString()).toBe("CANARY")
    verifyHeader(header, fileKey)
    expect(() => {
        verifyHeader(header, Buffer.alloc(16))
    }).toThrow(expect.objectContaining({ code: "HMAC failure" }))
})

for (const [why, file] of Object.entries({
    "more than 1024 stanzas": formatHeader(
        Array.from({ length: 1025 }, () => ({ type: "x", args: [], body: Buffer.alloc(0) })),
        fileKey,
    ),
    "more than 64 KiB": formatHeader(
        [{ type: "x", args: ["a".repeat(65536)], body: Buffer.alloc(0) }],
        fileKey,
    ),
    "no stanza": Buffer.from(`age-encryption.org/v1\n--- ${"A".repeat(43)}\n`),
    "a passphrase stanza among others": formatHeader([{ ...stanza, type: "scrypt" }, stanza], fileKey),
    "a MAC line without an end": formatHeader([stanza], fileKey).subarray(0, -1),
    "16 MiB without a header": Buffer.alloc(16 * 1024 * 1024, "age-encryption.org/v1\n"),
})) {
    test(`refuses ${why}`, () => {
        expect(() => parseHeader(file)).toThrow(AgeError)
        expect(() => parseHeader(file)).toThrow(expect.objectContaining({ code: "header failure" }))
    })
}

test("takes 1024 stanzas", () => {
    const many = Array.from({ length: 1024 }, () => ({ type: "x", args: [], body: Buffer.alloc(0) }))
    expect(parseHeader(formatHeader(many, fileKey)).stanzas).toHaveLength(1024)
})

for (const [what, [file, message]] of Object.entries<[Buffer, string]>({
    "another first line": [
        Buffer.concat([Buffer.from("x"), formatHeader([stanza], fileKey)]),
        "not an age file of version 1",
    ],
    "no end": [Buffer.from("age-encryption.org/v1\n-> X25519 a\n"), "no end within 64 KiB"],
    "a line that begins no stanza": [
        Buffer.from(formatHeader([stanza], fileKey).toString().replace("-> ", "=> ")),
        "does not begin a stanza",
    ],
    "a body that is none": [
        Buffer.from(formatHeader([stanza], fileKey).toString().replace("\nAAAA", "\n!AAA")),
        "is not the body of a stanza",
    ],
})) {
    test(`names what is wrong: ${what}`, () => {
        expect(() => parseHeader(file)).toThrow(expect.objectContaining({ code: "header failure" }))
        expect(() => parseHeader(file)).toThrow(message)
    })
}
