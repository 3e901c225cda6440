// Trees in a form that a test can be read in.
import { floatText } from "../../agent/sops/value/scalar.ts"
import type { Branch, Comment, Item, List, Value } from "../../agent/sops/tree.ts"

export type Outline = string | Outline[] | { readonly [key: string]: Outline }

/**
 * A mapping as a list of one-key objects, so that order and repetition show, with comments as `"# text"`, or
 * `"-# text"` for an inline one. Strings as they are, other scalars with their type: `"int 5"`.
 */
export function outline(value: Value | Item | Comment): Outline {
    switch (value.kind) {
        case "comment":
            return `${value.inline ? "-" : ""}#${value.text}`
        case "item":
            return Object.fromEntries([[value.key, outline(value.value)]])
        case "branch":
            return { mapping: value.items.map(outline) }
        case "list":
            return value.items.map(outline)
        case "leaf":
            break
    }
    const { scalar } = value
    if (scalar.kind === "null") return "null"
    if (scalar.kind === "str")
        return typeof scalar.value === "string" ? scalar.value : `bytes ${scalar.value.toString("hex")}`
    return `${scalar.kind} ${scalar.kind === "float" ? floatText(scalar.value) : String(scalar.value)}`
}

/** The entries of a document. */
export function entries(document: Branch | undefined): Outline[] {
    return document?.items.map(outline) ?? []
}

/** The leaves and comments of a tree, in order. */
export function nodesOf(value: Value | Comment): (Extract<Value, { kind: "leaf" }> | Comment)[] {
    if (value.kind === "leaf" || value.kind === "comment") return [value]
    return childrenOf(value).flatMap(nodesOf)
}

function childrenOf(value: Branch | List): (Value | Comment)[] {
    return value.items.map((item) => (item.kind === "item" ? item.value : item))
}
