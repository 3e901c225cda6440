// Metadata in the formats that have no nesting (docs/sops-rules.md#metadata): path components are joined with `__map_<key>`
// and `__list_<index>`, the first one is bare: `age__list_0__map_recipient`. Empty lists and mappings vanish.
import { type Budget, nodeBudget } from "../budget.ts"
import { SopsError } from "../error.ts"
import type { Branch, Leaf, List, Value } from "../tree.ts"

/** The scalars of a metadata tree with their flat names, in order. `null` has no flat form and is left out. */
export function flatten(metadata: Branch): [name: string, leaf: Leaf][] {
    const result: [string, Leaf][] = []
    const visit = (value: Value, name: string): void => {
        if (value.kind === "leaf") {
            if (value.scalar.kind !== "null") result.push([name, value])
        } else if (value.kind === "list") {
            const elements = value.items.filter((item) => item.kind !== "comment")
            for (const [index, element] of elements.entries()) visit(element, `${name}__list_${index}`)
        } else {
            for (const item of value.items)
                if (item.kind === "item")
                    visit(item.value, name === "" ? item.key : `${name}__map_${item.key}`)
        }
    }
    visit(metadata, "")
    return result
}

type Container = { kind: "map"; entries: Map<string, Node> } | { kind: "list"; entries: Map<string, Node> }
type Node = Container | Leaf

/**
 * The tree of flat names; mapping keys come out sorted, as sops has it, and the leaves are the nodes passed in.
 * Refuses a name that occurs twice, one that is both a value and a container, and a list with holes.
 */
export function unflatten(entries: Iterable<readonly [name: string, leaf: Leaf]>): Branch {
    const root: Container = { kind: "map", entries: new Map() }
    const nodes = nodeBudget()
    for (const [name, leaf] of entries) insert(root, name, leaf, nodes)
    return branchOf(root)
}

function insert(root: Container, name: string, leaf: Leaf, nodes: Budget): void {
    const components = componentsOf(name)
    let container = root
    for (const [index, { key }] of components.entries()) {
        nodes.spend()
        const next = components[index + 1]
        const present = container.entries.get(key)
        if (next === undefined) {
            if (present !== undefined) throw new SopsError("metadata", "metadata: a name occurs twice")
            container.entries.set(key, leaf)
        } else if (present === undefined) {
            const child: Container = { kind: next.kind, entries: new Map() }
            container.entries.set(key, child)
            container = child
        } else if (present.kind === next.kind) container = present
        else throw new SopsError("metadata", "metadata: a name is both a value and a container")
    }
}

function componentsOf(name: string): { kind: "map" | "list"; key: string }[] {
    const parts = name.split(/(__map_|__list_)/)
    const components: { kind: "map" | "list"; key: string }[] = [{ kind: "map", key: parts[0] ?? "" }]
    // More levels than any metadata has: hostile.
    if (parts.length > 33) throw new SopsError("limit", "metadata: nested too deeply")
    for (let at = 1; at < parts.length; at += 2) {
        const key = parts[at + 1] ?? ""
        // What is no number counts as index 0, as in sops.
        if (parts[at] === "__list_")
            components.push({ kind: "list", key: /^[0-9]{1,9}$/.test(key) ? String(Number(key)) : "0" })
        else components.push({ kind: "map", key })
    }
    return components
}

function branchOf(container: Container): Branch {
    const keys = [...container.entries.keys()].toSorted()
    return {
        kind: "branch",
        items: keys.map((key) => ({ kind: "item", key, value: valueOf(container.entries.get(key)) })),
    }
}

function valueOf(node: Node | undefined): Value {
    if (node?.kind === "leaf") return node
    if (node?.kind === "map") return branchOf(node)
    return listOf(node)
}

function listOf(container: Container | undefined): List {
    const size = container?.entries.size ?? 0
    const items = Array.from({ length: size }, (_, index) => {
        const node = container?.entries.get(String(index))
        if (node === undefined) throw new SopsError("metadata", "metadata: a list has holes")
        return valueOf(node)
    })
    return { kind: "list", items }
}
