// Edits as a tree: what a spliced document has to read as. go-yaml decides by layout where a comment belongs, so a
// value that shrinks to one line, or a comment that leaves its list, can move its neighbours to another place, where
// they would not decrypt.
import type { Edits } from "../codec.ts"
import { plainText } from "../value/scalar.ts"
import type { Branch, Comment, Item, Leaf, List, Value } from "../tree.ts"

/** The document with the new texts of its leaves and comments, those that leave their list included. */
export function edited(document: Branch, edits: Edits): Branch {
    return new Editor(edits).branch(document)
}

/** Whether two readings have the same values in the same places, and the same comments in the same mappings or lists. */
export function sameReading(some: readonly Branch[], others: readonly Branch[]): boolean {
    return reading(some) === reading(others)
}

class Editor {
    private readonly leaves: ReadonlyMap<Leaf | Comment, string>
    private readonly lifted: ReadonlyMap<Leaf | Comment, string>

    constructor({ leaves = new Map(), lifted = new Map() }: Edits) {
        this.leaves = leaves
        this.lifted = lifted
    }

    branch(branch: Branch): Branch {
        const items: (Item | Comment)[] = []
        for (const item of branch.items) {
            if (item.kind === "comment") {
                items.push(this.comment(item))
                continue
            }
            const above: Comment[] = []
            const value = this.value(item.value, above)
            items.push(...above, { kind: "item", key: item.key, value })
        }
        return { kind: "branch", items }
    }

    private value(value: Value, above: Comment[]): Value {
        if (value.kind === "branch") return this.branch(value)
        if (value.kind === "list") return this.list(value, above)
        const text = this.leaves.get(value)
        return text === undefined ? value : { kind: "leaf", scalar: { kind: "str", value: text } }
    }

    private list(list: List, above: Comment[]): List {
        const items: (Value | Comment)[] = []
        for (const item of list.items) {
            const text = item.kind === "comment" || item.kind === "leaf" ? this.lifted.get(item) : undefined
            if (text !== undefined) above.push({ kind: "comment", text, inline: false })
            else items.push(item.kind === "comment" ? this.comment(item) : this.value(item, above))
        }
        return { kind: "list", items }
    }

    private comment(comment: Comment): Comment {
        const text = this.leaves.get(comment)
        return text === undefined ? comment : { kind: "comment", text, inline: comment.inline }
    }
}

function reading(documents: readonly Branch[]): string {
    const values: unknown[] = []
    const comments: string[] = []
    const path: (string | number)[] = []
    const read = (value: Value): void => {
        if (value.kind === "leaf") {
            values.push([...path], value.scalar.kind, plainText(value.scalar))
            return
        }
        // An empty collection is a value of its own.
        values.push([...path], value.kind)
        let index = 0
        for (const item of value.items) {
            if (item.kind === "comment") {
                comments.push(JSON.stringify([path.filter((part) => typeof part === "string"), item.text]))
                continue
            }
            path.push(item.kind === "item" ? item.key : index++)
            read(item.kind === "item" ? item.value : item)
            path.pop()
        }
    }
    for (const document of documents) read(document)
    return JSON.stringify([values, comments.toSorted()])
}

/** A mapping without the comments in it; what has none stays the same node. */
export function withoutComments(branch: Branch): Branch {
    if (!hasComments(branch)) return branch
    const items = branch.items.filter((item) => item.kind === "item")
    return { ...branch, items: items.map((item) => ({ ...item, value: valueWithout(item.value) })) }
}

function valueWithout(value: Value): Value {
    if (value.kind === "leaf" || !hasComments(value)) return value
    if (value.kind === "branch") return withoutComments(value)
    return { ...value, items: value.items.filter((item) => item.kind !== "comment").map(valueWithout) }
}

function hasComments(value: Branch | List): boolean {
    return value.items.some((item) => {
        if (item.kind === "comment") return true
        const child = item.kind === "item" ? item.value : item
        return child.kind !== "leaf" && hasComments(child)
    })
}
