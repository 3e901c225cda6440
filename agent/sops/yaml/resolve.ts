// The type of a YAML scalar by the rules of go-yaml v3 (docs/sops-rules.md#yaml-types), which are neither those of YAML 1.1 nor of
// 1.2. They decide what is encrypted as which type, and the MAC text of what is not encrypted.
import type { Scalar } from "../tree.ts"
import { goTime } from "./time.ts"

const words: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
    ...["true", "True", "TRUE"].map((word): [string, Scalar] => [word, { kind: "bool", value: true }]),
    ...["false", "False", "FALSE"].map((word): [string, Scalar] => [word, { kind: "bool", value: false }]),
    ...["", "~", "null", "Null", "NULL"].map((word): [string, Scalar] => [word, { kind: "null" }]),
    ...[".nan", ".NaN", ".NAN"].map((word): [string, Scalar] => [word, { kind: "float", value: Number.NaN }]),
    ...[".inf", ".Inf", ".INF"].flatMap((word): [string, Scalar][] => [
        [word, { kind: "float", value: Infinity }],
        [`+${word}`, { kind: "float", value: Infinity }],
        [`-${word}`, { kind: "float", value: -Infinity }],
    ]),
])

/**
 * The scalar that an unquoted text stands for. Integers come out whole, also those beyond 64 bits signed that go-yaml
 * reads as unsigned and sops then refuses.
 */
export function resolvePlain(text: string): Scalar {
    return resolve(text, true)
}

/**
 * The scalar for a text with an explicit short tag (`!!int`); a tag that means nothing to go-yaml gives a string.
 * `undefined` when the text is not what the tag says.
 */
export function resolveTagged(tag: string, text: string): Scalar | undefined {
    switch (tag) {
        case "!!bool":
        case "!!null":
        case "!!int":
        case "!!timestamp":
        case "!!float": {
            const scalar = resolve(text, tag === "!!timestamp")
            if (tag === "!!float" && scalar.kind === "int" && scalar.value < limits.int)
                return { kind: "float", value: Number(scalar.value) }
            return scalar.kind === kindOfTag[tag] ? scalar : undefined
        }
        case "!!binary":
            return binary(text)
        default:
            return { kind: "str", value: text }
    }
}

const kindOfTag = {
    "!!bool": "bool",
    "!!null": "null",
    "!!int": "int",
    "!!float": "float",
    "!!timestamp": "time",
} as const

function resolve(text: string, times: boolean): Scalar {
    const str: Scalar = { kind: "str", value: text }
    // Nearly every scalar of an encrypted document ends here.
    if (text !== "" && !/^[-+.0-9~nNtTfF]/.test(text)) return str
    const word = words.get(text)
    if (word !== undefined) return word
    if (text.startsWith(".")) return floatOf(text, fraction) ?? str
    if (!/^[-+0-9]/.test(text)) return str
    const time = times ? goTime(text) : undefined
    if (time !== undefined) return { kind: "time", value: time }
    const plain = text.replaceAll("_", "")
    return intOf(plain) ?? floatOf(plain, decimal) ?? str
}

const limits = { int: 2n ** 63n, uint: 2n ** 64n }

/** Go's ParseInt and ParseUint with base 0, and go-yaml's own `0b` and `0o` with a sign behind the prefix. */
function intOf(text: string): Scalar | undefined {
    const [, sign = "", prefix = "", inner = "", digits = ""] =
        /^([-+]?)(0[xX]|0[bB]|0[oO]|0(?=[0-9]))?([-+]?)([0-9a-fA-F]+)$/.exec(text) ?? []
    const base = prefix === "0" ? "0o" : prefix.toLowerCase()
    if (!alphabets[base]?.test(digits)) return undefined
    if (inner !== "" && (sign !== "" || (prefix !== "0b" && prefix !== "0o"))) return undefined
    const size = BigInt(base + digits)
    if (sign === "-" || inner === "-") return size <= limits.int ? { kind: "int", value: -size } : undefined
    // A sign makes it an int for certain; without one, go-yaml tries uint64 as well.
    const limit = sign === "+" || inner === "+" ? limits.int : limits.uint
    return size < limit ? { kind: "int", value: size } : undefined
}

const alphabets: Readonly<Record<string, RegExp>> = {
    "": /^[0-9]{1,20}$/,
    "0x": /^[0-9a-fA-F]{1,64}$/,
    "0b": /^[01]{1,256}$/,
    "0o": /^[0-7]{1,64}$/,
}

const decimal = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/

/** Read by Go's ParseFloat alone, which wants each underscore between two digits. */
const fraction = /^\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?$/

function floatOf(text: string, form: RegExp): Scalar | undefined {
    const value = form.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN
    // What overflows stays a string.
    return Number.isFinite(value) ? { kind: "float", value } : undefined
}

function binary(text: string): Scalar | undefined {
    // Go's decoder skips line breaks and nothing else, and wants the padding.
    const compact = text.replaceAll(/[\r\n]/g, "")
    const bytes = Buffer.from(compact, "base64")
    if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined
    return { kind: "str", value: bytes }
}
