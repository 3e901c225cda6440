// Comments leave their list and become lines above the mapping entry that holds it, where sops can read them
// (docs/sops-rules.md#comments-in-lists). In an encrypted document they are list elements, in a plain one real comments.
import { SopsError } from "../error.ts"
import type { Branch, Comment, Leaf, List, Span, Value } from "../tree.ts"
import { type TextChange, eolOf } from "../change.ts"
import { breakAt, lineEnd, lineStart } from "./lines.ts"
import type { YamlItem, YamlList, YamlParsed } from "./tree.ts"
import { isBlock } from "./tree.ts"

/** The changes that take the comments out and put them, with their new texts, above the entry. */
export function liftComments(
    source: string,
    { documents, expansions }: YamlParsed,
    lifted: ReadonlyMap<Leaf | Comment, string>,
): TextChange[] {
    if (lifted.size === 0) return []
    const lift = new Lift(source, expansions, lifted)
    for (const document of documents) lift.branch(document)
    return lift.changes
}

class Lift {
    readonly changes: TextChange[] = []
    private readonly source: string
    private readonly eol: string
    /** What aliases stand for is not theirs to edit. */
    private readonly aliases: ReadonlyMap<Span, unknown>
    private readonly lifted: ReadonlyMap<Leaf | Comment, string>

    constructor(
        source: string,
        aliases: ReadonlyMap<Span, unknown>,
        lifted: ReadonlyMap<Leaf | Comment, string>,
    ) {
        this.source = source
        this.eol = eolOf(source)
        this.aliases = aliases
        this.lifted = lifted
    }

    branch(branch: Branch): void {
        for (const item of branch.items) {
            if (item.kind === "comment" || item.value.kind === "leaf" || this.isAlias(item.value)) continue
            if (item.value.kind === "branch") this.branch(item.value)
            else {
                const texts: string[] = []
                this.list(item.value, texts, false)
                if (texts.length > 0) this.insert(item, texts)
                if (this.isEmptied(item.value)) this.empty(item, item.value)
            }
        }
    }

    /** Adds the new texts of the list's comments, and of those of lists within it, to `texts`. */
    private list(list: List, texts: string[], isInner: boolean): void {
        const elements: Value[] = []
        for (const item of list.items) {
            if (item.kind === "comment") {
                const text = this.lifted.get(item)
                if (text === undefined) continue
                texts.push(text)
                this.removeComment(item)
                continue
            }
            elements.push(item)
            if (this.isAlias(item)) continue
            const text = item.kind === "leaf" ? this.lifted.get(item) : undefined
            if (text !== undefined) texts.push(text)
            else if (item.kind === "branch") this.branch(item)
            else if (item.kind === "list") {
                this.list(item, texts, true)
                if (this.isEmptied(item)) this.emptyInner(item)
            }
        }
        if (isBlock(list)) this.removeLines(list, elements, isInner && this.isEmptied(list))
        else if (!this.isEmptied(list)) this.removeWithin(elements)
    }

    private isAlias({ at }: Value): boolean {
        return at !== undefined && this.aliases.has(at)
    }

    private isLifted(value: Value): boolean {
        return value.kind === "leaf" && this.lifted.has(value)
    }

    /** Whether the list had elements, and all of them leave. */
    private isEmptied(list: List): boolean {
        const elements = list.items.filter((item) => item.kind !== "comment")
        return elements.length > 0 && elements.every((element) => this.isLifted(element))
    }

    /** Elements with a dash: the line goes, or what follows the dash of the list around it. */
    private removeLines(list: YamlList, elements: readonly Value[], isEmptiedInner: boolean): void {
        for (const [index, element] of elements.entries()) {
            const dash = list.dashes[index]
            if (!this.isLifted(element) || dash === undefined || element.at === undefined) continue
            const { end } = element.at
            const line = lineStart(this.source, dash)
            const rest = lineEnd(this.source, end)
            const first = index === 0 && isEmptiedInner
            const alone =
                !first &&
                this.source.slice(line, dash).trim() === "" &&
                this.source.slice(end, rest).trim() === ""
            const next = rest + breakAt(this.source, rest)
            this.changes.push(alone ? { start: line, end: next, text: "" } : { start: dash, end, text: "" })
        }
    }

    /** Elements within brackets go with the comma behind them, or before them if none are left behind. */
    private removeWithin(elements: readonly Value[]): void {
        for (let index = 0; index < elements.length; index++) {
            const first = elements[index]
            if (first === undefined || !this.isLifted(first)) continue
            const previous = elements[index - 1]
            while (index + 1 < elements.length && this.isLifted(elements[index + 1] ?? first)) index++
            const next = elements[index + 1]
            const last = elements[index] ?? first
            if (next?.at !== undefined && first.at !== undefined)
                this.changes.push({ start: first.at.start, end: next.at.start, text: "" })
            else if (previous?.at !== undefined && last.at !== undefined)
                this.changes.push({ start: previous.at.end, end: last.at.end, text: "" })
        }
    }

    private removeComment({ at, inline }: Comment): void {
        if (at === undefined) return
        const start = lineStart(this.source, at.start)
        const before = this.source.slice(start, at.start - 1)
        const end = lineEnd(this.source, at.end)
        if (!inline && before.trim() === "")
            this.changes.push({ start, end: end + breakAt(this.source, end), text: "" })
        else this.changes.push({ start: start + before.trimEnd().length, end: at.end, text: "" })
    }

    /** `[]` behind the colon; the lines with the dashes are gone. */
    private empty(item: Branch["items"][number], list: List): void {
        if (list.at === undefined) return
        if (isBlock(list) && isYamlItem(item))
            this.changes.push({ start: item.colon, end: item.colon, text: " []" })
        else this.changes.push({ ...list.at, text: "[]" })
    }

    /** `[]` as the element of a list, in place of its own first element. */
    private emptyInner(list: List): void {
        const [dash] = isBlock(list) ? list.dashes : []
        if (list.at === undefined) return
        if (dash === undefined) this.changes.push({ ...list.at, text: "[]" })
        else this.changes.push({ start: dash, end: dash, text: "[]" })
    }

    private insert(item: Branch["items"][number], texts: readonly string[]): void {
        if (!isYamlItem(item) || item.at === undefined)
            throw new SopsError("unsupported", "a comment cannot be moved out of its list")
        const { start } = item.at
        if (item.flow) {
            const lines = texts.map((text) => `${this.eol}#${text}`)
            this.changes.push({ start, end: start, text: lines.join("") + this.eol })
            return
        }
        const line = lineStart(this.source, start)
        const [indent = ""] = /^ */.exec(this.source.slice(line, start)) ?? []
        const text = texts.map((comment) => `${indent}#${comment}${this.eol}`).join("")
        this.changes.push({ start: line, end: line, text })
    }
}

function isYamlItem(item: Branch["items"][number]): item is YamlItem {
    return "colon" in item
}
