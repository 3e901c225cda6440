// Bindings as they are written: docs/binding.md.

import { accessOf, readersOf, tagOf } from "./binding.ts"
import type { Access, BoundReader } from "./binding.ts"
import { encode } from "./document.ts"
import type { Document } from "./document.ts"
import type { KeyEntry } from "./key-entry.ts"
import { textLeaf } from "./key-entry.ts"
import { editMetadata } from "./metadata-edit.ts"
import type { Branch, List, Value } from "./tree.ts"

/**
 * Makes the binding of a document that is being written: it is given the data key, which it may keep nothing of, and the
 * entries that the document is going to have.
 */
export type Binder = (dataKey: Buffer, entries: readonly KeyEntry[]) => Branch

/** The binding that a document gets; without a binder none, for an old one would be of other entries. */
export function bindingBy(
    bind: Binder | undefined,
    dataKey: Buffer,
    entries: readonly KeyEntry[],
): Branch | "none" {
    return bind?.(dataKey, entries) ?? "none"
}

/** Binds to the folder of a secret, relative to the repository. */
export function boundTo(place: string): Binder {
    return (dataKey, entries) => bindingBranch(dataKey, place, { threshold: 1, groups: [readersOf(entries)] })
}

/** The document bound to a place as it is, and otherwise the same. The data key must be its own. */
export function bindDocument(document: Document, dataKey: Buffer, place: string): Buffer {
    return withBinding(document, bindingBranch(dataKey, place, accessOf(document)))
}

/** The document without a binding, and otherwise the same. */
export function unbindDocument(document: Document): Buffer {
    return withBinding(document, "none")
}

function withBinding({ metadata, codec, source, parsed }: Document, binding: Branch | "none"): Buffer {
    return encode(codec.splice(source, parsed, { metadata: editMetadata(metadata.block, { binding }) }))
}

function bindingBranch(dataKey: Buffer, place: string, access: Access): Branch {
    const [group = [], ...others] = access.groups
    const tag = textLeaf(tagOf(dataKey, place, access).toString("base64"))
    const named = { place: textLeaf(place.normalize("NFC")), tag, version: textLeaf("1") }
    if (others.length === 0) return branch({ ...named, readers: listOf(group) })
    const groups: List = {
        kind: "list",
        items: access.groups.map((readers) => branch({ readers: listOf(readers) })),
    }
    return branch({ ...named, groups, threshold: textLeaf(`${access.threshold}`) })
}

/** One a line: a reader more or less is a line more or less. */
function listOf(readers: readonly BoundReader[]): List {
    return { kind: "list", items: readers.map(({ id, print }) => textLeaf(`${print} ${id}`)) }
}

function branch(fields: Readonly<Record<string, Value>>): Branch {
    const items = Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return { kind: "branch", items: items.map(([key, value]) => ({ kind: "item", key, value })) }
}
