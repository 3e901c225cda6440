// The sops block of a YAML document under edits. Entries that stay keep their lines, with the comments above them; new
// ones are printed as sops 3.13.2 does it.
import { SopsError } from "../error.ts"
import type { Branch, Item, List, Span, Value } from "../tree.ts"
import { flowText } from "./flow.ts"
import { lineEnd, lineStart } from "./lines.ts"
import { printYaml } from "./print.ts"
import { type TextChange, eolOf } from "../change.ts"
import type { YamlItem, YamlParsed, YamlTree } from "./tree.ts"
import { isBlock } from "./tree.ts"

/**
 * The changes that give every document with metadata the same new block; where no document has any, each of them gets
 * the block at its end.
 */
export function spliceMetadata(source: string, parsed: YamlParsed, metadata: Branch): TextChange[] {
    const [first] = parsed.metadata
    if (first === undefined) return parsed.trees.flatMap((tree) => appended(source, tree, metadata))
    if (first === metadata) return []
    if (first.at === undefined)
        throw new SopsError("unsupported", "the sops metadata cannot be edited in place")
    const editor = new MetadataEditor(source)
    const text = editor.branch(metadata, first)
    const column = columnOf(source, first.at.start)
    const changes: TextChange[] = [{ ...first.at, text }]
    for (const other of parsed.metadata.slice(1)) {
        if (other?.at === undefined) continue
        const isFlow = source.charAt(other.at.start) === "{"
        if (isFlow === text.startsWith("{"))
            changes.push({ ...other.at, text: shifted(text, columnOf(source, other.at.start) - column) })
        else if (isFlow) changes.push({ ...other.at, text: flowText(metadata) })
        else throw new SopsError("unsupported", "the sops metadata of two YAML documents differ in style")
    }
    return changes
}

function appended(source: string, { root, end, branch }: YamlTree, metadata: Branch): TextChange[] {
    if (root.kind === "map" && root.flow) {
        const last = branch.items.findLast((item) => item.kind === "item")?.at
        const text = `"sops": ${flowText(metadata)}`
        if (last === undefined) return [{ start: root.start + 1, end: root.start + 1, text }]
        return [{ start: last.end, end: last.end, text: `, ${text}` }]
    }
    const eol = eolOf(source)
    const column = root.kind === "map" ? columnOf(source, root.start) : 0
    const key: Item = { kind: "item", key: "sops", value: metadata }
    const block = " ".repeat(column) + shifted(printYaml([{ kind: "branch", items: [key] }]), column)
    const text = block.replaceAll("\n", eol)
    // The line of `...` or `---`, if there is one, is where the text goes in front.
    const at = end < source.length ? lineStart(source, end) : end
    const before = at === 0 || source.charAt(at - 1) === "\n" ? "" : eol
    if (before === "") return [{ start: at, end: at, text }]
    return [...unbroken(source, at), { start: at, end: at, text: before + text }]
}

/** A block scalar in the last line, which has no line break: the one it gets must not become part of the value. */
function unbroken(source: string, end: number): TextChange[] {
    const header = /(?:^|[\s:-])([|>])[0-9]?[ \t]*(?:#.*)?\r?\n(?:[ \t].*\r?\n|\r?\n)*[ \t]+.*$/.exec(
        source.slice(0, end),
    )
    if (header === null) return []
    const [text, indicator = ""] = header
    const start = header.index + text.indexOf(indicator)
    return [{ start, end: start + 1, text: `${indicator}-` }]
}

class MetadataEditor {
    private readonly source: string
    private readonly eol: string

    constructor(source: string) {
        this.source = source
        this.eol = eolOf(source)
    }

