// YAML nodes as sops reads its configuration: aliases stand for what they name, `<<` merges, and of a repeated key
// there is none, because sops refuses the file.

import { lineAt, SopsError } from "../error.ts"
import type { YamlNode } from "../yaml/node.ts"

/** One entry of a mapping; `key` is "" for a key that is no scalar. */
export interface Entry {
    readonly key: string
    readonly keyNode: YamlNode
    readonly value: YamlNode
}

/** What a node is or, for an alias, stands for. */
export function meant(node: YamlNode): YamlNode {
    return node.kind === "alias" && node.target !== undefined ? node.target : node
}

/** Whether nothing is written there, or null. */
export function isNothing(node: YamlNode): boolean {
    const { kind, style, value } = meant(node)
    return kind === "scalar" && style === "plain" && ["", "~", "null", "Null", "NULL"].includes(value)
}

/** The entries of a mapping as they are written, merges left as they are. */
export function entriesOf(node: YamlNode): readonly Entry[] {
    const { items } = meant(node)
    return Array.from({ length: items.length / 2 }, (_, index) => {
        const [keyNode, value] = [items[2 * index], items[2 * index + 1]]
        if (keyNode === undefined || value === undefined) throw new Error("a mapping with half an entry")
        const key = meant(keyNode)
        return { key: key.kind === "scalar" ? key.value : "", keyNode, value }
    })
}

/**
 * The fields of a mapping by name, with what `<<` merges into it: its own fields come first. Throws `SopsError` of
 * problem "syntax" for a key that occurs twice, as sops does.
 */
export function fieldsOf(node: YamlNode, source: string): ReadonlyMap<string, YamlNode> {
    return merged(node, source, new Set())
}

function merged(node: YamlNode, source: string, open: ReadonlySet<YamlNode>): ReadonlyMap<string, YamlNode> {
    const mapping = meant(node)
    if (open.has(mapping)) throw problem("the value of an anchor contains itself", mapping, source)
    const inside = new Set([...open, mapping])
    const own = new Map<string, YamlNode>()
    const others: YamlNode[] = []
    for (const { key, keyNode, value } of entriesOf(mapping)) {
        if (key === "<<" && meant(keyNode).style === "plain") {
            const base = meant(value)
            others.push(...(base.kind === "seq" ? base.items : [base]))
        } else if (own.has(key))
            throw problem(`the key "${key}" occurs twice in one mapping`, keyNode, source)
        else own.set(key, value)
    }
    for (const base of others) {
        if (meant(base).kind !== "map") throw problem("only a mapping can be merged", base, source)
        for (const [key, value] of merged(base, source, inside)) if (!own.has(key)) own.set(key, value)
    }
    return own
}

/** Why sops refuses a configuration as a whole, and where. */
export function problem(message: string, node: YamlNode, source: string): SopsError {
    return new SopsError("syntax", message, { line: lineAt(source, node.start) })
}
