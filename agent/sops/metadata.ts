// The sops block as it is read: loosely typed (numbers as strings, null for an empty list, one entry for a list of
// one, any order, fields in any case), because writers since 3.7 differ (docs/sops-rules.md#metadata).
import * as z from "zod/mini"
import { SopsError } from "./error.ts"
import { keyTypes, readEntry } from "./key-entry.ts"
import type { KeyEntry, KeyType } from "./key-entry.ts"
import { defaultRule, selectionOptions } from "./selection.ts"
import type { SelectionRule } from "./selection.ts"
import { rfc3339 } from "./value/time.ts"
import type { Branch, Item, Value } from "./tree.ts"
import { count, fieldProblems, flag, plainOf, text } from "./value/weak.ts"

/** What a document says about its own encryption. Nothing here is authenticated. */
export interface Metadata {
    /** The block itself; edits of the metadata share its nodes. */
    readonly block: Branch
    /** Normally one. With more, each holds a share of the data key (Shamir), and `threshold` of them are needed. */
    readonly groups: readonly (readonly KeyEntry[])[]
    readonly threshold: number
    /** As written. */
    readonly lastModified: string
    /** What the MAC is bound to. */
    readonly macAad: string
    readonly mac: string
    readonly version: string
    readonly rule: SelectionRule
    readonly macOnlyEncrypted: boolean
}

const optionalText = z.prefault(text, "")
// Fields that are not known need no place here: they survive in the tree.
const schema = z.object({
    lastmodified: text,
    mac: optionalText,
    version: optionalText,
    shamir_threshold: z.prefault(count, 0),
    mac_only_encrypted: z.prefault(flag, false),
    unencrypted_suffix: optionalText,
    encrypted_suffix: optionalText,
    unencrypted_regex: optionalText,
    encrypted_regex: optionalText,
    unencrypted_comment_regex: optionalText,
    encrypted_comment_regex: optionalText,
})

const mostEntries = 1024

/** Reads the sops block of a document. Throws `SopsError` of problem "metadata". */
export function readMetadata(block: Branch): Metadata {
    const { data: fields, error } = schema.safeParse(plainOf(block))
    if (fields === undefined) throw new SopsError("metadata", `metadata: ${fieldProblems(error)}`)
    const macAad = rfc3339(fields.lastmodified)
    if (macAad === undefined)
        throw new SopsError("metadata", "metadata: lastmodified is not an RFC 3339 time")
    const groups = groupsOf(block)
    return {
        block,
        groups,
        threshold: thresholdOf(groups.length, fields.shamir_threshold),
        lastModified: fields.lastmodified,
        macAad,
        mac: fields.mac,
        version: fields.version,
        rule: ruleOf(fields),
        macOnlyEncrypted: fields.mac_only_encrypted,
    }
}

/** Key groups count only when there is no flat list of keys (docs/sops-rules.md#key-groups). */
function groupsOf(block: Branch): (readonly KeyEntry[])[] {
    const flat = entriesOf(block)
    if (flat.length > mostEntries) throw new SopsError("limit", `metadata: more than ${mostEntries} keys`)
    if (flat.length > 0) return [flat]
    const groups = listOf(block, "key_groups").map((group) => {
        if (group.kind !== "branch") throw new SopsError("metadata", "metadata: a key group is not a mapping")
        return entriesOf(group)
    })
    if (groups.every((group) => group.length === 0))
        throw new SopsError("metadata", "metadata: it is encrypted for nobody")
    if (groups.flat().length > mostEntries)
        throw new SopsError("limit", `metadata: more than ${mostEntries} keys`)
    if (groups.length > 255) throw new SopsError("metadata", "metadata: more than 255 key groups")
    return groups
}

function entriesOf(branch: Branch): KeyEntry[] {
    return keyTypes.flatMap((type: KeyType) => listOf(branch, type).map((node) => readEntry(type, node)))
}

/** The elements under a key; none for nothing or null, and a lone mapping counts as a list of one. */
function listOf(branch: Branch, key: string): readonly Value[] {
    const [found, ...twins] = branch.items.filter(
        (item): item is Item => item.kind === "item" && item.key.toLowerCase() === key,
    )
    // Readers differ in which of two they take.
    if (twins.length > 0) throw new SopsError("metadata", "metadata: a field occurs twice")
    const value = found?.value
    if (value === undefined || (value.kind === "leaf" && value.scalar.kind === "null")) return []
    if (value.kind === "branch") return [value]
    if (value.kind === "list") return value.items.filter((item) => item.kind !== "comment")
    throw new SopsError("metadata", `metadata: ${key} is not a list`)
}

function thresholdOf(groups: number, given: number): number {
    if (groups === 1) return 1
    const threshold = given === 0 ? groups : given
    if (threshold < 2 || threshold > groups)
        throw new SopsError("metadata", "metadata: shamir_threshold does not fit the number of key groups")
    return threshold
}

function ruleOf(fields: z.infer<typeof schema>): SelectionRule {
    const given = selectionOptions.filter((option) => fields[option] !== "")
    const [option] = given
    if (given.length > 1) throw new SopsError("metadata", `metadata: both ${given.join(" and ")} are given`)
    return option === undefined ? defaultRule : { option, pattern: fields[option] }
}
