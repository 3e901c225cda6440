import type { Branch, Comment, List, Value } from "../tree.ts"
import { type Styled, styleOf, styleOfText } from "./style.ts"

/** A node to be printed, with its comments as text that includes the `#`; "" is none. */
export interface PrintNode {
    readonly kind: "scalar" | "map" | "seq"
    readonly styled: Styled
    head: string
    line: string
    foot: string
    /** Elements, or keys and values in turn. */
    readonly items: readonly PrintNode[]
}

/**
 * A mapping as the YAML store of sops makes it: comments above the first entry are the head of the mapping, others
 * that of their entry, those behind the last entry its foot; an inline comment goes to the next value.
 */
export function mapNode(branch: Branch): PrintNode {
    const items: PrintNode[] = []
    const texts = new CommentTexts()
    let head = ""
    for (const item of branch.items) {
        if (item.kind === "comment") {
            texts.add(item)
            continue
        }
        if (items.length === 0) head = texts.takeHead()
        const key = scalarNode(styleOfText(item.key))
        key.head = texts.takeHead()
        const value = valueNode(item.value)
        value.line = texts.takeLine()
        items.push(key, value)
    }
    const foot = texts.takeAll()
    const lastKey = items.at(-2)
    if (lastKey === undefined) head = foot
    else lastKey.foot = foot
    return { kind: "map", styled: none, head, line: "", foot: "", items }
}

function listNode(list: List): PrintNode {
    const items: PrintNode[] = []
    const texts = new CommentTexts()
    let head = ""
    for (const item of list.items) {
        if (item.kind === "comment") {
            texts.add(item)
            continue
        }
        if (items.length === 0) head = texts.takeHead()
        const node = valueNode(item)
        node.head = joined(texts.takeHead(), node.head)
        node.line = texts.takeLine()
        items.push(node)
    }
    const foot = texts.takeAll()
    const last = items.at(-1)
    if (last === undefined) head = foot
    else last.foot = joined(last.foot, foot)
    return { kind: "seq", styled: none, head, line: "", foot: "", items }
}

function valueNode(value: Value): PrintNode {
    if (value.kind === "leaf") return scalarNode(styleOf(value.scalar))
    return value.kind === "branch" ? mapNode(value) : listNode(value)
}

function scalarNode(styled: Styled): PrintNode {
    return { kind: "scalar", styled, head: "", line: "", foot: "", items: nothing }
}

const nothing: readonly PrintNode[] = []
const none: Styled = { text: "", style: "plain", tag: "", hasBreaks: false }

/** Comments on their way to the node that follows. */
class CommentTexts {
    private head: string[] = []
    private inline: string[] = []

    add({ text, inline }: Comment): void {
        if (inline) this.inline.push(text)
        else this.head.push(text)
    }

    takeHead(): string {
        return marked(this.head.splice(0))
    }

    takeLine(): string {
        return marked(this.inline.splice(0))
    }

    takeAll(): string {
        return marked([...this.head.splice(0), ...this.inline.splice(0)])
    }
}

function marked(texts: readonly string[]): string {
    return texts.length === 0 ? "" : `#${texts.join("\n#")}`
}

function joined(first: string, second: string): string {
    return first !== "" && second !== "" ? `${first}\n${second}` : first + second
}
