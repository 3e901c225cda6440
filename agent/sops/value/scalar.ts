// Scalars and their texts (docs/sops-rules.md#types): what is encrypted and what the MAC covers is the same normalised text.
import { SopsError } from "../error.ts"
import { rfc3339Nano } from "./time.ts"
import type { Scalar } from "../tree.ts"

const largest = 2n ** 63n - 1n
const smallest = -(2n ** 63n)

/** What is encrypted and hashed for a scalar. `null` has no text; callers leave it out before. */
export function plainText(scalar: Scalar): string | Buffer {
    switch (scalar.kind) {
        case "str":
        case "time":
            return scalar.value
        case "int":
            return scalar.value.toString()
        case "float":
            return floatText(scalar.value)
        case "bool":
            return scalar.value ? "True" : "False"
        case "null":
            break
    }
    return ""
}

/**
 * The bytes that a single value is given out as: strings as they are, integers in decimal, floats with the fewest
 * digits and no exponent (`1.5`, `1000`), booleans as `true` and `false`, times as RFC3339. `undefined` for null.
 */
export function valueBytes(scalar: Scalar): Buffer | undefined {
    if (scalar.kind === "null") return undefined
    const text = scalar.kind === "bool" ? String(scalar.value) : plainText(scalar)
    return typeof text === "string" ? Buffer.from(text) : text
}

/** The scalar that decrypted bytes stand for. Throws `SopsError` of problem "value", without the content. */
export function scalarOf(type: string, bytes: Buffer): Scalar {
    const scalar = type === "str" ? { kind: "str" as const, value: bytes } : typed(type, bytes.toString())
    if (scalar === undefined)
        throw new SopsError("value", `a decrypted value is not of its type ${shown(type)}`)
    return scalar
}

function typed(type: string, text: string): Scalar | undefined {
    switch (type) {
        case "int":
            return intOf(text)
        case "float":
            return floatOf(text)
        case "bool":
            return boolOf(text)
        case "time": {
            const value = rfc3339Nano(text)
            return value === undefined ? undefined : { kind: "time", value }
        }
        default:
            throw new SopsError("value", `values of type ${shown(type)} are not known`)
    }
}

/** A type from the file as it may stand in a message. */
function shown(type: string): string {
    return /^[a-z]{1,16}$/.test(type) ? type : "with a strange name"
}

/** Go's strconv.Atoi: a sign, leading zeros, 64 bits. */
function intOf(text: string): Scalar | undefined {
    if (!/^[+-]?[0-9]{1,64}$/.test(text)) return undefined
    const value = BigInt(text.startsWith("+") ? text.slice(1) : text)
    return value < smallest || value > largest ? undefined : { kind: "int", value }
}

/** The int or float of a JSON number: integers within 64 bits are ints (docs/sops-rules.md#json). */
export function numberOf(text: string): Scalar | undefined {
    return (/^-?[0-9]+$/.test(text) ? intOf(text) : undefined) ?? floatOf(text)
}

/** Go's strconv.ParseFloat; a value that is too large is an error, one too small is zero. */
function floatOf(text: string): Scalar | undefined {
    const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
    if (special) {
        const size = special[2]?.toLowerCase() === "nan" ? Number.NaN : Infinity
        return { kind: "float", value: special[1] === "-" ? -size : size }
    }
    const hex = /^([+-]?)0x([0-9a-f]{0,64})\.?([0-9a-f]{0,64})p([+-]?[0-9]{1,5})$/i.exec(text)
    const decimal = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text)
    const value = hex ? hexFloat(hex) : decimal ? Number(text) : Number.NaN
    return Number.isFinite(value) ? { kind: "float", value } : undefined
}

function hexFloat([, sign, whole = "", fraction = "", exponent]: RegExpExecArray): number {
    const digits = whole + fraction
    if (digits === "") return Number.NaN
    const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(exponent) - 4 * fraction.length)
    return sign === "-" ? -value : value
}

/** Go's strconv.ParseBool. */
function boolOf(text: string): Scalar | undefined {
    if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return { kind: "bool", value: true }
    if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return { kind: "bool", value: false }
    return undefined
}

/** Go's FormatFloat(f, 'f', -1, 64): JavaScript's digits, which are the same, with the exponent written out. */
export function floatText(value: number): string {
    if (Number.isNaN(value)) return "NaN"
    if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf"
    if (Object.is(value, -0)) return "-0"
    const [, sign = "", whole = "", fraction = "", exponent] =
        /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? []
    if (exponent === undefined) return String(value)
    const point = whole.length + Number(exponent)
    const digits = whole + fraction
    if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`
    const padded = digits.padEnd(point, "0")
    return `${sign}${padded.slice(0, point)}${padded.length > point ? `.${padded.slice(point)}` : ""}`
}
