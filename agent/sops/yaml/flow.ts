import type { Comment, Leaf, Scalar, Value } from "../tree.ts"
import { doubleQuoted, styleOf } from "./style.ts"

/** A value on one line, in brackets, with new texts for some leaves. Comments have no place there. */
export function flowText(value: Value, leaves: ReadonlyMap<Leaf | Comment, string> = new Map()): string {
    if (value.kind === "leaf") {
        const text = leaves.get(value)
        return text === undefined ? scalarText(value.scalar) : doubleQuoted(text)
    }
    const parts: string[] = []
    for (const item of value.items) {
        if (item.kind === "comment") continue
        if (item.kind === "item") parts.push(`${doubleQuoted(item.key)}: ${flowText(item.value, leaves)}`)
        else parts.push(flowText(item, leaves))
    }
    return value.kind === "branch" ? `{${parts.join(", ")}}` : `[${parts.join(", ")}]`
}

function scalarText(scalar: Scalar): string {
    const { text, tag } = styleOf(scalar)
    if (tag === "!!binary") return `!!binary "${text.replaceAll("\n", "")}"`
    return scalar.kind === "str" ? doubleQuoted(text) : text
}
