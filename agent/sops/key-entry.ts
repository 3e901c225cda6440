import { canonicalRecipient } from "../age/canonical.ts"
import * as z from "zod/mini"
import { SopsError } from "./error.ts"
import type { Branch, Leaf, Value } from "./tree.ts"
import { fieldProblems, plainOf, text } from "./value/weak.ts"

/** The lists of keys in metadata, in the order in which they are tried. */
export const keyTypes = ["age", "pgp", "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault"] as const
export type KeyType = (typeof keyTypes)[number]

/** The data key, or a share of it, encrypted to one recipient. */
export interface KeyEntry {
    readonly type: KeyType
    /**
     * Who can decrypt it. For age the recipient as it is compared everywhere (without the comment of an SSH key);
     * for others the type and what names the key: `pgp:FINGERPRINT`, `kms:ARN`.
     */
    readonly id: string
    /** The encrypted data key; armoured for age and pgp. */
    readonly enc: string
    /** The entry in the metadata tree. An entry that is passed on keeps its text, unknown fields included. */
    readonly node: Branch
}

const optional = z.prefault(text, "")
type Fields = z.ZodMiniObject<Record<string, typeof text | typeof optional>>

// A boot opens files for age, in the form that `usualFields` knows: each of these is made when one is met.
const fieldsOf: Readonly<Record<KeyType, () => Fields>> = {
    age: () => z.object({ recipient: optional, enc: text }),
    pgp: () => z.object({ fp: text, enc: text }),
    kms: () => z.object({ arn: text, enc: text }),
    gcp_kms: () => z.object({ resource_id: text, enc: text }),
    hckms: () => z.object({ key_id: text, enc: text }),
    azure_kv: () => z.object({ vault_url: text, name: optional, version: optional, enc: text }),
    hc_vault: () => z.object({ vault_address: text, engine_path: optional, key_name: optional, enc: text }),
}

const made = new Map<KeyType, Fields>()

function schemaOf(type: KeyType): Fields {
    const schema = made.get(type) ?? fieldsOf[type]()
    made.set(type, schema)
    return schema
}

/** Reads an entry. Throws `SopsError` of problem "metadata". */
export function readEntry(type: KeyType, node: Value): KeyEntry {
    if (node.kind !== "branch")
        throw new SopsError("metadata", `metadata: an entry of ${type} is not a mapping`)
    const usual = type === "age" ? usualFields(node) : undefined
    if (usual !== undefined) return { type, id: canonicalRecipient(usual.recipient), enc: usual.enc, node }
    const schema = schemaOf(type)
    const { data: fields, error } = schema.safeParse(plainOf(node))
    if (fields === undefined)
        throw new SopsError("metadata", `metadata: an entry of ${type}: ${fieldProblems(error)}`)
    const names = Object.keys(schema.def.shape).filter((name) => name !== "enc")
    const name = names
        .map((field) => fields[field])
        .filter((part) => part !== "")
        .join("/")
    return {
        type,
        id: type === "age" ? canonicalRecipient(name) : `${type}:${name}`,
        enc: `${fields["enc"]}`,
        node,
    }
}

/** What nearly every entry for age is, and a large repository has ten thousand of them: two texts, called just so. */
function usualFields({ items }: Branch): { readonly recipient: string; readonly enc: string } | undefined {
    const [enc, recipient] = [textOf(items, "enc"), textOf(items, "recipient")]
    if (items.length !== 2 || enc === undefined || recipient === undefined) return undefined
    return { recipient, enc }
}

function textOf(items: Branch["items"], key: string): string | undefined {
    for (const item of items) {
        if (item.kind !== "item" || item.key !== key || item.value.kind !== "leaf") continue
        const { scalar } = item.value
        return scalar.kind === "str" && typeof scalar.value === "string" ? scalar.value : undefined
    }
    return undefined
}

/** A new entry with these fields: `enc` and, by type, `recipient`, `fp` and `created_at`, … */
export function keyEntry(type: KeyType, fields: Readonly<Record<string, string>>): KeyEntry {
    const items = Object.keys(fields)
        .toSorted()
        .map((key) => ({ kind: "item" as const, key, value: textLeaf(fields[key] ?? "") }))
    return readEntry(type, { kind: "branch", items })
}

/** A string in a tree that was not read but made. */
export function textLeaf(value: string): Leaf {
    return { kind: "leaf", scalar: { kind: "str", value } }
}
