import { SopsError } from "./error.ts"
import type { Branch, Comment, Scalar, Value } from "./tree.ts"

/**
 * The value under a key such as `a/b/0` in the first document, or `undefined`. Mappings are preferred: only where
 * they lead nowhere is a key tried that itself contains `/`. Of a key that occurs twice the last one counts, as for
 * every reader of JSON. `skip` says which list elements do not count, for a document whose comments are encrypted.
 */
export function find(
    documents: readonly Branch[],
    key: string,
    skip: (element: Value) => boolean = () => false,
): Value | undefined {
    const [first] = documents
    return first && findIn(first, key.split("/"), skip)
}

function findIn(
    value: Value,
    segments: readonly string[],
    skip: (element: Value) => boolean,
): Value | undefined {
    const [segment] = segments
    if (segment === undefined) return value
    if (value.kind === "leaf") return undefined
    if (value.kind === "list") {
        if (!/^(0|[1-9][0-9]{0,8})$/.test(segment)) return undefined
        const element = value.items.filter((item) => item.kind !== "comment" && !skip(item))[Number(segment)]
        return element && element.kind !== "comment" ? findIn(element, segments.slice(1), skip) : undefined
    }
    // Each node has one path from the root, so each is tried at most once.
    for (let length = 1; length <= segments.length; length++) {
        const key = segments.slice(0, length).join("/")
        const item = value.items.findLast((other) => other.kind === "item" && other.key === key)
        const found = item?.kind === "item" ? findIn(item.value, segments.slice(length), skip) : undefined
        if (found !== undefined) return found
    }
    return undefined
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

/** A key as messages name it. Keys are not secret, but they may be long. */
export function pathName(path: readonly (string | number)[]): string {
    const name = path.join("/")
    return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name)
}
