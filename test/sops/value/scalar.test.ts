import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { floatText, numberOf, plainText, scalarOf, valueBytes } from "../../../agent/sops/value/scalar.ts"

describe("floats have the digits of Go's FormatFloat(f, 'f', -1, 64)", () => {
    for (const [value, text] of [
        [1, "1"],
        [1.5, "1.5"],
        [-0, "-0"],
        [1e21, "1000000000000000000000"],
        [-1.25e25, "-12500000000000000000000000"],
        [1e-7, "0.0000001"],
        [1.5e-9, "0.0000000015"],
        [123456789.125e15, "123456789125000000000000"],
        [Infinity, "+Inf"],
        [-Infinity, "-Inf"],
        [Number.NaN, "NaN"],
    ] as const) {
        test(text, () => {
            expect(floatText(value)).toBe(text)
        })
    }

    test("and read back as themselves", () => {
        fc.assert(
            fc.property(fc.double({ noNaN: true }), (value) => {
                const text = floatText(value)
                expect(text).not.toContain("e")
                expect(scalarOf("float", Buffer.from(text))).toEqual({ kind: "float", value })
            }),
        )
    })
})

describe("decrypted text becomes", () => {
    for (const [type, text, value] of [
        ["int", "+0042", 42n],
        ["int", "-9223372036854775808", -(2n ** 63n)],
        ["float", "1e3", 1000],
        ["float", ".5", 0.5],
        ["float", "-Infinity", -Infinity],
        ["float", "0x1.8p1", 3],
        ["float", "1e-400", 0],
        ["bool", "t", true],
        ["bool", "False", false],
        ["time", "2026-01-01T00:00:00.10+00:00", "2026-01-01T00:00:00.1Z"],
    ] as const) {
        test(`${type} ${text}`, () => {
            expect(scalarOf(type, Buffer.from(text))).toEqual({ kind: type, value })
        })
    }

    test("str of any bytes", () => {
        expect(scalarOf("str", Buffer.from([255, 0]))).toEqual({ kind: "str", value: Buffer.from([255, 0]) })
    })
})

describe("is refused, without its text,", () => {
    for (const [type, text] of [
        ["int", "CANARY"],
        ["int", "5.0"],
        ["int", "1_000"],
        ["int", "9223372036854775808"],
        ["int", "9".repeat(10_000)],
        ["float", "1e400"],
        ["float", "CANARY"],
        ["float", `${"1".repeat(100_000)}x`],
        ["bool", "yes"],
        ["time", "2026-01-01"],
        ["bytes", "CANARY"],
        ["\u001b[31mCANARY", "x"],
    ] as const) {
        test(`${text.slice(0, 20)} as ${JSON.stringify(type)}`, () => {
            expect(() => scalarOf(type, Buffer.from(text))).toThrow(
                /^a decrypted value is not of its type|^values of type [a-z ]+ are not known$/,
            )
        })
    }
})

test("a single value has a documented form", () => {
    expect(valueBytes({ kind: "int", value: -7n })?.toString()).toBe("-7")
    expect(valueBytes({ kind: "float", value: 1000 })?.toString()).toBe("1000")
    expect(valueBytes({ kind: "bool", value: true })?.toString()).toBe("true")
    expect(valueBytes({ kind: "time", value: "2026-01-01T00:00:00Z" })?.toString()).toBe(
        "2026-01-01T00:00:00Z",
    )
    expect(valueBytes({ kind: "str", value: Buffer.from([255]) })).toEqual(Buffer.from([255]))
    expect(valueBytes({ kind: "null" })).toBeUndefined()
    expect(plainText({ kind: "bool", value: true })).toBe("True")
})

test("a JSON number is an int if 64 bits hold it", () => {
    expect(numberOf("9223372036854775807")).toEqual({ kind: "int", value: 9223372036854775807n })
    expect(numberOf("9223372036854775808")).toEqual({ kind: "float", value: 9223372036854775808 })
    expect(numberOf("-0")).toEqual({ kind: "int", value: 0n })
    expect(numberOf("-0.0")).toEqual({ kind: "float", value: -0 })
    expect(numberOf("1e400")).toBeUndefined()
})
