// Three versions of a document become one, value by value: what one side alone has changed is as that side has it.
// Comments never stand in the way: where both sides have changed them, those of both are there.

import { plainText } from "../value/scalar.ts"
import type { Branch, Comment, Item, List, Value } from "../tree.ts"

/** What became of it. Keys are as `valueIvs` has them. */
export interface MergedTrees {
    readonly documents: readonly Branch[]
    /** What both sides have changed in different ways: it is as ours have it. */
    readonly conflicts: readonly string[]
    /** What is as theirs have it, because ours have not changed it. */
    readonly taken: readonly string[]
}

/** Merges decrypted documents; `base` is what both come from, `undefined` when each side made the file by itself. */
export function mergeTrees(
    base: readonly Branch[] | undefined,
    ours: readonly Branch[],
    theirs: readonly Branch[],
): MergedTrees {
    const merge = new Merge()
    const isAlike = ours.length === theirs.length && (base?.length ?? ours.length) === ours.length
    const documents = isAlike
        ? ours.map((our, index) => {
              const path = index === 0 ? [] : [`[${index}]`]
              const result = merge.value(base?.[index], our, theirs[index], path)
              return result?.kind === "branch" ? result : our
          })
        : merge.whole(base, ours, theirs)
    return { documents, conflicts: merge.conflicts, taken: merge.taken }
}

class Merge {
    readonly conflicts: string[] = []
    readonly taken: string[] = []

    value(
        base: Value | undefined,
        ours: Value | undefined,
        theirs: Value | undefined,
        path: readonly string[],
    ): Value | undefined {
        if (isSame(ours, theirs) || isSame(base, theirs)) return ours
        if (isSame(base, ours)) {
            this.#take(base, theirs, path)
            return theirs
        }
        if (ours?.kind === "branch" && theirs?.kind === "branch") {
            const sides = [base?.kind === "branch" ? base : nothing, ours, theirs].map(partsOf)
            const [old, own, other] = sides
            if (old !== undefined && own !== undefined && other !== undefined)
                return this.#branch(old, own, other, path)
        }
        if (ours?.kind === "list" && theirs?.kind === "list" && base?.kind === "list") {
            const merged = this.#list(base, ours, theirs, path)
            if (merged !== undefined) return merged
        }
        this.conflicts.push(path.join("/"))
        return ours
    }

    /** Of files with another number of documents, one is taken whole. */
    whole(
        base: readonly Branch[] | undefined,
        ours: readonly Branch[],
        theirs: readonly Branch[],
    ): readonly Branch[] {
        const [old, own, other] = [base ?? [], ours, theirs].map((items): List => ({ kind: "list", items }))
        if (isSame(old, other)) return ours
        if (isSame(old, own)) {
            this.taken.push("")
            return theirs
        }
        this.conflicts.push("")
        return ours
    }

    /** Notes in which values they differ. */
    #take(ours: Value | undefined, theirs: Value | undefined, path: readonly string[]): void {
        if (isSame(ours, theirs)) return
        const [own, other] = [ours, theirs].map((side) =>
            side?.kind === "branch" ? partsOf(side) : undefined,
        )
        if (own === undefined || other === undefined) this.taken.push(path.join("/"))
        else
            for (const key of new Set([...own.entries.keys(), ...other.entries.keys()]))
                this.#take(own.entries.get(key)?.item.value, other.entries.get(key)?.item.value, [
                    ...path,
                    key,
                ])
    }

    #branch(base: Parts, ours: Parts, theirs: Parts, path: readonly string[]): Branch {
        const values = new Map<string, Value>()
        for (const key of new Set([...ours.entries.keys(), ...theirs.entries.keys()])) {
            const [old, own, other] = [base, ours, theirs].map(({ entries }) => entries.get(key)?.item.value)
            const value = this.value(old, own, other, [...path, key])
            if (value !== undefined) values.set(key, value)
        }
        const order = ordered([...ours.entries.keys()], [...theirs.entries.keys()]).filter((key) =>
            values.has(key),
        )
        const items = order.flatMap((key): readonly (Item | Comment)[] => {
            const value = values.get(key)
            if (value === undefined) return []
            const [old, own, other] = [base, ours, theirs].map(({ entries }) => entries.get(key))
            return [
                ...mergedComments(old?.before, own?.before, other?.before),
                { kind: "item", key, value },
                ...mergedComments(old?.behind, own?.behind, other?.behind),
            ]
        })
        return { kind: "branch", items: [...items, ...mergedComments(base.last, ours.last, theirs.last)] }
    }

    /** Lists of one length, element by element; undefined for others, in which nobody can tell which is which. */
    #list(base: List, ours: List, theirs: List, path: readonly string[]): List | undefined {
        const [old, own, other] = [base, ours, theirs].map(({ items }) =>
            items.filter((item) => item.kind !== "comment"),
        )
        if (old === undefined || own === undefined || other === undefined) return undefined
        if (old.length !== own.length || own.length !== other.length) return undefined
        let index = 0
        const items = ours.items.map((item) => {
            if (item.kind === "comment") return item
            const at = index++
            return this.value(old[at], item, other[at], [...path, `${at}`]) ?? item
        })
        return { kind: "list", items }
    }
}

