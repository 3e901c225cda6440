import { type TextChange, changed, eolOf } from "../change.ts"
import type { Codec, Edits, Parsed } from "../codec.ts"
import { SopsError } from "../error.ts"
import { flatChanges, type FlatLine, type FlatPrinter, flatText } from "../flat/flat.ts"
import { flatten, unflatten } from "../flat/flatten.ts"
import { type CommentPiece, type IniComment, type IniFile, type IniSection, readIni } from "./reader.ts"
import { padded, printIni, quotedName, quotedValue } from "./writer.ts"
import type { Branch, Comment, Item, Leaf, Span } from "../tree.ts"

/** The INI store of sops: sections of strings, with the flat metadata in the section `sops`. */
export const ini: Codec = {
    parse,
    emit: (documents) => Buffer.concat(documents.map(printIni)),
    splice,
}

/** An INI document with what `splice` needs. */
interface IniParsed extends Parsed {
    readonly metadataLines: readonly FlatLine[]
    /** Lines of metadata that do not count, because their key comes again further down. */
    readonly metadataEarlier: readonly Span[]
    /** Behind the header of the metadata. */
    readonly metadataStart: number | undefined
    readonly lost: readonly Span[]
}

function parse(source: string, layout: "encrypted" | "plain"): IniParsed {
    const file = readIni(source)
    const blocks = file.sections.filter(({ name }) => name === "sops")
    const sections = file.sections.filter(({ name }) => name !== "sops")
    const documents: Branch[] = [{ kind: "branch", items: sections.map(itemOf) }]
    if (layout === "plain") {
        checkPlain(file, blocks)
        return {
            documents,
            metadata: [undefined],
            metadataLines: [],
            metadataEarlier: [],
            metadataStart: undefined,
            lost: file.lost,
        }
    }
    const [block] = blocks
    if (block === undefined) throw new SopsError("not encrypted", "the document has no sops metadata")
    if (blocks.length > 1) throw new SopsError("metadata", "the section sops occurs twice")
    const metadataLines = block.keys.map(metadataLine)
    const metadata = unflatten(metadataLines.map(({ name, leaf }) => [name, leaf]))
    return {
        documents,
        metadata: [metadata],
        metadataLines,
        metadataEarlier: block.keys.flatMap(({ earlier }) => earlier),
        metadataStart: block.at.end,
        lost: [],
    }
}

function checkPlain({ repeated }: IniFile, blocks: readonly IniSection[]): void {
    if (blocks.length > 0)
        throw new SopsError(
            "unsupported",
            "the section sops is reserved, or the document is encrypted already",
        )
    // The first of the two would stay in the text, unencrypted.
    if (repeated !== undefined)
        throw new SopsError("unsupported", "a key occurs twice in one section", { line: repeated })
}

function itemOf({ name, comment, keys, at }: IniSection): Item {
    const items: (Item | Comment)[] = comment === undefined ? [] : [comment]
    for (const key of keys) {
        items.push({ kind: "item", key: key.name, value: key.leaf, at: key.line })
        if (key.comment !== undefined) items.push(key.comment)
    }
    return { kind: "item", key: name, value: { kind: "branch", items }, at }
}

/** All releases but 3.13.0 and 3.13.1 write line breaks as the two characters `\n`. */
function metadataLine({ name, leaf, line }: IniSection["keys"][number]): FlatLine {
    const { scalar, at = line } = leaf
    const text = scalar.kind === "str" ? scalar.value.toString().replaceAll("\\n", "\n") : ""
    return { name, leaf: { kind: "leaf", scalar: { kind: "str", value: text }, at }, line, value: at }
}

function splice(source: string, parsed: Parsed, edits: Edits): string {
    if (!isIni(parsed)) throw new TypeError("this was not parsed from INI")
    const changes: TextChange[] = parsed.lost.map((at) => ({ ...at, text: "" }))
    const eol = eolOf(source)
    for (const [node, text] of edits.leaves ?? []) {
        if (isComment(node)) changes.push(...commentChanges(source, node, text, eol))
        else if (node.at !== undefined) changes.push({ ...node.at, text })
    }
    if (edits.metadata !== undefined) changes.push(...metadataChanges(source, parsed, edits.metadata))
    return changed(source, changes)
}

/** Several lines of comment become one. */
function commentChanges(source: string, comment: IniComment, text: string, eol: string): TextChange[] {
    const { at, header } = comment
    const [first, ...rest] = comment.pieces.map((piece) => removal(source, piece))
    if (at === undefined || first === undefined) return []
    if (header === undefined) return [{ ...at, text }, ...rest]
    return [{ start: header, end: header, text: `; ${text}${eol}` }, first, ...rest]
}

function removal(source: string, { start, end, line }: CommentPiece): TextChange {
    if (line !== undefined) return { ...line, text: "" }
    let from = start
    while (/[ \t]/.test(source.charAt(from - 1))) from--
    return { start: from, end, text: "" }
}

function metadataChanges(source: string, parsed: IniParsed, metadata: Branch): TextChange[] {
    const { metadataLines: lines, metadataStart } = parsed
    if (metadata === parsed.metadata[0]) return []
    const eol = eolOf(source)
    if (metadataStart === undefined) return [appended(source, metadata, eol)]
    const printer = printerFor(source, lines, eol)
    const earlier = parsed.metadataEarlier.map((at) => ({ ...at, text: "" }))
    if (lines.length > 0) return [...earlier, ...flatChanges(source, lines, metadata, printer)]
    throw new SopsError("unsupported", "the section sops has no entries")
}

/** The whole section at the end of a document that had none, as sops prints it. */
function appended(source: string, metadata: Branch, eol: string): TextChange {
    const items = flatten(metadata).map(([key, leaf]): Item => {
        const value = flatText(leaf).text.replaceAll("\n", "\\n")
        return { kind: "item", key, value: { kind: "leaf", scalar: { kind: "str", value } } }
    })
    const section: Item = { kind: "item", key: "sops", value: { kind: "branch", items } }
    const printed = printIni({ kind: "branch", items: [section] }).toString()
    const start = source.length
    const open = source === "" || source.endsWith("\n") ? "" : "\n"
    // The empty line also ends a value that a backslash would continue.
    const text = `${open}${source === "" ? "" : "\n"}${printed}`
    return { start, end: start, text: text.replaceAll("\n", eol) }
}

function printerFor(source: string, lines: readonly FlatLine[], eol: string): FlatPrinter {
    const [first] = lines
    const text = first === undefined ? "" : source.slice(first.line.start, first.value.start)
    const width = Buffer.byteLength(text.replace(/[=:]\s*$/, "")) - 1
    return { line: (name, value) => `${padded(quotedName(name), width)} = ${value}`, value: valueOf, eol }
}

function valueOf(leaf: Leaf): string {
    return quotedValue(flatText(leaf).text.replaceAll("\n", "\\n"))
}

function isIni(parsed: Parsed): parsed is IniParsed {
    return "metadataLines" in parsed
}

function isComment(node: Leaf | Comment): node is IniComment {
    return "pieces" in node
}
