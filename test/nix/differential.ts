// Compares what two evaluations made of a configuration, place by place.

import * as z from "zod"

/** A place where the two differ: what only theirs has, and what only ours has. */
export interface Difference {
    readonly place: string
    readonly theirs: readonly string[]
    readonly ours: readonly string[]
}

const result = z.record(z.string(), z.json())
const pair = z.strictObject({ ours: result, theirs: result })
const system = z.record(z.string(), pair)
export const differentialSchema = z.strictObject({
    nixos: system,
    "home-manager": system,
    "nix-darwin": system,
})

export type Pair = z.infer<typeof pair>

/** Every difference between the two, in the order of their places. */
export function differences(both: Pair): readonly Difference[] {
    const theirs = flat(both.theirs)
    const ours = flat(both.ours)
    return [...new Set([...theirs.keys(), ...ours.keys()])].toSorted().flatMap((place) => {
        const before = theirs.get(place) ?? new Set()
        const after = ours.get(place) ?? new Set()
        const lost = [...before].filter((value) => !after.has(value))
        const gained = [...after].filter((value) => !before.has(value))
        return lost.length + gained.length === 0 ? [] : [{ place, theirs: lost, ours: gained }]
    })
}

/** Values by their place: a list is many values at one place, and so is a setting of a unit that lists names. */
function flat(value: Pair["ours"]): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>()
    const put = (place: string, text: string): void => {
        found.set(place, (found.get(place) ?? new Set()).add(text))
    }
    const walk = (node: z.core.util.JSONType, place: string): void => {
        if (Array.isArray(node) && node.some((item) => typeof item === "object" && item !== null)) {
            for (const item of node) walk(item, `${place}.${nameOf(item)}`)
        } else if (Array.isArray(node)) {
            for (const item of node) put(place, JSON.stringify(item))
        } else if (typeof node === "object" && node !== null) {
            for (const [key, item] of Object.entries(node)) walk(item, place === "" ? key : `${place}.${key}`)
        } else if (typeof node === "string" && place.startsWith("units.texts.")) {
            for (const [setting, word] of settings(node)) put(`${place}.${setting}`, word)
        } else {
            put(place, JSON.stringify(node))
        }
    }
    walk(value, "")
    return found
}

/** Entries of a list are told apart by their names, and links by all they say. */
function nameOf(item: z.core.util.JSONType): string {
    const named = z.looseObject({ name: z.string(), directory: z.string().optional() }).safeParse(item)
    if (!named.success) return "?"
    const { name, directory } = named.data
    return directory === undefined ? name : `${directory}/${name}`
}

function settings(text: string): [string, string][] {
    return text.split("\n").flatMap((line): [string, string][] => {
        const [, key, value] = /^(\w+)=(.*)$/u.exec(line) ?? []
        if (key === undefined || value === undefined) return []
        const list = /^(?:After|Before|Wants|Requires|Conflicts)$/u.test(key)
        return (list ? value.split(" ") : [value]).map((word) => [key, word])
    })
}
