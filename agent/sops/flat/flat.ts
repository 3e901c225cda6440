// What the two formats without nesting, dotenv and ini, have in common: the text of a scalar, and edits of metadata of
// which each scalar is a line of its own.
import { isUtf8 } from "node:buffer"
import type { TextChange } from "../change.ts"
import { SopsError } from "../error.ts"
import { flatten } from "./flatten.ts"
import { generalFloat } from "../value/go-float.ts"
import { rfc3339 } from "../value/time.ts"
import type { Branch, Leaf, Scalar, Span, Value } from "../tree.ts"

/**
 * The text of a value as sops prints it in a format that only knows strings (ValToString in sops). Bytes that are not
 * UTF-8 come as latin1, so that every byte is one character: `bytesOf` makes them bytes again.
 */
export function flatText(value: Value): { readonly text: string; readonly encoding: "utf8" | "latin1" } {
    if (value.kind !== "leaf")
        throw new SopsError("unsupported", "a mapping or list has no place in this format")
    const { scalar } = value
    if (scalar.kind === "str" && typeof scalar.value !== "string" && !isUtf8(scalar.value))
        return { text: scalar.value.toString("latin1"), encoding: "latin1" }
    return { text: textOf(scalar), encoding: "utf8" }
}

function textOf(scalar: Scalar): string {
    switch (scalar.kind) {
        case "float":
            return floatText(scalar.value)
        case "time":
            return rfc3339(scalar.value) ?? scalar.value
        case "null":
            return ""
        case "str":
        case "int":
        case "bool":
            break
    }
    return scalar.value.toString()
}

function floatText(value: number): string {
    if (Number.isNaN(value)) return "NaN"
    if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf"
    const text = generalFloat(value).toUpperCase()
    return /[.E]/.test(text) ? text : `${text}.0`
}

/** A line of metadata: `line` with its break, `value` as written. */
export interface FlatLine {
    readonly name: string
    readonly leaf: Leaf
    readonly line: Span
    readonly value: Span
}

/** How a format writes a line of metadata. */
export interface FlatPrinter {
    /** A line without its break, for a value as it stands in the file. */
    line(name: string, value: string): string
    /** A new value. */
    value(leaf: Leaf): string
    readonly eol: string
}

/**
 * The changes that make the lines say what `metadata` does. Lines of leaves that stay keep their place and their value,
 * with a new number if need be; new names come behind the name that sops would have before them.
 */
export function flatChanges(
    source: string,
    lines: readonly FlatLine[],
    metadata: Branch,
    printer: FlatPrinter,
): TextChange[] {
    const wanted = flatten(metadata)
    const names = new Map(wanted.map(([name, leaf]) => [leaf, name]))
    const leaves = new Map(wanted)
    const known = new Set(lines.map(({ leaf }) => leaf))
    const ends = new Map<string, number>()
    const changes: TextChange[] = []
    for (const { name, leaf, line, value } of lines) {
        const kept = names.get(leaf)
        const next = leaves.get(name)
        if (kept === name) ends.set(name, line.end)
        else if (kept !== undefined) {
            const text = printer.line(kept, source.slice(value.start, value.end))
            changes.push({ start: line.start, end: value.end, text })
            ends.set(kept, line.end)
        } else if (next !== undefined && !known.has(next)) {
            changes.push({ ...value, text: printer.value(next) })
            ends.set(name, line.end)
        } else changes.push({ ...line, text: "" })
    }

    let at = lines[0]?.line.start ?? source.length
    for (const [name, leaf] of wanted) {
        const end = ends.get(name)
        if (end === undefined)
            changes.push(insertion(source, at, printer.line(name, printer.value(leaf)), printer))
        else at = end
    }
    return changes
}

function insertion(source: string, at: number, line: string, { eol }: FlatPrinter): TextChange {
    const isOpen = at > 0 && source.charAt(at - 1) !== "\n"
    return { start: at, end: at, text: isOpen ? eol + line : line + eol }
}
