import * as fc from "fast-check"
import { expect, test } from "vitest"
import { decodeBase64, decodePaddedBase64, encodeBase64 } from "../../agent/age/base64.ts"

for (const [why, text] of Object.entries({
    padding: "QUE=",
    "stray low bits": "AB",
    "one character too many": "QUJDR",
    "the URL alphabet": "_-_-",
    "a newline": "QUJD\nQUJD",
    "a newline at the end": "QUJD\n",
    "a space": "QU JD",
    "not ASCII": "QUJÄ",
})) {
    test(`refuses ${why}`, () => {
        expect(decodeBase64(text)).toBeUndefined()
    })
}

for (const [why, text] of Object.entries({
    "missing padding": "QQ",
    "too much padding": "QUJD====",
    "padding inside": "QQ==QQ==",
    "stray low bits": "QR==",
    "a newline": "QUJD\n",
})) {
    test(`refuses ${why} where padding is due`, () => {
        expect(decodePaddedBase64(text)).toBeUndefined()
    })
}

test("decodes what it encodes", () => {
    fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), (array) => {
            const bytes = Buffer.from(array)
            expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes)
            expect(decodePaddedBase64(bytes.toString("base64"))).toEqual(bytes)
        }),
    )
})
