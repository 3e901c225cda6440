// A configuration while it is changed. Each step is one small edit of the text, which is read again after it: what stands
// where is never carried on from one step to the next.

import { changed, eolOf } from "../../change.ts"
import type { TextChange } from "../../change.ts"
import { SopsError } from "../../error.ts"
import type { YamlNode } from "../../yaml/node.ts"
import { parseYaml } from "../../yaml/parse.ts"
import { recipientIn } from "../keys.ts"
import { entriesOf, fieldsOf, isNothing, meant } from "../nodes.ts"
import { keysOfRule, sourcesOf, writtenIn } from "./mentions.ts"
import type { Mention, Place, Written } from "./mentions.ts"
import { above, behind, without, withoutPart, withPart } from "./text.ts"
import { Unedited } from "./unedited.ts"

/** A name for keys of one kind. */
export interface Definition {
    readonly name: string
    /** As they are to be written: several between commas. */
    readonly text: string
    /** Recipients of those whom it belongs beside, the best first. */
    readonly beside: readonly string[]
}

/** What a text says, as far as edits go. */
export interface Layout extends Written {
    readonly root: YamlNode
    readonly rules: readonly YamlNode[]
}

/** Reads a text. Throws `SopsError` for one that makes no sense. */
export function layoutOf(source: string): Layout {
    const [document] = parseYaml(source).documents
    if (document === undefined) throw new SopsError("syntax", "the configuration is empty")
    const { root } = document
    const list = meant(root).kind === "map" ? fieldsOf(root, source).get("creation_rules") : undefined
    const rules = list === undefined ? [] : meant(list).items.filter((rule) => meant(rule).kind === "map")
    return { root, rules, ...writtenIn(meant(root)) }
}

/** The kinds of keys that rules name, and that one can be put in by a name. */
export type Field = "age" | "pgp"

/** The field for a recipient. */
export function fieldOf(recipient: string): Field {
    return recipient.startsWith("pgp:") ? "pgp" : "age"
}

/** Whether a rule takes a mention as it is written there: as an element of its lists, or as the whole of a field. */
export function takes(rule: YamlNode, { parent, node }: Mention, source: string): boolean {
    const fields = keysOfRule(rule, source)?.fields
    return sourcesOf(rule, source).has(parent) || [...(fields?.values() ?? [])].includes(node)
}

/** A text that is changed. */
export class Draft {
    source: string

    constructor(source: string) {
        this.source = source
    }

    /** Names a key: beside its like, at the end of `keys`, or in a new `keys` in front of the rules. */
    define({ name, text, beside }: Definition): void {
        const { root, rules, mentions, places, anchors } = layoutOf(this.source)
        const taken = anchors.get(name)
        if (taken !== undefined)
            throw new Unedited(taken.outer, this.source, "has something of this name already")
        const used = new Set(rules.flatMap((rule) => [...sourcesOf(rule, this.source)]))
        const free = mentions.filter(
            ({ node, parent, inRules }) => !inRules && node.kind === "scalar" && !used.has(parent),
        )
        const found = beside.flatMap(
            (each) => free.findLast(({ recipients }) => recipients.includes(each)) ?? [],
        )
        const fields = entriesOf(root)
        const keys = fields.find(({ key }) => key === "keys")?.value
        const list = keys && meant(keys)
        const like = found[0] ?? (list?.kind === "seq" ? undefined : free.at(-1))
        if (like !== undefined) {
            const { parent, index, node } = like
            const up = places.get(parent)
            const anchor = node.anchor === "" && parent.kind === "map" ? "" : `&${name} `
            const value = `${anchor}${quotedAs(node, text)}`
            if (parent.kind === "seq") return this.#change(behind(this.source, parent, index, value), like)
            const entry = `${name}: ${value}`
            // A list of mappings with one name each.
            if (parent.items.length === 2 && up?.parent.kind === "seq")
                return this.#change(behind(this.source, up.parent, up.index, entry), like)
            return this.#change(behind(this.source, parent, index, entry), like)
        }
        const line = `&${name} ${text}`
        if (list?.kind === "seq" && !used.has(list)) {
            const last = list.items.length - 1
            return this.#change(behind(this.source, list, last, line), { parent: list, index: last })
        }
        const first = fields.find(({ key }) => key === "creation_rules")
        if (keys !== undefined || first === undefined) throw new Unedited(root.start, this.source)
        this.#change(above(this.source, first.keyNode, ["keys:", `  - ${line}`]), { parent: root, index: 0 })
    }

    /** Adds a key to a rule. */
    admit(rule: number, recipient: string): void {
        const { rules, mentions, anchors } = layoutOf(this.source)
        const node = rules[rule]
        const keys = node && keysOfRule(node, this.source)
        if (node === undefined || keys === undefined) throw new Unedited(node?.start ?? 0, this.source)
        const field = fieldOf(recipient)
        const value = keys.fields.get(field)
        const definition = mentions.find(
            (each) => !each.inRules && each.node.kind === "scalar" && each.recipients.includes(recipient),
        )?.node
        const raw = wordFor(recipient, mentions)
        const word = (at: number): string =>
            definition !== undefined && anchors.get(definition.anchor) === definition && definition.end <= at
                ? `*${definition.anchor}`
                : raw
        if (value === undefined || isNothing(value)) {
            if (value !== undefined) throw new Unedited(value.start, this.source)
            const { map, isGroup } = keys
            const index = map.items.length - 1
            const text = this.#newField(map, field, isGroup ? word(map.end) : raw, isGroup)
            return this.#change(behind(this.source, map, index, text), { parent: map, index })
        }
        const list = meant(value)
        if (list.kind === "seq") {
            const index = list.items.length - 1
            const text = word(list.start)
            return this.#change(behind(this.source, list, index, text), { parent: list, index })
        }
        if (keys.isGroup || list.kind !== "scalar") throw new Unedited(value.start, this.source)
        const change: TextChange =
            value.kind === "alias"
                ? { start: value.start, end: value.end, text: `[*${value.value}, ${word(value.start)}]` }
                : withPart(this.source, value, raw, keys.map.flow)
        this.#change(change, { parent: keys.map, index: 1 })
    }

