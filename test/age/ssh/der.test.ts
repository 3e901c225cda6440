import * as fc from "fast-check"
import { expect, test } from "vitest"
import { parseDer, positive } from "../../../agent/age/ssh/der.ts"
import { AgeError } from "../../../agent/age/error.ts"

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex")
/** Sequences inside each other, the innermost empty. */
const nested = (depth: number): Buffer =>
    Buffer.from(Array.from({ length: depth }, (_, index) => [0x30, 2 * (depth - 1 - index)]).flat())

test("takes a sequence apart", () => {
    const { children } = parseDer(hex("30 08 02 01 05 04 03 616263"))
    expect(children.map(({ tag, content }) => [tag, content.toString("hex")])).toEqual([
        [2, "05"],
        [4, "616263"],
    ])
})

test("64 elements and a depth of eight are allowed", () => {
    expect(parseDer(hex(`30 7e ${"05 00".repeat(63)}`)).children).toHaveLength(63)
    expect(parseDer(nested(8)).children).toHaveLength(1)
})

for (const [why, bytes] of Object.entries({
    nothing: hex(""),
    "a lone tag": hex("30"),
    "a lone tag at the end": hex("30 03 02 01 05 02"),
    "a lone tag at the end of a parent": hex("30 04 02 01 05 02"),
    "a length beyond the end": hex("30 05 02 01 05"),
    "a child beyond its parent": hex("30 03 02 05 05 05 05 05"),
    "an indefinite length": hex("30 80 02 01 05 00 00"),
    "five length bytes": hex("30 85 0000000003 02 01 05"),
    "a length that is cut off": hex("30 82 01"),
    "a length in a form that is too long": hex("30 81 03 02 01 05"),
    "a length with a leading zero": hex(`30 82 0080 ${"05 00".repeat(64)}`),
    "bytes left over": hex("30 03 02 01 05 00"),
    "a depth of nine": nested(9),
    "65 elements": hex(`30 81 80 ${"05 00".repeat(64)}`),
})) {
    test(`refuses ${why}`, () => {
        expect(() => parseDer(bytes)).toThrow(AgeError)
    })
}

for (const [why, element] of Object.entries({
    "a number of no bytes": "02 00",
    "a negative number": "02 01 80",
    zero: "02 01 00",
    "a needless zero byte": "02 02 0005",
    "something else": "04 01 05",
})) {
    test(`refuses ${why} as a positive number`, () => {
        expect(() => positive(parseDer(hex(element)))).toThrow(AgeError)
    })
}

test("never anything but a result or our error", () => {
    fc.assert(
        fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
            try {
                parseDer(Buffer.from(bytes))
            } catch (error) {
                expect(error).toBeInstanceOf(AgeError)
            }
        }),
        { numRuns: 2000 },
    )
})
