// JSON as sops 3.13.2 prints it (docs/sops-rules.md#json): indented with tabs, HTML-safe escapes, ES6 floats. Comments have
// no place in it and are left out.
import { isUtf8 } from "node:buffer"
import { SopsError } from "../error.ts"
import type { Branch, List, Scalar, Value } from "../tree.ts"

/** A document, with the newline that ends it. */
export function writeJson(document: Branch): string {
    return `${writeValue(document, "\n")}\n`
}

/** A value whose line is led by `lead`: a newline and its indentation, or nothing to print all on one line. */
export function writeValue(value: Value, lead: string, step = "\t"): string {
    if (value.kind === "leaf") return writeScalar(value.scalar)
    const parts =
        value.kind === "branch" ? entries(value, lead + step, step) : elements(value, lead + step, step)
    const [open, close] = value.kind === "branch" ? "{}" : "[]"
    if (parts.length === 0) return `${open}${close}`
    return `${open}${lead}${step}${parts.join(`,${lead}${step}`)}${lead}${close}`
}

function entries(branch: Branch, lead: string, step: string): string[] {
    const parts: string[] = []
    for (const item of branch.items)
        if (item.kind === "item")
            parts.push(`${writeString(item.key)}: ${writeValue(item.value, lead, step)}`)
    return parts
}

function elements(list: List, lead: string, step: string): string[] {
    const parts: string[] = []
    for (const item of list.items) if (item.kind !== "comment") parts.push(writeValue(item, lead, step))
    return parts
}

function writeScalar(scalar: Scalar): string {
    switch (scalar.kind) {
        case "str":
            return typeof scalar.value === "string" ? writeString(scalar.value) : writeBytes(scalar.value)
        case "time":
            return writeString(scalar.value)
        case "int":
        case "bool":
            return scalar.value.toString()
        case "float":
            if (!Number.isFinite(scalar.value))
                throw new SopsError("unsupported", "JSON has no number for infinity or NaN")
            // JavaScript prints 0; sops keeps the sign.
            return Object.is(scalar.value, -0) ? "-0" : String(scalar.value)
        case "null":
            break
    }
    return "null"
}

const special = /[<>&\u2028\u2029]/g

/** A JSON string. DEL and everything beyond ASCII stay raw, as in Go. */
export function writeString(text: string): string {
    return JSON.stringify(text).replace(
        special,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    )
}

/** Bytes that are not UTF-8 become the escape (not the character) of U+FFFD, one for each byte, as in Go. */
function writeBytes(bytes: Buffer): string {
    if (isUtf8(bytes)) return writeString(bytes.toString())
    let result = ""
    for (let at = 0; at < bytes.length;) {
        const rest = bytes.subarray(at, at + 4)
        const length = [1, 2, 3, 4].find((size) => size <= rest.length && isUtf8(rest.subarray(0, size)))
        result +=
            length === undefined ? "\\ufffd" : writeString(rest.toString("utf8", 0, length)).slice(1, -1)
        at += length ?? 1
    }
    return `"${result}"`
}
