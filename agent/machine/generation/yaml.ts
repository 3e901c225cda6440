// Values in YAML templates. One of several lines becomes a block scalar where one can stand, so that people can read what
// was made; all others, and what a block cannot hold to the byte, become a double-quoted scalar on one line.

import { UserError } from "../../error.ts"
import type { Next, YamlPlace } from "./yaml-place.ts"

/** What a parser gives back as it is: printable, and no line end but LF. Readers of YAML 1.1 take some others for one. */
const plain =
    /^[\t\n\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u
/** A first line that hides the indentation, unless it is written in the header. */
const hidden = /^[\t\n ]/u
/** Ends that the rules of block scalars change: several line ends, or a line of nothing but white space. */
const unsteadyEnd = /(?:^|\n)[\t ]*\n$|(?:^|\n)[\t ]+$/u

/** The value, written for its place in a YAML template. Throws `UserError` for one that cannot be written there. */
export function yamlScalar(value: string, place: YamlPlace): string {
    if (place.kind === "lines") return linesOf(value, place)
    const header = place.kind === "block" && value.includes("\n") ? headerOf(value, place) : undefined
    if (place.kind === "quoted" || header === undefined) return quoted(value)
    return `${header}\n${" ".repeat(place.indent)}${indented(value, place)}`
}

/** A double-quoted scalar: right wherever a value can stand. YAML has fewer printable characters than JSON. */
function quoted(value: string): string {
    return JSON.stringify(value).replaceAll(
        /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/gu,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    )
}

/** `undefined` where a block would not give the value back. */
function headerOf(value: string, { parent }: YamlPlace & { kind: "block" }): string | undefined {
    if (!plain.test(value) || unsteadyEnd.test(value)) return undefined
    if (hidden.test(value) && parent === undefined) return undefined
    return `|${hidden.test(value) ? "2" : ""}${value.endsWith("\n") ? "" : "-"}`
}

/** Inside of a block scalar that the template has begun: its header decides about line ends at the end. */
function linesOf(value: string, place: YamlPlace & { kind: "lines" }): string {
    const ends = place.indent === 0 && /^(?:---|\.\.\.)(?:[\t ]|$)/mu.test(value)
    if (!plain.test(value) || ends || (place.first && hidden.test(value)))
        throw new UserError("a value that a block of YAML cannot hold is wanted in one", {
            hint: "end the line of its key with the placeholder, without | or >",
        })
    return indented(value, place)
}

/** Where the template ends the line itself, that is the end of the last one. */
function indented(value: string, { indent, next }: { readonly indent: number; readonly next: Next }): string {
    const lines = next === "line end" ? value.replace(/\n$/u, "") : value
    return lines.replaceAll(next === "more" ? /\n(?!\n)/gu : /\n(?!\n|$)/gu, `\n${" ".repeat(indent)}`)
}
