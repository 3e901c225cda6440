// The dotenv store of sops (docs/sops-rules.md#dotenv): `KEY=value` and `#comment`, nothing is trimmed, unquoted or escaped,
// except that the two characters `\n` in a value mean a line break.
import { nodeBudget } from "../budget.ts"
import { type TextChange, changed } from "../change.ts"
import type { Codec, Edits, Parsed } from "../codec.ts"
import { SopsError } from "../error.ts"
import { flatChanges, type FlatLine, flatText } from "./flat.ts"
import { unflatten } from "./flatten.ts"
import type { Branch, Comment, Item, Leaf } from "../tree.ts"

/** The metadata stands in entries of this prefix. */
const prefix = "sops_"

/**
 * A line of metadata that ends in CR LF. Not with the flag `m`: lines would start behind each CR and LS as well, and
 * every start would be read to the end of the line.
 */
const converted = /(?:^|\n)sops_[^\n]*\r(?:\n|$)/

export const dotenv: Codec = {
    parse,
    emit: (documents) => Buffer.concat(documents.flatMap((document) => document.items.map(lineOf))),
    splice,
}

/** A dotenv document with the lines of its metadata, for `splice`. */
interface DotenvParsed extends Parsed {
    readonly lines: readonly FlatLine[]
    readonly eol: string
}

function parse(source: string, layout: "encrypted" | "plain"): DotenvParsed {
    // sops itself cannot read a file whose line breaks were converted. In the metadata, a CR is nothing else.
    const eol = layout === "encrypted" && converted.test(source) ? "\r\n" : "\n"
    const items: (Item | Comment)[] = []
    const lines: FlatLine[] = []
    const nodes = nodeBudget()
    let number = 0
    for (let start = 0, next = 0; start < source.length; start = next) {
        number++
        const feed = source.indexOf("\n", start)
        next = feed < 0 ? source.length : feed + 1
        let end = feed < 0 ? source.length : feed
        if (eol === "\r\n" && source.charAt(end - 1) === "\r") end--
        if (start >= end) continue
        nodes.spend(number)
        if (source.charAt(start) === "#") {
            const text = source.slice(start + 1, end)
            items.push({ kind: "comment", text, inline: false, at: { start: start + 1, end } })
            continue
        }
        const item = itemOf(source, start, end, number)
        const { key, value } = item
        if (!key.startsWith(prefix)) items.push(item)
        else if (value.kind === "leaf" && value.at !== undefined)
            lines.push({
                name: key.slice(prefix.length),
                leaf: value,
                line: { start, end: next },
                value: value.at,
            })
    }
    const metadata = metadataOf(lines, layout)
    return { documents: [{ kind: "branch", items }], metadata: [metadata], lines, eol }
}

function itemOf(source: string, start: number, end: number, line: number): Item {
    const equals = source.indexOf("=", start)
    if (equals < 0 || equals >= end)
        throw new SopsError("syntax", "a line of a dotenv file has no =", { line })
    const at = { start: equals + 1, end }
    const value = source.slice(at.start, end).replaceAll("\\n", "\n")
    const leaf: Leaf = { kind: "leaf", scalar: { kind: "str", value }, at }
    return { kind: "item", key: source.slice(start, equals), value: leaf, at: { start, end } }
}

function metadataOf(lines: readonly FlatLine[], layout: "encrypted" | "plain"): Branch | undefined {
    if (layout === "encrypted") {
        if (lines.length === 0) throw new SopsError("not encrypted", "the document has no sops metadata")
        return unflatten(lines.map(({ name, leaf }) => [name, leaf]))
    }
    if (lines.length > 0)
        throw new SopsError(
            "unsupported",
            "keys that start with sops_ are reserved, or the document is encrypted already",
        )
    return undefined
}

function lineOf(item: Item | Comment): Buffer {
    if (item.kind === "comment") return Buffer.from(`#${item.text}\n`)
    const { text, encoding } = flatText(item.value)
    return Buffer.concat([
        Buffer.from(`${item.key}=`),
        Buffer.from(text.replaceAll("\n", "\\n"), encoding),
        Buffer.from("\n"),
    ])
}

function splice(source: string, parsed: Parsed, edits: Edits): string {
    if (!isDotenv(parsed)) throw new TypeError("this was not parsed from dotenv")
    const changes: TextChange[] = []
    for (const [{ at }, text] of edits.leaves ?? []) if (at !== undefined) changes.push({ ...at, text })
    if (edits.metadata !== undefined) {
        const { lines, eol } = parsed
        const value = (leaf: Leaf): string => flatText(leaf).text.replaceAll("\n", "\\n")
        const line = (name: string, text: string): string => `${prefix}${name}=${text}`
        changes.push(...flatChanges(source, lines, edits.metadata, { line, value, eol }))
    }
    return changed(source, changes)
}

function isDotenv(parsed: Parsed): parsed is DotenvParsed {
    return "lines" in parsed
}