    /** Takes keys out of rules, or of the whole configuration. `name` is what they are called. */
    dismiss(rules: readonly number[] | undefined, recipients: readonly string[], name: string): void {
        for (let left = this.#size(); ; left--) {
            const layout = layoutOf(this.source)
            const chosen = mentionsOf(layout, rules, recipients, this.source).findLast(
                (each) => rules !== undefined || !isOfOthers(each, recipients),
            )
            if (chosen === undefined) return
            const { node } = chosen
            if (left === 0) throw new Unedited(node.start, this.source)
            if (chosen.recipients.every((each) => recipients.includes(each)))
                this.#removed(chosen, layout, name)
            else if (node.kind === "scalar") {
                const parts = node.value.split(",").filter((part) => part.trim() !== "")
                const index = parts.findIndex((part) => recipients.includes(recipientIn(part) ?? ""))
                this.#change(withoutPart(this.source, node, index), chosen)
            } else throw new Unedited(node.start, this.source)
        }
    }

    /** Writes a key beside those that are there, wherever they are written. */
    extend(recipients: readonly string[], key: string): void {
        const recipient = recipientIn(key)
        for (let left = this.#size(); ; left--) {
            const { mentions } = layoutOf(this.source)
            const chosen = mentions.findLast(
                (each) =>
                    each.node.kind === "scalar" &&
                    each.recipients.some((one) => recipients.includes(one)) &&
                    !each.recipients.some((one) => one === recipient),
            )
            if (chosen === undefined) return
            const { node, parent } = chosen
            if (left === 0) throw new Unedited(node.start, this.source)
            this.#change(withPart(this.source, node, key, parent.flow), chosen)
        }
    }

    /** Of the keys in the text, each time: no more steps than that have anything to do. */
    #size(): number {
        return layoutOf(this.source).mentions.reduce((sum, { recipients }) => sum + recipients.length, 0)
    }

    #removed(chosen: Mention, { mentions, places }: Layout, name: string): void {
        const changes: TextChange[] = []
        // Who is named here may be meant by other rules: the first of those has the name from now on.
        const heir = mentions.find(({ node }) => node.kind === "alias" && node.target === chosen.node)?.node
        if (heir !== undefined)
            changes.push({
                start: heir.start,
                end: heir.end,
                text: this.source.slice(chosen.node.outer, chosen.node.end),
            })
        let place: Place = chosen
        // What would be empty goes with it.
        while (place.parent.items.length === (place.parent.kind === "map" ? 2 : 1)) {
            const up = places.get(place.parent)
            if (up === undefined) break
            place = up
        }
        changes.push(without(this.source, place.parent, place.index, name))
        this.#change(changes, chosen)
    }

    #newField(map: YamlNode, field: Field, word: string, isGroup: boolean): string {
        const lists = entriesOf(map).map(({ value }) => value)
        const list = lists.findLast((each) => each.kind === "seq" && !each.flow)
        const mark = list?.marks[0]
        if (list === undefined || mark === undefined || map.flow)
            return `${field}: ${isGroup ? `[${word}]` : word}`
        const line = this.source.lastIndexOf("\n", mark) + 1
        return `${field}:${eolOf(this.source)}${this.source.slice(line, mark)}- ${word}`
    }

    /** Makes an edit, if the text can be read afterwards. */
    #change(change: TextChange | readonly TextChange[], { parent, index }: Place): void {
        const at = parent.items[index]?.start ?? parent.start
        try {
            const next = changed(this.source, "text" in change ? [change] : change)
            layoutOf(next)
            this.source = next
        } catch (error) {
            if (error instanceof SopsError) throw new Unedited(at, this.source)
            throw error
        }
    }
}

/** A key as it is written elsewhere, an SSH key with its comment. */
function wordFor(recipient: string, mentions: readonly Mention[]): string {
    const scalar = mentions.find(
        ({ node, recipients }) => node.kind === "scalar" && recipients.includes(recipient),
    )
    const written = scalar?.node.value.split(",").find((part) => recipientIn(part) === recipient)
    return written?.trim() ?? recipient.replace(/^pgp:/u, "")
}

/** Where these keys are written in these rules, or anywhere. */
export function mentionsOf(
    { mentions, rules }: Layout,
    numbers: readonly number[] | undefined,
    recipients: readonly string[],
    source: string,
): readonly Mention[] {
    const nodes = numbers?.flatMap((number) => rules[number] ?? [])
    return mentions.filter(
        (each) =>
            each.recipients.some((one) => recipients.includes(one)) &&
            (nodes === undefined || nodes.some((rule) => takes(rule, each, source))),
    )
}

/** An alias of a text in which others are, too: what it stands for is changed where that is written. */
function isOfOthers({ node, recipients }: Mention, gone: readonly string[]): boolean {
    return node.kind === "alias" && recipients.some((each) => !gone.includes(each))
}

function quotedAs({ style }: YamlNode, text: string): string {
    if (style === "double") return `"${text}"`
    return style === "single" ? `'${text}'` : text
}