const nothing: Branch = { kind: "branch", items: [] }

/** An entry with the comments above it, and those behind it on its line. */
interface Entry {
    readonly before: readonly Comment[]
    readonly item: Item
    readonly behind: Comment[]
}

interface Parts {
    readonly entries: ReadonlyMap<string, Entry>
    readonly last: readonly Comment[]
}

/** A mapping taken apart; undefined for one that has a key twice. */
function partsOf({ items }: Branch): Parts | undefined {
    const entries = new Map<string, Entry>()
    let before: Comment[] = []
    let previous: Entry | undefined
    for (const item of items) {
        if (item.kind === "comment") {
            if (item.inline && previous !== undefined && before.length === 0) previous.behind.push(item)
            else before.push(item)
            continue
        }
        if (entries.has(item.key)) return undefined
        previous = { before, item, behind: [] }
        entries.set(item.key, previous)
        before = []
    }
    return { entries, last: before }
}

/** The keys of both: each new one of theirs stands behind the one that it stands behind there. */
function ordered(ours: readonly string[], theirs: readonly string[]): readonly string[] {
    const all = [...ours]
    for (const [index, key] of theirs.entries()) {
        if (all.includes(key)) continue
        const previous = theirs[index - 1]
        all.splice(previous === undefined ? 0 : all.indexOf(previous) + 1, 0, key)
    }
    return all
}

function mergedComments(
    base: readonly Comment[] = [],
    ours: readonly Comment[] = [],
    theirs: readonly Comment[] = [],
): readonly Comment[] {
    const texts = (comments: readonly Comment[]) => comments.map(({ text }) => text)
    const isEqual = (some: readonly Comment[], others: readonly Comment[]): boolean =>
        texts(some).join("\n") === texts(others).join("\n")
    if (isEqual(base, theirs)) return ours
    if (isEqual(base, ours)) return theirs
    const known = new Set([...texts(ours), ...texts(base)])
    return [...ours, ...theirs.filter(({ text }) => !known.has(text))]
}

/** Whether both say the same, comments and the order of entries included. */
function isSame(one: Value | undefined, other: Value | undefined): boolean {
    if (one === undefined || other === undefined) return one === other
    if (one.kind === "leaf")
        return (
            other.kind === "leaf" &&
            one.scalar.kind === other.scalar.kind &&
            Buffer.from(plainText(one.scalar)).equals(Buffer.from(plainText(other.scalar)))
        )
    if (other.kind !== one.kind || one.items.length !== other.items.length) return false
    return one.items.every((item, index) => {
        const twin = other.items[index]
        if (item.kind === "comment") return twin?.kind === "comment" && twin.text === item.text
        if (item.kind === "item")
            return twin?.kind === "item" && twin.key === item.key && isSame(item.value, twin.value)
        return twin !== undefined && twin.kind !== "comment" && twin.kind !== "item" && isSame(item, twin)
    })
}