    /** The text of a mapping that was edited, with `lead`, if given, above its first key. */
    branch(next: Branch, old: Branch, lead?: string): string {
        if (old.at === undefined || this.isFlow(old.at)) return (lead ?? "") + this.flow(next)
        const column = columnOf(this.source, old.at.start)
        const oldItems = old.items.filter((item) => item.kind === "item")
        const byKey = new Map(oldItems.map((item) => [item.key, item]))
        const lines = new Lines(this.source, oldItems, column, this.eol, lead)
        for (const item of next.items) {
            if (item.kind === "comment") continue
            const present = byKey.get(item.key)
            if (present?.at === undefined || !isYamlItem(present)) lines.add(this.entry(item, column))
            else if (present.value === item.value) lines.keep(present, this.slice(present.at))
            else {
                const key = this.source.slice(present.at.start, present.colon)
                lines.keep(present, key + this.value(item.value, present, column))
            }
        }
        return lines.text()
    }

    /** What follows the colon of a key that stays. */
    private value(value: Value, { value: old, colon }: YamlItem, column: number): string {
        if (value.kind !== "leaf" && old.kind !== "leaf" && value.items.length > 0 && old.at !== undefined) {
            const gap = this.source.slice(colon, old.at.start)
            const line = /^[^\r\n]*/.exec(gap)?.[0] ?? ""
            // The comments above the first entry are its own.
            const lead = gap === line ? undefined : gap.slice(line.length)
            if (value.kind === "branch" && old.kind === "branch") return line + this.branch(value, old, lead)
            if (value.kind === "list" && old.kind === "list") return line + this.list(value, old, lead)
        }
        return this.entry({ kind: "item", key: "x", value }, column).slice("x:".length)
    }

    private list(next: List, old: List, lead: string | undefined): string {
        if (old.at === undefined || !isBlock(old)) return (lead ?? "") + this.flow(next)
        const column = columnOf(this.source, old.at.start)
        const places = new Map<Value, Span>()
        for (const [index, element] of elementsOf(old).entries()) {
            const start = old.dashes[index]
            if (start !== undefined && element.at !== undefined)
                places.set(element, { start, end: Math.max(start + 1, element.at.end) })
        }
        const spans = [...places.values()].map((at) => ({ at }))
        const byStart = new Map(spans.map((span) => [span.at.start, span]))
        const lines = new Lines(this.source, spans, column, this.eol, lead)
        for (const [index, element] of elementsOf(next).entries()) {
            const counterpart = places.has(element) ? element : elementsOf(old)[index]
            const place = counterpart && places.get(counterpart)
            const span = place && byStart.get(place.start)
            if (place === undefined || span === undefined || counterpart?.at === undefined)
                lines.add(this.element(element, column))
            else if (counterpart === element) lines.keep(span, this.slice(place))
            else if (
                element.kind === "branch" &&
                counterpart.kind === "branch" &&
                shares(element, counterpart)
            ) {
                const dash = this.source.slice(place.start, counterpart.at.start)
                lines.keep(span, dash + this.branch(element, counterpart))
            } else lines.add(this.element(element, column))
        }
        return lines.text()
    }

    /** A new entry at a column, as sops prints it; old nodes in it keep their own lines. */
    private entry({ key, value }: Item, column: number): string {
        const name = printYaml([{ kind: "branch", items: [{ kind: "item", key, value: nothing }] }])
        const head = name.slice(0, -"null\n".length).trimEnd()
        const inner = 4 * Math.floor((column + 4) / 4)
        if (value.kind === "leaf" || value.items.length === 0) {
            const printed = printYaml([{ kind: "branch", items: [{ kind: "item", key, value }] }])
            // Only lines of a block scalar come after the first, and they stand one level deeper.
            return this.native(shifted(printed.trimEnd(), inner - 4))
        }
        const indent = this.eol + " ".repeat(inner)
        return (
            head +
            indent +
            (value.kind === "branch" ? this.entries(value, inner) : this.elements(value, inner))
        )
    }

    private entries(branch: Branch, column: number): string {
        const items = branch.items.filter((item) => item.kind === "item")
        return items.map((item) => this.entry(item, column)).join(this.eol + " ".repeat(column))
    }

    private elements(list: List, column: number): string {
        return elementsOf(list)
            .map((element) => this.element(element, column))
            .join(this.eol + " ".repeat(column))
    }

