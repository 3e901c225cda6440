// Edits in the text of a YAML document. Values that change become one word on the line where they started; everything
// else keeps its bytes.
import { type Change, changed } from "./change.ts"
import type { Edits, Parsed } from "./codec.ts"
import type { Comment, Leaf, Span, Value } from "./tree.ts"
import type { CommentLine } from "./yaml-comment.ts"
import { flowText } from "./yaml-flow.ts"
import { liftComments } from "./yaml-lift.ts"
import { spliceMetadata } from "./yaml-metadata.ts"
import { doubleQuoted } from "./yaml-style.ts"
import type { Expansion, YamlLeaf, YamlTree } from "./yaml-tree.ts"

/** A YAML stream with what `splice` has to know besides the tree. */
export interface YamlParsed extends Parsed {
    readonly trees: readonly YamlTree[]
    readonly expansions: ReadonlyMap<Span, Expansion>
    /** Comments that have no place in the tree of a plaintext document: they must not survive its encryption. */
    readonly lost: readonly CommentLine[]
}

export function spliceYaml(source: string, parsed: Parsed, edits: Edits): string {
    if (!isYaml(parsed)) throw new TypeError("this was not parsed from YAML")
    const leaves = edits.leaves ?? new Map<Leaf | Comment, string>()
    const changes = [
        ...leafChanges(source, parsed, leaves),
        ...parsed.lost.map(({ start, end }) => ({ start: start - 1, end, text: "" })),
        ...(edits.lifted ? liftComments(source, parsed, edits.lifted) : []),
        ...(edits.metadata ? spliceMetadata(source, parsed, edits.metadata) : []),
    ]
    return changed(source, changes)
}

function isYaml(parsed: Parsed): parsed is YamlParsed {
    return "trees" in parsed
}

function leafChanges(
    source: string,
    { expansions }: YamlParsed,
    leaves: ReadonlyMap<Leaf | Comment, string>,
): Change[] {
    const changes: Change[] = []
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

function leafChange(source: string, leaf: Leaf, at: Span, text: string): Change[] {
    const { outer = at.start, flow = false } = isYamlLeaf(leaf) ? leaf : {}
    // A tag says what the plaintext is. An anchor may still be wanted.
    const anchor = /(?:^|\s)(&[0-9A-Za-z_-]+)/.exec(source.slice(outer, at.start))?.[1]
    const wasQuoted = /^["']/.test(source.charAt(at.start))
    const word = flow || wasQuoted ? doubleQuoted(text) : quoted(text)
    const whole = anchor === undefined ? word : `${anchor} ${word}`

    // The comment behind the indicator of a block scalar has its own edit.
    const header = /^[|>].*/.exec(source.slice(at.start, at.end))?.[0] ?? ""
    const comment = header.indexOf("#")
    if (comment < 0) return [{ start: outer, end: at.end, text: whole }]
    return [
        { start: outer, end: at.start + comment, text: `${whole} ` },
        { start: at.start + header.length, end: at.end, text: "" },
    ]
}

function isYamlLeaf(leaf: Leaf): leaf is YamlLeaf {
    return "outer" in leaf
}

/** `ENC[…]` needs no quotes outside of brackets. */
function quoted(text: string): string {
    return text === "" ? '""' : text
}
