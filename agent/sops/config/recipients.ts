// The recipients that a creation rule names.

import { canonicalRecipient } from "../../age/canonical.ts"
import type { YamlNode } from "../yaml/node.ts"
import { fieldsOf, isNothing, meant, problem } from "./nodes.ts"

/** The fields of a rule, or of a key group, that hold recipients. */
export const recipientFields = [
    "age",
    "pgp",
    "kms",
    "gcp_kms",
    "hckms",
    "azure_keyvault",
    "hc_vault_transit_uri",
    "hc_vault",
] as const

type Find = (node: YamlNode, message: string) => void

/**
 * The recipients of a rule by key group, named as in files. Where there are `key_groups`, sops reads over the flat
 * fields; there, a recipient that is given twice counts once. None at all for a rule that sops refuses when it comes to
 * it, which is a finding. Throws `SopsError` for key groups for which it refuses the whole configuration.
 */
export function groupsOf(
    rule: YamlNode,
    fields: ReadonlyMap<string, YamlNode>,
    source: string,
    find: Find,
): readonly (readonly string[])[] {
    const groups = fields.get("key_groups")
    const flat = recipientFields.filter((name) => fields.has(name))
    if (groups === undefined || isNothing(groups)) {
        const listed = flat.map((name) => flatList(name, fields.get(name), find))
        const all = listed.filter((each) => each !== undefined)
        if (all.length < listed.length) return []
        if (all.flat().length === 0) find(rule, "a creation rule names no key: sops refuses it")
        return [distinct(all.flat())]
    }
    if (flat.length > 0) find(rule, `sops reads over ${flat.join(", ")} beside key_groups`)
    if (meant(groups).kind !== "seq") throw problem("key_groups is not a list", groups, source)
    const found = meant(groups).items.map((group) => distinct(groupOf(group, source, 0)))
    if (found.flat().length === 0) find(rule, "a creation rule names no key: sops refuses it")
    return found
}

/** The nodes of all recipients below a rule, for who wants to know how they are written. */
export function recipientNodes(rule: YamlNode, source: string): readonly YamlNode[] {
    if (meant(rule).kind !== "map") return []
    const nodes: YamlNode[] = []
    const group = (fields: ReadonlyMap<string, YamlNode>, depth: number): void => {
        for (const name of recipientFields) {
            const node = fields.get(name)
            if (node === undefined) continue
            nodes.push(...(meant(node).kind === "seq" ? meant(node).items : [node]))
        }
        for (const name of ["key_groups", "merge"]) {
            const more = fields.get(name)
            if (more === undefined || depth > deepest) continue
            for (const each of meant(more).items)
                if (meant(each).kind === "map") group(fieldsOf(each, source), depth + 1)
        }
    }
    group(fieldsOf(rule, source), 0)
    return nodes.filter((node) => meant(node).kind === "scalar")
}

/** As deep as anybody would merge key groups. */
const deepest = 8

function groupOf(group: YamlNode, source: string, depth: number): readonly string[] {
    if (isNothing(group)) return []
    if (meant(group).kind !== "map") throw problem("a key group is not a mapping", group, source)
    const fields = fieldsOf(group, source)
    const own = recipientFields.flatMap((name) => groupList(name, fields.get(name), source))
    const merge = fields.get("merge")
    if (merge === undefined || isNothing(merge)) return own
    if (meant(merge).kind !== "seq" || depth >= deepest)
        throw problem("merge is not a list of key groups", merge, source)
    return [...own, ...meant(merge).items.flatMap((each) => groupOf(each, source, depth + 1))]
}

const inList = "holds a list in a list, which sops refuses: lists of keys cannot be put together by alias"

/** A list of strings. Cloud keys are written as mappings: they are told apart, and nothing more is asked of them. */
function groupList(name: string, node: YamlNode | undefined, source: string): readonly string[] {
    if (node === undefined || isNothing(node)) return []
    if (meant(node).kind !== "seq") throw problem(`${name} of a key group is not a list`, node, source)
    return meant(node).items.flatMap((item) => {
        if (isNothing(item)) return []
        const { kind, value } = meant(item)
        if (kind === "scalar") return split(name, value)
        if (kind === "map" && name !== "age" && name !== "pgp") return [`${name}:`]
        throw problem(kind === "map" ? `${name} holds a mapping` : `${name} ${inList}`, item, source)
    })
}

/** A string with commas, or a list of such strings; undefined for anything else. */
function flatList(name: string, node: YamlNode | undefined, find: Find): readonly string[] | undefined {
    if (node === undefined || isNothing(node)) return []
    const { kind, items, value } = meant(node)
    if (kind === "scalar") return split(name, value)
    const odd =
        kind === "map" ? node : items.find((item) => !isNothing(item) && meant(item).kind !== "scalar")
    if (odd === undefined)
        return items.flatMap((item) => (isNothing(item) ? [] : split(name, meant(item).value)))
    // Of the keys of a cloud it is known that some are there.
    if (name !== "age" && name !== "pgp") return [`${name}:`]
    find(odd, meant(odd).kind === "seq" ? `${name} ${inList}` : `${name} is not a list of keys`)
    return undefined
}

function split(name: string, text: string): readonly string[] {
    return text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "")
        .map((part) => recipientId(name, part))
}

/** What a key is called in a file. */
export function recipientId(field: string, text: string): string {
    if (field === "age") return canonicalRecipient(text)
    if (field === "pgp") return `pgp:${text.replaceAll(/\s/gu, "").toUpperCase()}`
    const kinds: Readonly<Record<string, string>> = {
        azure_keyvault: "azure_kv",
        hc_vault_transit_uri: "hc_vault",
    }
    return `${kinds[field] ?? field}:${text}`
}

function distinct(recipients: readonly string[]): readonly string[] {
    return [...new Set(recipients)]
}