    private element(element: Value, column: number): string {
        const inner = column + 2
        if (element.kind === "leaf" || element.items.length === 0)
            return `- ${this.entry({ kind: "item", key: "x", value: element }, column).slice("x: ".length)}`
        // A block from elsewhere in the file comes with its lines, moved to their new place.
        const { at } = element
        if (at !== undefined) return `- ${shifted(this.slice(at), inner - columnOf(this.source, at.start))}`
        return `- ${element.kind === "branch" ? this.entries(element, inner) : this.elements(element, inner)}`
    }

    private flow(value: Branch | List): string {
        return flowText(value)
    }

    private isFlow({ start }: Span): boolean {
        return this.source.charAt(start) === "{"
    }

    private slice({ start, end }: Span): string {
        return this.source.slice(start, end)
    }

    private native(text: string): string {
        return text.replaceAll("\n", this.eol)
    }
}

const nothing: Value = { kind: "leaf", scalar: { kind: "null" } }

/** The lines of a block collection: those that stay bring what stood above them and behind them. */
class Lines {
    private readonly column: number
    private readonly eol: string
    private readonly leads = new Map<object, string>()
    private readonly tails = new Map<object, string>()
    private readonly parts: string[] = []
    private readonly onNewLine: boolean
    private tail = ""

    /** `lead` is what stands above the first part; without, it starts where it is put. */
    constructor(
        source: string,
        old: readonly { readonly at?: Span }[],
        column: number,
        eol: string,
        lead: string | undefined,
    ) {
        const [first] = old
        if (first !== undefined && lead !== undefined) this.leads.set(first, lead)
        this.onNewLine = lead !== undefined
        this.column = column
        this.eol = eol
        for (const [index, part] of old.entries()) {
            const next = old[index + 1]
            if (part.at === undefined || next?.at === undefined) continue
            const end = lineEnd(source, part.at.end)
            this.tails.set(part, source.slice(part.at.end, end))
            this.leads.set(next, source.slice(end, next.at.start))
        }
    }

    keep(part: object, text: string): void {
        this.push(this.leads.get(part), text)
        this.tail = this.tails.get(part) ?? ""
    }

    add(text: string): void {
        this.push(undefined, text)
    }

    text(): string {
        return this.parts.join("")
    }

    private push(lead: string | undefined, text: string): void {
        const indent = " ".repeat(this.column)
        if (this.parts.length > 0 || this.onNewLine) this.parts.push(this.tail, lead ?? this.eol + indent)
        // What now comes first stands where the first part stood: behind its indentation.
        else if (lead !== undefined) this.parts.push(lead.trimStart())
        this.parts.push(text)
        this.tail = ""
    }
}

function elementsOf(list: List): Value[] {
    return list.items.filter((item) => item.kind !== "comment")
}

/** Whether something in a new mapping was in the old one. */
function shares(next: Branch, old: Branch): boolean {
    const known = new Set<Value>()
    const collect = (value: Value): void => {
        known.add(value)
        for (const child of childrenOf(value)) collect(child)
    }
    collect(old)
    const found = (value: Value): boolean => known.has(value) || childrenOf(value).some(found)
    return found(next)
}

function childrenOf(value: Value): Value[] {
    if (value.kind === "leaf") return []
    if (value.kind === "list") return elementsOf(value)
    return value.items.flatMap((item) => (item.kind === "item" ? [item.value] : []))
}

function isYamlItem(item: Item): item is YamlItem {
    return "colon" in item
}

function columnOf(source: string, offset: number): number {
    const start = lineStart(source, offset)
    return offset - start - (start === 0 && source.startsWith("\ufeff") ? 1 : 0)
}

/** All lines but the first moved by some columns. */
function shifted(text: string, columns: number): string {
    if (columns === 0) return text
    if (columns > 0) return text.replaceAll(/\n(?=[^\r\n])/g, `\n${" ".repeat(columns)}`)
    return text.replaceAll(new RegExp(`\\n {1,${-columns}}`, "g"), "\n")
}
