import { type TextChange, changed } from "../change.ts"
import type { Edits, Parsed } from "../codec.ts"
import { writeString, writeValue } from "./writer.ts"
import type { Branch, Item, List, Span, Value } from "../tree.ts"

/** The source with the edits made and every other byte kept. Lists have no comments in JSON, so nothing is lifted. */
export function spliceJson(source: string, parsed: Parsed, edits: Edits): string {
    const changes: TextChange[] = []
    for (const [{ at }, text] of edits.leaves ?? [])
        if (at !== undefined) changes.push({ ...at, text: writeString(text) })

    const [document] = parsed.documents
    const [old] = parsed.metadata
    if (edits.metadata !== undefined && document?.at !== undefined) {
        const printer = new Printer(source, document)
        changes.push(
            old?.at === undefined
                ? printer.appended(document, document.at, edits.metadata)
                : { ...old.at, text: printer.branch(edits.metadata, old, printer.outer) },
        )
    }

    return changed(source, changes)
}

/** Prints metadata in the layout of the document, out of the source wherever a node comes from there. */
class Printer {
    private readonly source: string
    /** The newline and indentation in front of a top-level key; empty when the document is one line. */
    readonly outer: string
    private readonly step: string

    constructor(source: string, document: Branch) {
        this.source = source
        const lead = /^\{(\s*)"/.exec(source.slice(document.at?.start, document.at?.end))
        this.outer = lead?.[1] ?? "\n\t"
        this.step = /\n([ \t]*)$/.exec(this.outer)?.[1] ?? ""
    }

    /** The change that puts `"sops": …` behind the last entry of a document that has none. */
    appended(document: Branch, at: Span, metadata: Branch): TextChange {
        const entry = `${this.outer}"sops": ${writeValue(metadata, this.outer, this.step)}`
        const last = document.items.findLast((item) => item.at !== undefined)?.at
        if (last !== undefined) return { start: last.end, end: last.end, text: `,${entry}` }
        return { ...at, text: `{${entry}\n}` }
    }

    branch(branch: Branch, old: Branch, lead: string): string {
        if (branch.at !== undefined) return this.source.slice(branch.at.start, branch.at.end)
        const oldItems = old.items.filter((item) => item.kind === "item")
        const byKey = new Map(oldItems.map((item) => [item.key, item]))
        const items = branch.items.filter((item) => item.kind === "item")
        const parts = items.map((item) => this.item(item, byKey.get(item.key), lead + this.step))
        const same =
            items.length === oldItems.length &&
            items.every((item, index) => item.key === oldItems[index]?.key)
        return this.bracketed(parts, old, same, lead)
    }

    private item(item: Item, old: Item | undefined, lead: string): string {
        if (old?.at === undefined || old.value.at === undefined)
            return `${writeString(item.key)}: ${this.value(item.value, undefined, lead)}`
        return this.source.slice(old.at.start, old.value.at.start) + this.value(item.value, old.value, lead)
    }

    private value(value: Value, old: Value | undefined, lead: string): string {
        if (value.at !== undefined) return this.source.slice(value.at.start, value.at.end)
        if (value.kind === "branch" && old?.kind === "branch") return this.branch(value, old, lead)
        if (value.kind === "list") return this.list(value, old?.kind === "list" ? old : undefined, lead)
        return writeValue(value, lead, this.step)
    }

    private list(list: List, old: List | undefined, lead: string): string {
        const parts = list.items
            .filter((item) => item.kind !== "comment")
            .map((item) => this.value(item, undefined, lead + this.step))
        return this.bracketed(parts, old ?? list, parts.length === old?.items.length, lead)
    }

    /** The parts between the brackets: with the very gaps of the old container when the parts pair up with its own. */
    private bracketed(parts: readonly string[], old: Branch | List, same: boolean, lead: string): string {
        const [open, close] = old.kind === "branch" ? "{}" : "[]"
        if (parts.length === 0) return `${open}${close}`
        const spans = old.items.map((item) => item.at).filter((at) => at !== undefined)
        if (old.at === undefined || spans.length === 0)
            return `${open}${lead}${this.step}${parts.join(`,${lead}${this.step}`)}${lead}${close}`

        const ends = [old.at.start + 1, ...spans.map((span) => span.end)]
        const starts = [...spans.map((span) => span.start), old.at.end - 1]
        const gaps = ends.map((end, index) => this.source.slice(end, starts[index]))
        const [first = ""] = gaps
        const between = (index: number): string =>
            same ? (gaps[index] ?? "") : index === 0 ? first : `,${first}`
        return `${open}${parts.map((part, index) => between(index) + part).join("")}${gaps.at(-1) ?? ""}${close}`
    }
}
