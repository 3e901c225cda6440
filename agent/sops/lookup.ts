import { SopsError } from "./error.ts"
import type { Branch, Comment, List, Scalar, Value } from "./tree.ts"

/** Finds the value under a key such as `a/b/0`, or `undefined`. */
export type Find = (key: string) => Value | undefined

/**
 * A search through the first document. Mappings are preferred: only where they lead nowhere is a key tried that itself
 * contains `/`. Of a key that occurs twice the last one counts, as for every reader of JSON. What a merge key (`<<`)
 * brings is found in the mapping that it stands in. `skip` says which list elements do not count, for a document whose
 * comments are encrypted; `counted` hears of each index on the way to what is found, and of the elements it counts in.
 */
export function finder(
    documents: readonly Branch[],
    skip: (element: Value) => boolean = () => false,
    counted: (elements: readonly Value[], index: number) => void = () => undefined,
): Find {
    const [first] = documents
    const lists = new Map<List, readonly Value[]>()
    const elementsOf = (list: List): readonly Value[] => {
        const elements =
            lists.get(list) ??
            list.items.filter((item): item is Value => item.kind !== "comment" && !skip(item))
        lists.set(list, elements)
        return elements
    }
    const indexes = new Map<Branch, Index>()
    const indexOf = (branch: Branch): Index => {
        const index = indexes.get(branch) ?? indexed(branch)
        indexes.set(branch, index)
        return index
    }

    const inBranch = (branch: Branch, rest: string): Value | undefined => {
        const { values, longest } = indexOf(branch)
        // A key leads to each node by at most one way, so each is tried at most once.
        for (let end = rest.indexOf("/"); end >= 0 && end <= longest; end = rest.indexOf("/", end + 1)) {
            const value = values.get(rest.slice(0, end))
            const found = value && inValue(value, rest.slice(end + 1))
            if (found !== undefined) return found
        }
        return values.get(rest)
    }
    const inList = (list: List, rest: string): Value | undefined => {
        const [index = ""] = rest.split("/", 1)
        if (!/^(0|[1-9][0-9]{0,8})$/.test(index)) return undefined
        const elements = elementsOf(list)
        const element = elements[Number(index)]
        const found =
            element === undefined || rest === index ? element : inValue(element, rest.slice(index.length + 1))
        if (found !== undefined) counted(elements, Number(index))
        return found
    }
    const inValue = (value: Value, rest: string): Value | undefined => {
        if (value.kind === "leaf") return undefined
        return value.kind === "branch" ? inBranch(value, rest) : inList(value, rest)
    }
    return (key) => first && inBranch(first, key)
}

interface Index {
    readonly values: ReadonlyMap<string, Value>
    readonly longest: number
}

function indexed(branch: Branch): Index {
    const values = new Map<string, Value>()
    collect(branch, values)
    return { values, longest: values.keys().reduce((longest, key) => Math.max(longest, key.length), 0) }
}

/** The entries of a mapping, and those of its merge keys: what stands further down counts, also over a key itself. */
function collect({ items }: Branch, values: Map<string, Value>): void {
    for (const item of items) {
        if (item.kind === "comment") continue
        const { key, value } = item
        if (key === mergeKey)
            for (const source of mergedBy(value)) {
                const merged = new Map<string, Value>()
                collect(source, merged)
                merged.delete(mergeKey)
                for (const [name, other] of merged) values.set(name, other)
            }
        values.set(key, value)
    }
}

/**
 * sops writes a merge key as a mapping of its own (docs/sops-rules.md#merge-keys). sops-nix, which reads the plaintext as YAML once
 * more, has it merged.
 */
const mergeKey = "<<"

/** The mappings that a merge key stands for, those that give way to others first. */
function mergedBy(value: Value): Branch[] {
    const sources = value.kind === "list" ? value.items.toReversed() : [value]
    return sources.filter((source) => source.kind === "branch")
}

/** The scalar of what was found. Throws `SopsError` that names the key when there is nothing, or no scalar. */
export function scalarAt(value: Value | undefined, key: string): Scalar {
    if (value === undefined) throw new SopsError("no such key", `there is no key ${pathName([key])}`)
    if (value.kind !== "leaf")
        throw new SopsError(
            "not a scalar",
            `the key ${pathName([key])} is a ${value.kind === "list" ? "list" : "mapping"}`,
        )
    return value.scalar
}

/** A scalar with the way to it; comments do not count in list indexes. */
export interface Located {
    readonly path: readonly (string | number)[]
    readonly scalar: Scalar
}

/** All scalars below a node, in document order. */
export function* leavesOf(value: Value, path: readonly (string | number)[] = []): Generator<Located> {
    if (value.kind === "leaf") yield { path, scalar: value.scalar }
    else if (value.kind === "list") {
        const elements = value.items.filter(
            (item): item is Exclude<typeof item, Comment> => item.kind !== "comment",
        )
        for (const [index, element] of elements.entries()) yield* leavesOf(element, [...path, index])
    } else {
        for (const item of value.items)
            if (item.kind === "item") yield* leavesOf(item.value, [...path, item.key])
    }
}

/** The ways to the mappings and lists below a node that hold nothing at all. */
export function* emptyOnes(value: Value, path: Located["path"] = []): Generator<Located["path"]> {
    if (value.kind === "leaf") return
    const inside: readonly (readonly [string | number, Value])[] =
        value.kind === "list"
            ? value.items
                  .filter((item): item is Value => item.kind !== "comment")
                  .entries()
                  .toArray()
            : value.items.flatMap((item) => (item.kind === "item" ? [[item.key, item.value] as const] : []))
    if (inside.length === 0 && path.length > 0) yield path
    for (const [key, below] of inside) yield* emptyOnes(below, [...path, key])
}

/** A key as messages name it. Keys are not secret, but they may be long. */
export function pathName(path: readonly (string | number)[]): string {
    const name = path.join("/")
    return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name)
}
