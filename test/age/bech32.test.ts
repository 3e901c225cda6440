import * as fc from "fast-check"
import { expect, test } from "vitest"
import { decodeBech32, encodeBech32 } from "../../agent/age/bech32.ts"

const valid = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

test("decodes what it encodes, beyond 90 characters too", () => {
    fc.assert(
        fc.property(
            fc.uint8Array({ maxLength: 1300 }),
            fc.constantFrom("age", "age1pq", "age-plugin-x-"),
            (bytes, prefix) => {
                const text = encodeBech32(prefix, Buffer.from(bytes))
                const decoded = { prefix, bytes: Buffer.from(bytes) }
                expect(decodeBech32(text)).toEqual(decoded)
                expect(decodeBech32(text.toUpperCase())).toEqual(decoded)
            },
        ),
    )
})

test("no bytes at all are a valid text", () => {
    expect(encodeBech32("age", Buffer.alloc(0))).toBe("age19l388n")
})

test("refuses a change of any character", () => {
    for (let at = 0; at < valid.length; at++) {
        const other = valid[at] === "q" ? "p" : "q"
        expect(decodeBech32(valid.slice(0, at) + other + valid.slice(at + 1))).toBeUndefined()
    }
})

for (const [why, text] of Object.entries({
    "the empty string": "",
    "no separator": "agezvkyg2lqz",
    "no prefix": "1qqqqqq",
    "too little for a checksum": "age1qqqq",
    "mixed case": `A${valid.slice(1)}`,
    "a space at the end": `${valid} `,
    "a newline at the end": `${valid}\n`,
    "not ASCII": `\u212A${valid}`,
    "the constant of bech32m": "a1lqfn3a",
    "too long a text": `age1${"q".repeat(5000)}`,
    "more than four bits left over": "age1pzrkjfdfc",
    "bits left over that are not zero": "age1ll2lu7g0",
})) {
    test(`refuses ${why}`, () => {
        expect(decodeBech32(text)).toBeUndefined()
    })
}
