// New metadata trees. What does not change is the same node, which is how a codec knows to keep its text.
import { bindingField } from "./binding.ts"
import { flatten } from "./flat/flatten.ts"
import { keyTypes, textLeaf } from "./key-entry.ts"
import type { KeyEntry } from "./key-entry.ts"
import { plainText } from "./value/scalar.ts"
import type { SelectionRule } from "./selection.ts"
import type { Branch, Comment, Item, Value } from "./tree.ts"

/** The release whose layout is written. Readers want a complete semantic version (docs/sops-rules.md#metadata). */
const version = "3.13.2"

export interface MetadataChanges {
    readonly mac?: string
    readonly lastmodified?: string
    /** All keys there shall be; entries that were in the file are passed on as they are. */
    readonly entries?: readonly KeyEntry[]
    /** The binding there shall be. What was bound to other entries must not stay beside new ones. */
    readonly binding?: Branch | "none"
}

/** The metadata of a new document. */
export function newMetadata(
    changes: Required<MetadataChanges>,
    rule?: SelectionRule,
    macOnlyEncrypted = false,
): Branch {
    let items: Items = [item("version", textLeaf(version))]
    if (rule !== undefined) items = withItem(items, rule.option, textLeaf(rule.pattern))
    if (macOnlyEncrypted)
        items = withItem(items, "mac_only_encrypted", { kind: "leaf", scalar: { kind: "bool", value: true } })
    return editMetadata({ kind: "branch", items }, changes)
}

/** The metadata with these changes made, in the order it has; what is new comes where the alphabet puts it. */
export function editMetadata(
    block: Branch,
    { mac, lastmodified, entries, binding }: MetadataChanges,
): Branch {
    let items: Items = block.items
    if (entries !== undefined) for (const type of keyTypes) items = withEntries(items, type, entries)
    if (lastmodified !== undefined) items = withItem(items, "lastmodified", textLeaf(lastmodified))
    if (mac !== undefined) items = withItem(items, "mac", textLeaf(mac))
    if (binding !== undefined) items = withBinding(items, binding)
    return items === block.items ? block : { kind: "branch", items }
}

type Items = readonly (Item | Comment)[]

function withEntries(items: Items, type: string, all: readonly KeyEntry[]): Items {
    const nodes = all.filter((entry) => entry.type === type).map((entry) => entry.node)
    const old = items.find((other) => isKey(other, type))
    const value = old?.kind === "item" ? old.value : undefined
    const present = value?.kind === "list" ? value.items.filter((node) => node.kind !== "comment") : []
    const isLone = value?.kind === "branch"
    if (!isLone && present.length === nodes.length && present.every((node, index) => node === nodes[index]))
        return items
    if (isLone && nodes.length === 1 && nodes[0] === value) return items
    if (nodes.length === 0) return items.filter((other) => other !== old)
    return withItem(items, type, { kind: "list", items: nodes })
}

/** A binding that says the same keeps its text. */
function withBinding(items: Items, binding: Branch | "none"): Items {
    const old = items.filter((other) => isKey(other, bindingField))
    const [only] = old
    if (old.length === 0 && binding === "none") return items
    if (binding !== "none" && old.length === 1 && only?.kind === "item" && only.value.kind === "branch")
        return isSame(only.value, binding) ? items : withItem(items, bindingField, binding)
    const others = items.filter((other) => !old.includes(other))
    return binding === "none" ? others : withItem(others, bindingField, binding)
}

function isSame(old: Branch, next: Branch): boolean {
    const lines = (branch: Branch): string[] =>
        flatten(branch).map(([name, { scalar }]) => `${name} ${scalar.kind} ${plainText(scalar).toString()}`)
    return lines(old).toSorted().join("\n") === lines(next).toSorted().join("\n")
}

function withItem(items: Items, key: string, value: Value): Items {
    const index = items.findIndex((other) => isKey(other, key))
    if (index >= 0)
        return items.map((other, at) =>
            at === index ? { ...item(key, value), key: keyOf(other, key) } : other,
        )
    const next = items.findIndex((other) => other.kind === "item" && other.key > key)
    return items.toSpliced(next < 0 ? items.length : next, 0, item(key, value))
}

function item(key: string, value: Value): Item {
    return { kind: "item", key, value }
}

/** Fields may be spelt in any case (docs/sops-rules.md#metadata). */
function isKey(other: Item | Comment, key: string): boolean {
    return other.kind === "item" && other.key.toLowerCase() === key
}

function keyOf(other: Item | Comment, key: string): string {
    return other.kind === "item" ? other.key : key
}
