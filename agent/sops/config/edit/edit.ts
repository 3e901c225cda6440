// Changes of a configuration in the text that somebody wrote. The result is read again, and has to say what was wanted and
// nothing else: another key, rule or finding means that the text was not understood, and then nothing is changed.

import { readConfig } from "../config.ts"
import type { Config } from "../config.ts"
import { recipientIn } from "../keys.ts"
import { meant } from "../nodes.ts"
import { Draft, fieldOf, layoutOf, mentionsOf } from "./draft.ts"
import type { Definition, Layout } from "./draft.ts"
import { keysOfRule, sourcesOf } from "./mentions.ts"
import { Unedited } from "./unedited.ts"

/** What is to be changed; rules are counted from 0, keys named as in files. */
export interface Wish {
    /** Keys that get a name. */
    readonly define?: Definition
    /** Keys for rules. */
    readonly admit?: { readonly rules: readonly number[]; readonly keys: readonly string[] }
    /** Keys that one who has these gets in addition, wherever these are written. */
    readonly extend?: { readonly keys: readonly string[]; readonly by: readonly string[] }
    /** Keys that are taken out of rules, or of the whole. */
    readonly dismiss?: {
        readonly rules?: readonly number[]
        readonly keys: readonly string[]
        readonly name: string
    }
}

/** A text with the wish fulfilled, and what it says. Throws `Unedited`, and `SopsError` for a text that sops would refuse. */
export function editConfig(source: string, wish: Wish): { readonly source: string; readonly config: Config } {
    const before = readConfig(source)
    const wanted = wantedAfter(source, before, wish)
    const draft = new Draft(source)
    const { define, admit, extend, dismiss } = wish
    if (define !== undefined) draft.define(define)
    for (const rule of admit?.rules ?? [])
        for (const key of admit?.keys ?? [])
            if (!keysIn(readConfig(draft.source), rule).has(key)) draft.admit(rule, key)
    for (const key of extend?.by ?? []) draft.extend(extend?.keys ?? [], key)
    if (dismiss !== undefined) draft.dismiss(dismiss.rules, dismiss.keys, dismiss.name)
    const config = readConfig(draft.source)
    if (!saysAll(config, wanted)) throw new Unedited(0, source)
    return { source: draft.source, config }
}

/** What a configuration is to say. */
interface Wanted {
    readonly before: Config
    /** The keys of each rule. */
    readonly rules: readonly ReadonlySet<string>[]
    /** The name of each key, if it has one. */
    readonly names: ReadonlyMap<string, string | undefined>
}

/** What a configuration says once a wish is fulfilled. */
function wantedAfter(source: string, before: Config, { define, admit, extend, dismiss }: Wish): Wanted {
    const layout = layoutOf(source)
    const rules = before.rules.map((_, number) => new Set(keysIn(before, number)))
    const names = new Map(before.keys.map(({ recipient, name }) => [recipient, name]))
    for (const part of define?.text.split(",") ?? []) names.set(recipientIn(part) ?? part, define?.name)
    for (const key of admit?.keys ?? []) {
        if (!names.has(key)) names.set(key, undefined)
        for (const number of admit?.rules ?? [])
            if (rules[number]?.has(key) === false)
                for (const other of sharing(layout, number, key, source)) rules[other]?.add(key)
    }
    for (const text of extend?.by ?? []) {
        const [key, old] = [recipientIn(text) ?? text, extend?.keys ?? []]
        names.set(key, names.get(old[0] ?? ""))
        for (const rule of rules) if (old.some((each) => rule.has(each))) rule.add(key)
    }
    if (dismiss !== undefined) {
        const { keys } = dismiss
        const chosen = new Set(mentionsOf(layout, dismiss.rules, keys, source))
        layout.rules.forEach((rule, number) => {
            const left = mentionsOf(layout, [number], keys, source).filter((each) => !chosen.has(each))
            const stay = new Set(left.flatMap(({ recipients }) => recipients))
            const isGone = (key: string): boolean =>
                keys.includes(key) && (dismiss.rules === undefined || !stay.has(key))
            const old = rules[number] ?? new Set()
            const next = new Set([...old].filter((key) => !isGone(key)))
            if (next.size === 0 && old.size > 0)
                throw new Unedited(rule.start, source, "has a rule that would name nobody any more")
            rules[number] = next
        })
        if (dismiss.rules === undefined) for (const key of keys) names.delete(key)
    }
    const used = new Set(rules.flatMap((rule) => [...rule]))
    const outside = new Set(
        layout.mentions.filter(({ inRules }) => !inRules).flatMap(({ recipients }) => recipients),
    )
    // A key that stood in the rules alone is known no longer.
    for (const key of dismiss?.keys ?? []) if (!used.has(key) && !outside.has(key)) names.delete(key)
    return { before, rules, names }
}

/** The rules that get a key with this one, because they take their keys from the same list. */
function sharing({ rules }: Layout, number: number, key: string, source: string): readonly number[] {
    const rule = rules[number]
    const keys = rule && keysOfRule(rule, source)
    if (keys === undefined) throw new Unedited(rule?.start ?? 0, source)
    const value = keys.fields.get(fieldOf(key))
    return rules.flatMap((other, index) => {
        if (index === number) return [index]
        if (value !== undefined && meant(value).kind === "seq")
            return sourcesOf(other, source).has(meant(value)) ? [index] : []
        const theirs = keysOfRule(other, source)
        const isSame =
            value === undefined ? theirs?.map === keys.map : theirs?.fields.get(fieldOf(key)) === value
        return isSame ? [index] : []
    })
}

function keysIn({ rules }: Config, number: number): ReadonlySet<string> {
    return new Set(rules[number]?.groups.flat())
}

/** Whether a configuration says what is wanted. A key without a name may get one, when others lose the same comment. */
function saysAll(after: Config, { before, rules, names }: Wanted): boolean {
    const said = (each: Config, keys: readonly ReadonlySet<string>[]): string =>
        JSON.stringify([
            each.findings.map(({ message }) => message).toSorted(),
            each.rules.map(({ pattern, groups, selection, macOnlyEncrypted }, number) => [
                pattern,
                groups.length,
                [...(keys[number] ?? [])].toSorted(),
                selection,
                macOnlyEncrypted,
            ]),
        ])
    const own = after.rules.map((_, number) => keysIn(after, number))
    return (
        said(after, own) === said(before, rules) &&
        after.keys.length === names.size &&
        after.keys.every(
            ({ recipient, name }) => names.has(recipient) && [name, undefined].includes(names.get(recipient)),
        )
    )
}
