// Where keys are written in a configuration. Aliases are not followed: each place in the text is found once, however many
// rules it serves.

import type { YamlNode } from "../../yaml/node.ts"
import { recipientsAt } from "../keys.ts"
import { fieldsOf, isNothing, meant } from "../nodes.ts"
import { recipientFields } from "../recipients.ts"

/** An element of a list, or the value of an entry of a mapping: `index` counts the items of the node that it is in. */
export interface Place {
    readonly parent: YamlNode
    readonly index: number
}

/** A scalar or an alias that stands for keys: one, or several between commas. */
export interface Mention extends Place {
    readonly node: YamlNode
    readonly recipients: readonly string[]
    /** Whether it stands within the rules. */
    readonly inRules: boolean
}

/** All mentions in the order of the text, and where each collection stands. */
export interface Written {
    readonly mentions: readonly Mention[]
    readonly places: ReadonlyMap<YamlNode, Place>
    /** What each anchor names. */
    readonly anchors: ReadonlyMap<string, YamlNode>
}

const deepest = 64

/** Goes through the text of a configuration. */
export function writtenIn(root: YamlNode): Written {
    const mentions: Mention[] = []
    const places = new Map<YamlNode, Place>()
    const anchors = new Map<string, YamlNode>()
    const visit = (node: YamlNode, inRules: boolean, depth: number): void => {
        if (depth > deepest) return
        node.items.forEach((item, index) => {
            if (item.anchor !== "") anchors.set(item.anchor, item)
            const isKey = node.kind === "map" && index % 2 === 0
            if (isKey) return
            const key = node.kind === "map" ? (node.items[index - 1]?.value ?? "") : ""
            const isRule =
                inRules || (depth === 0 && (key === "creation_rules" || key === "destination_rules"))
            if (depth === 0 && key === "stores") return
            if (item.kind === "map" || item.kind === "seq") {
                places.set(item, { parent: node, index })
                visit(item, isRule, depth + 1)
                return
            }
            const recipients = meant(item).kind === "scalar" ? recipientsAt(item) : []
            if (recipients.length > 0)
                mentions.push({ node: item, parent: node, index, recipients, inRules: isRule })
        })
    }
    visit(root, false, 0)
    return { mentions, places, anchors }
}

/** The fields of a rule that name its keys: its own, or those of its only key group. */
export interface RuleKeys {
    /** The mapping that they stand in. */
    readonly map: YamlNode
    readonly fields: ReadonlyMap<string, YamlNode>
    /** Whether they are those of a key group, where every field has to be a list. */
    readonly isGroup: boolean
}

/** Where a rule names its keys; undefined where it has several key groups, merges some, or is no such thing. */
export function keysOfRule(rule: YamlNode, source: string): RuleKeys | undefined {
    if (meant(rule).kind !== "map") return undefined
    const own = fieldsOf(rule, source)
    const groups = own.get("key_groups")
    if (groups === undefined || isNothing(groups)) return { map: meant(rule), fields: own, isGroup: false }
    const [group, ...others] = meant(groups).items
    if (meant(groups).kind !== "seq" || group === undefined || others.length > 0) return undefined
    if (meant(group).kind !== "map") return undefined
    const fields = fieldsOf(group, source)
    return fields.has("merge") ? undefined : { map: meant(group), fields, isGroup: true }
}

/** What a rule takes its keys from: lists and texts, wherever they are written. */
export function sourcesOf(rule: YamlNode, source: string): ReadonlySet<YamlNode> {
    const found = new Set<YamlNode>()
    const visit = (node: YamlNode, depth: number): void => {
        if (meant(node).kind !== "map" || depth > deepest) return
        const fields = fieldsOf(node, source)
        for (const name of recipientFields) {
            const value = fields.get(name)
            if (value !== undefined) found.add(meant(value))
        }
        for (const name of ["key_groups", "merge"])
            for (const each of meant(fields.get(name) ?? node).items)
                if (fields.has(name)) visit(each, depth + 1)
    }
    visit(rule, 0)
    return found
}
