// Whose a key in a `.sops.yaml` is: nothing in the format says it, so people say it by anchors, keys and comments.

import type { YamlNode } from "../yaml/node.ts"
import { canonicalRecipient } from "../../age/canonical.ts"
import { entriesOf, meant } from "./nodes.ts"
import { recipientId, recipientNodes } from "./recipients.ts"

/** A key with all that the configuration says of it. */
export interface ConfigKey {
    /** As in files (`KeyEntry.id`). */
    readonly recipient: string
    /** As it stands there: an SSH key with its comment. */
    readonly written: string
    /** What it is called, by an anchor, the key of a mapping, a comment of its own, or the comment of an SSH key. */
    readonly name: string | undefined
    /** The anchors and keys that it stands below, outermost first: `users`, `hosts`. */
    readonly within: readonly string[]
    /** Where the text begins that names it. */
    readonly place: number
    /** Whether a rule uses it. */
    readonly used: boolean
}

/**
 * The keys of a configuration in the order in which they stand, each once: those that stand outside of the rules, and
 * those that a rule alone knows. `rules` are the nodes of the creation rules.
 */
export function keysOf(root: YamlNode, rules: readonly YamlNode[], source: string): readonly ConfigKey[] {
    const places: Place[] = []
    for (const { key, value } of entriesOf(root))
        if (key !== "creation_rules" && key !== "destination_rules" && key !== "stores")
            collect(value, [], key, places)
    const outside = places.length
    for (const rule of rules)
        for (const node of recipientNodes(rule, source)) places.push({ node, within: [], key: "" })

    const comments = new Map<string, number>()
    for (const { node } of places) {
        const text = commentOf(node, source)
        if (text !== undefined) comments.set(text, (comments.get(text) ?? 0) + 1)
    }
    const found = new Map<string, ConfigKey>()
    places.forEach((place, index) => {
        const own = commentOf(place.node, source)
        const comment = own !== undefined && comments.get(own) === 1 ? own : undefined
        for (const [recipient, written] of writtenAt(place.node)) {
            const known = found.get(recipient)
            const key = { written, ...named(recipient, place, comment), used: index >= outside }
            if (known === undefined) found.set(recipient, key)
            else
                found.set(recipient, { ...known, name: known.name ?? key.name, used: known.used || key.used })
        }
    })
    return [...found.values()]
}

/** A scalar, the anchors and keys around it, and the key that it is the value of. */
interface Place {
    readonly node: YamlNode
    readonly within: readonly string[]
    readonly key: string
}

const deepest = 32
const kinds: ReadonlySet<string> = new Set(["age", "ssh", "pgp", "gpg"])

function collect(node: YamlNode, within: readonly string[], key: string, places: Place[]): void {
    if (node.kind === "alias" || within.length > deepest) return
    if (node.kind === "scalar") {
        places.push({ node, within, key: within.length === 0 && key === "keys" ? "" : key })
        return
    }
    const inside = [...within, ...(node.anchor === "" ? [] : [node.anchor])]
    if (node.kind === "seq") {
        const below = key === "" || (within.length === 0 && key === "keys") ? inside : [...inside, key]
        for (const item of node.items) collect(item, below, "", places)
        return
    }
    const below = key === "" || key === "keys" ? inside : [...inside, key]
    // `- &users:` with a list below it is a mapping with an empty key that has an anchor.
    for (const { key: name, keyNode, value } of entriesOf(node)) {
        const label = name === "" ? keyNode.anchor : name
        // `alice: {age: …, pgp: …}`: what kind of key it is says nothing of whose it is.
        if (value.kind === "scalar" && key !== "" && kinds.has(label))
            places.push({ node: value, within: inside, key })
        else if (value.kind === "scalar") places.push({ node: value, within: below, key: label })
        else collect(value, below, label, places)
    }
}

function named(
    recipient: string,
    { node, within, key }: Place,
    comment: string | undefined,
): Omit<ConfigKey, "used" | "written"> {
    const written = meant(node)
    const place = written.start
    const anchor = written.anchor === "" ? undefined : written.anchor
    const ssh = recipient.startsWith("ssh-") ? written.value.trim().split(/\s+/u).slice(2).join(" ") : ""
    return { recipient, within, place, name: anchor ?? (key || comment || ssh || undefined) }
}

/** What stands behind a scalar on its line, if it reads as a name. */
function commentOf(node: YamlNode, source: string): string | undefined {
    const [line] = node.line
    const text = line === undefined ? "" : source.slice(line.start, line.end).trim()
    return /^[\w][\w@.+ -]{0,62}$/u.test(text) ? text : undefined
}

/** The keys that a scalar holds, if that is what it holds: a list with commas may hold several. */
export function recipientsAt(node: YamlNode): readonly string[] {
    return writtenAt(node).map(([recipient]) => recipient)
}

/** The same, each with what is written. */
function writtenAt(node: YamlNode): readonly (readonly [recipient: string, written: string])[] {
    return meant(node)
        .value.split(",")
        .flatMap((part) => {
            const recipient = recipientIn(part)
            return recipient === undefined ? [] : [[recipient, part.trim()] as const]
        })
}

/** The key that a text is, named as in files. */
export function recipientIn(text: string): string | undefined {
    const part = text.trim()
    if (/^(?:age1[0-9a-z]+|ssh-(?:ed25519|rsa) \S+.*)$/u.test(part)) return canonicalRecipient(part)
    const fingerprint = part.replaceAll(/\s/gu, "")
    if (/^(?:0x)?(?:[0-9A-F]{16}|[0-9A-F]{40}|[0-9A-F]{64})$/iu.test(fingerprint))
        return recipientId("pgp", fingerprint.replace(/^0x/iu, ""))
    return undefined
}
