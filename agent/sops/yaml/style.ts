// How a scalar is written in YAML: what go-yaml v3.0.4 chooses for a value that comes out of sops (docs/sops-rules.md#printed-yaml).
import { isUtf8 } from "node:buffer"
import { generalFloat } from "../value/go-float.ts"
import type { Scalar } from "../tree.ts"
import { resolvePlain } from "./resolve.ts"

/** A scalar ready to be written. */
export interface Styled {
    readonly text: string
    readonly style: "plain" | "single" | "double" | "literal"
    /** In front of the text; "" for none. */
    readonly tag: string
    readonly hasBreaks: boolean
}

/** What sops would write for a scalar. Bytes that are not UTF-8 become `!!binary`. */
export function styleOf(scalar: Scalar): Styled {
    switch (scalar.kind) {
        case "str":
            return typeof scalar.value === "string" ? styleOfText(scalar.value) : styleOfBytes(scalar.value)
        case "int":
        case "bool":
            return plain(scalar.value.toString())
        case "float":
            return plain(floatText(scalar.value))
        case "time":
            return plain(scalar.value)
        case "null":
            break
    }
    return plain("null")
}

/** The same for a string, which includes keys. */
export function styleOfText(text: string): Styled {
    const traits = traitsOf(text)
    const { hasBreaks } = traits
    if (text.includes("\n")) return { text, style: traits.literal ? "literal" : "double", tag: "", hasBreaks }
    const unquoted = resolvePlain(text).kind === "str" && !base60.test(text) && !oldBooleans.has(text)
    const style = !unquoted ? "double" : traits.plain ? "plain" : traits.single ? "single" : "double"
    // An oddity of go-yaml: it takes this string for a merge key.
    return { text, style, tag: text === "<<" ? "!!merge" : "", hasBreaks }
}

function styleOfBytes(bytes: Buffer): Styled {
    if (isUtf8(bytes)) return styleOfText(bytes.toString())
    const base64 = bytes.toString("base64")
    const lines = base64.match(/.{1,70}/g) ?? []
    if (lines.length < 2) return { ...plain(base64), tag: "!!binary" }
    return { text: `${lines.join("\n")}\n`, style: "literal", tag: "!!binary", hasBreaks: true }
}

function plain(text: string): Styled {
    return { text, style: "plain", tag: "", hasBreaks: false }
}

function floatText(value: number): string {
    if (Number.isNaN(value)) return ".nan"
    if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf"
    return generalFloat(value)
}

/** What YAML 1.1 took for booleans, and sops keeps in quotes for its readers. */
const oldBooleans = new Set("y Y yes Yes YES on On ON n N no No NO off Off OFF".split(" "))
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/

interface Traits {
    readonly hasBreaks: boolean
    readonly plain: boolean
    readonly single: boolean
    readonly literal: boolean
}

/** Characters that go-yaml writes as they are; those beyond 16 bits are not among them. */
const unprintable = /[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/
const breaks = /[\r\n\x85\u2028\u2029]/
const indicatorFirst = /^(?:[#,[\]{}&*!|>'"%@`]|---|\.\.\.|[-?:](?:[ \t]|$))/
const indicatorInside = /:(?:[ \t]|$)|[ \t\r\n\x85\u2028\u2029]#/

function traitsOf(text: string): Traits {
    const hasBreaks = breaks.test(text)
    const hasTab = text.includes("\t")
    const special = unprintable.test(hasTab ? text.replaceAll("\t", "") : text)
    const spaceBreak = / [\r\n\x85\u2028\u2029]/.test(text)
    const breakSpace = /[\r\n\x85\u2028\u2029] /.test(text)
    const single = !hasTab && !special && !spaceBreak && !breakSpace
    const edges = text.startsWith(" ") || text.endsWith(" ")
    return {
        hasBreaks,
        plain: single && !hasBreaks && !edges && !indicatorFirst.test(text) && !indicatorInside.test(text),
        single,
        literal: !special && !spaceBreak && !text.endsWith(" "),
    }
}

const escapeNames: ReadonlyMap<number, string> = new Map([
    [0, "0"],
    [7, "a"],
    [8, "b"],
    [9, "t"],
    [10, "n"],
    [11, "v"],
    [12, "f"],
    [13, "r"],
    [0x1b, "e"],
    [0x22, '"'],
    [0x5c, "\\"],
    [0x85, "N"],
    [0xa0, "_"],
    [0x2028, "L"],
    [0x2029, "P"],
])

/** A string in double quotes as go-yaml writes it. */
export function doubleQuoted(text: string): string {
    // An oddity of go-yaml: behind a byte order mark it escapes everything.
    const all = text.startsWith("\ufeff")
    let result = ""
    for (const character of text) {
        const escaped = all || character === '"' || character === "\\" || breaks.test(character)
        result += escaped || unprintable.test(character) ? escape(character) : character
    }
    return `"${result}"`
}

function escape(character: string): string {
    const code = character.codePointAt(0) ?? 0
    const name = escapeNames.get(code)
    if (name !== undefined) return `\\${name}`
    const [letter, length] =
        code <= 0xff ? (["x", 2] as const) : code <= 0xffff ? (["u", 4] as const) : (["U", 8] as const)
    return `\\${letter}${code.toString(16).toUpperCase().padStart(length, "0")}`
}
