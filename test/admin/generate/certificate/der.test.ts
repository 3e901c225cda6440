import { expect, test } from "vitest"
import {
    element,
    identifier,
    integer,
    partsOf,
    sequence,
    time,
} from "../../../../agent/admin/generate/certificate/der.ts"

test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 16_777_216])(
    "%i bytes are written and found",
    (length) => {
        const bytes = Buffer.alloc(length, 7)
        const [one, two] = [element(4, bytes), integer(Buffer.of(0, 0x80))]
        expect(partsOf(sequence(one, two))).toEqual([one, two])
    },
)

test.each([
    ["2.5.29.17", "0603551d11"],
    ["1.2.840.113549.1.1.11", "06092a864886f70d01010b"],
])("%s", (text, hex) => {
    expect(identifier(text).toString("hex")).toBe(hex)
})

test("moments before 2050 have two digits of the year", () => {
    expect(time(new Date("2049-12-31T23:59:59Z")).subarray(2).toString()).toBe("491231235959Z")
    expect(time(new Date("2050-01-01T00:00:00Z")).subarray(2).toString()).toBe("20500101000000Z")
})

test("what ends early is none", () => {
    expect(() => partsOf(Buffer.from("3005020101", "hex"))).toThrow("no DER")
})
