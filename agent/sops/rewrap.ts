import { bindingBy } from "./bind.ts"
import type { Binder } from "./bind.ts"
import { boundId } from "./binding.ts"
import { encode } from "./document.ts"
import type { Document } from "./document.ts"
import { SopsError } from "./error.ts"
import type { KeyEntry } from "./key-entry.ts"
import { editMetadata } from "./metadata-edit.ts"
import { distinct, onlyGroup } from "./target.ts"
import type { Target } from "./target.ts"

/**
 * The document for other recipients, under the same data key. Entries of targets that stay keep their bytes, entries
 * that are not age's stay unless `dropped` names them, and nothing else changes but the binding: not values, MAC or
 * `lastmodified`. A target that `dropped` names gets a new entry for its old one.
 * Whoever is left out still knows the data key; `rotate` is for taking access away.
 */
export async function rewrap(
    document: Document,
    dataKey: Buffer,
    targets: readonly Target[],
    dropped: ReadonlySet<string> = new Set(),
    bind?: Binder,
): Promise<Buffer> {
    const entries = await rewrapped(document, dataKey, targets, dropped)
    const metadata = editMetadata(document.metadata.block, {
        entries,
        binding: bindingBy(bind, dataKey, entries),
    })
    return encode(document.codec.splice(document.source, document.parsed, { metadata }))
}

/** The document without the entries of these recipients: whoever of them is a target then gets a new one. */
export function withoutEntries(document: Document, ids: readonly string[]): Document {
    const names = new Set(ids.map(boundId))
    const { metadata } = document
    const groups = metadata.groups.map((group) => group.filter(({ id }) => !names.has(boundId(id))))
    return { ...document, metadata: { ...metadata, groups } }
}

/** The entries that `rewrap` writes: those that stay, in their order, and the new ones where they belong among them. */
export async function rewrapped(
    document: Document,
    dataKey: Buffer,
    targets: readonly Target[],
    dropped: ReadonlySet<string>,
): Promise<KeyEntry[]> {
    const wanted = new Map(distinct(targets).map((target) => [target.id, target]))
    const kept = onlyGroup(document).filter(
        (entry) => !dropped.has(entry.id) && (entry.type !== "age" || wanted.has(entry.id)),
    )
    const present = new Set(kept.map((entry) => entry.id))
    const added = [...wanted.values()].filter((target) => !present.has(target.id))
    return inserted(kept, await Promise.all(added.map((target) => target.wrap(dataKey))))
}

/**
 * New entries for another data key, in the order of the file. Throws `SopsError` of problem "recipients" when an entry
 * that is not age's has no target and is not among `dropped`: it would silently lose access.
 */
export async function wrapAnew(
    document: Document,
    dataKey: Buffer,
    targets: readonly Target[],
    dropped: ReadonlySet<string>,
): Promise<KeyEntry[]> {
    const wanted = new Map(distinct(targets).map((target) => [target.id, target]))
    const lost = onlyGroup(document).filter(
        (entry) => entry.type !== "age" && !wanted.has(entry.id) && !dropped.has(entry.id),
    )
    if (lost.length > 0)
        throw new SopsError(
            "recipients",
            `the new data key cannot be encrypted to ${lost.map((entry) => entry.id).join(", ")}`,
        )

    const kept = [...new Set(onlyGroup(document).map((entry) => entry.id))].flatMap(
        (id) => wanted.get(id) ?? [],
    )
    const added = [...wanted.values()].filter((target) => !kept.includes(target))
    return Promise.all(inserted(kept, added).map((target) => target.wrap(dataKey)))
}

/**
 * The old ones in their order, each new one before the first that comes after it by name. Files that are in order stay
 * so: the same readers are the same lines, whatever the way there (docs/clan-contract.md#defects, D15).
 */
function inserted<T extends { readonly id: string }>(old: readonly T[], added: readonly T[]): T[] {
    const all = [...old]
    for (const each of added) {
        const at = all.findIndex(({ id }) => id > each.id)
        all.splice(at === -1 ? all.length : at, 0, each)
    }
    return all
}
