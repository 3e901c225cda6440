// Edits in the text of a YAML document. Values that change become one word on the line where they started; everything
// else keeps its bytes.
import { type TextChange, changed } from "../change.ts"
import type { Edits, Parsed } from "../codec.ts"
import { SopsError } from "../error.ts"
import type { Branch, Comment, Leaf, Span, Value } from "../tree.ts"
import { edited, sameReading, withoutComments } from "./edited.ts"
import { flowText } from "./flow.ts"
import { liftComments } from "./lift.ts"
import { spliceMetadata } from "./metadata.ts"
import { printYaml } from "./print.ts"
import { doubleQuoted } from "./style.ts"
import type { YamlLeaf, YamlParsed } from "./tree.ts"

/** Reads what was written, as the codec does. */
export type Reader = (source: string) => YamlParsed

/**
 * The source with the edits made and every other byte kept. Should the result not read as it is meant, because go-yaml
 * would see comments elsewhere in it, it is the whole document as sops prints it.
 */
export function spliceYaml(source: string, parsed: Parsed, edits: Edits, read: Reader): string {
    if (!isYaml(parsed)) throw new TypeError("this was not parsed from YAML")
    const { leaves = new Map<Leaf | Comment, string>(), lifted = new Map<Leaf | Comment, string>() } = edits
    const changes = [
        ...leafChanges(source, parsed, leaves),
        ...parsed.lost.map(({ start, end }) => ({ start: start - 1, end, text: "" })),
        ...liftComments(source, parsed, lifted),
    ]
    if (edits.metadata !== undefined)
        for (const change of spliceMetadata(source, parsed, edits.metadata))
            // The indicator of a block scalar that is no more needs no change.
            if (parsed.metadata[0] !== undefined || !changes.some((other) => holds(other, change)))
                changes.push(change)
    if (changes.length === 0) return source
    const text = changed(source, changes)
    const wanted = parsed.documents.map((document) => edited(document, edits))
    const blocks = wanted.map((_, index) => blockOf(parsed, index, edits.metadata))
    if (readsAs(text, wanted, blocks, read)) return text
    const whole = printYaml(wanted.map((document, index) => withMetadata(document, blocks[index])))
    const { documents, metadata } = read(whole)
    const isSame = sameReading(documents.map(withoutComments), wanted.map(withoutComments))
    if (!isSame || !sameBlocks(metadata, blocks))
        throw new SopsError("unsupported", "the document cannot be written so that sops would read the same")
    return whole
}

function holds(outer: Span, { start, end }: Span): boolean {
    return start < end && outer.start <= start && end <= outer.end
}

type Blocks = readonly (Branch | undefined)[]

function readsAs(text: string, wanted: readonly Branch[], blocks: Blocks, read: Reader): boolean {
    try {
        const { documents, metadata } = read(text)
        return sameReading(documents, wanted) && sameBlocks(metadata, blocks)
    } catch (error) {
        if (error instanceof SopsError) return false
        throw error
    }
}

function sameBlocks(some: Blocks, others: Blocks): boolean {
    return (
        some.length === others.length &&
        some.every((block, index) => {
            const other = others[index]
            return block === undefined || other === undefined
                ? block === other
                : sameReading([block], [other])
        })
    )
}

/** The metadata that a document shall have. */
function blockOf({ metadata }: YamlParsed, index: number, next: Branch | undefined): Branch | undefined {
    const keepsNone = metadata[index] === undefined && metadata[0] !== undefined
    return keepsNone ? undefined : (next ?? metadata[index])
}

/** The document with its metadata in the last place. */
function withMetadata(document: Branch, block: Branch | undefined): Branch {
    if (block === undefined) return document
    return { kind: "branch", items: [...document.items, { kind: "item", key: "sops", value: block }] }
}

function isYaml(parsed: Parsed): parsed is YamlParsed {
    return "trees" in parsed
}

function leafChanges(
    source: string,
    { expansions }: YamlParsed,
    leaves: ReadonlyMap<Leaf | Comment, string>,
): TextChange[] {
    const changes: TextChange[] = []
    const aliases = new Set<Span>()
    for (const [node, text] of leaves) {
        if (node.at === undefined) continue
        if (expansions.has(node.at)) aliases.add(node.at)
        else if (node.kind === "comment") changes.push({ ...node.at, text })
        else changes.push(...leafChange(source, node, node.at, text))
    }
    if (expansions.size === 0) return changes

    // An alias of something that changes would stand for the new text, which is meant for another place.
    const starts = changes.map(({ start }) => start).toSorted((a, b) => a - b)
    for (const [at, { target, value, flow }] of expansions)
        if (aliases.has(at) || firstFrom(starts, target.start) < target.end)
            changes.push({ ...at, text: expanded(value, leaves, flow) })
    return changes
}

function expanded(value: Value, leaves: ReadonlyMap<Leaf | Comment, string>, flow: boolean): string {
    const text = value.kind === "leaf" ? leaves.get(value) : undefined
    return text !== undefined && !flow ? quoted(text) : flowText(value, leaves)
}

/** The smallest of the sorted numbers that is at least `least`. */
function firstFrom(sorted: readonly number[], least: number): number {
    let low = 0
    let high = sorted.length
    while (low < high) {
        const middle = (low + high) >> 1
        if ((sorted[middle] ?? 0) < least) low = middle + 1
        else high = middle
    }
    return sorted[low] ?? Infinity
}

function leafChange(source: string, leaf: Leaf, at: Span, text: string): TextChange[] {
    const { outer = at.start, flow = false } = isYamlLeaf(leaf) ? leaf : {}
    // A tag says what the plaintext is. An anchor may still be wanted.
    const anchor = /(?:^|\s)(&[0-9A-Za-z_-]+)/.exec(source.slice(outer, at.start))?.[1]
    const wasQuoted = /^["']/.test(source.charAt(at.start))
    const word = flow || wasQuoted ? doubleQuoted(text) : quoted(text)
    const whole = anchor === undefined ? word : `${anchor} ${word}`

    // A comment behind the indicator of a block scalar is not part of it.
    const header = /^([|>][-+0-9]*)[ \t]*#.*/.exec(source.slice(at.start, at.end))
    if (header === null) return [{ start: outer, end: at.end, text: whole }]
    const [line, indicator = ""] = header
    return [
        { start: outer, end: at.start + indicator.length, text: whole },
        { start: at.start + line.length, end: at.end, text: "" },
    ]
}

function isYamlLeaf(leaf: Leaf): leaf is YamlLeaf {
    return "outer" in leaf
}

/** `ENC[…]` needs no quotes outside of brackets. */
function quoted(text: string): string {
    return text === "" ? '""' : text
}
