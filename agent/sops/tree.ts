// The tree that every SOPS store is read into, and that the MAC and the values are computed on
// (docs/sops-rules.md#tree). Mapping entries are ordered lists, never objects: order is part of the MAC, keys may repeat,
// and `__proto__` or "10" are keys like any other.

/** Where a token stands in the text it was read from: UTF-16 offsets, end exclusive. */
export interface Span {
    readonly start: number
    readonly end: number
}

/**
 * A scalar with the type that sops gives it. A `str` is text when it was read from a document and bytes when it was
 * decrypted (a binary secret need not be UTF-8). `time` holds RFC3339Nano text as Go prints it.
 */
export type Scalar =
    | { readonly kind: "str"; readonly value: string | Buffer }
    | { readonly kind: "int"; readonly value: bigint }
    | { readonly kind: "float"; readonly value: number }
    | { readonly kind: "bool"; readonly value: boolean }
    | { readonly kind: "time"; readonly value: string }
    | { readonly kind: "null" }

/** A scalar in its place. `at` spans its token in the source, quotes included; absent for what was not read. */
export interface Leaf {
    readonly kind: "leaf"
    readonly scalar: Scalar
    readonly at?: Span
}

/**
 * A comment as a leaf of its own; `text` is everything after the marker, a leading space included. `at` spans the
 * text after the marker.
 */
export interface Comment {
    readonly kind: "comment"
    readonly text: string
    readonly inline: boolean
    readonly at?: Span
}

/** An entry of a mapping. `at` spans it from the first character of its key to the last one of its value. */
export interface Item {
    readonly kind: "item"
    readonly key: string
    readonly value: Value
    readonly at?: Span
}

/** A mapping. `at` spans it with its brackets, if it has some. */
export interface Branch {
    readonly kind: "branch"
    readonly items: readonly (Item | Comment)[]
    readonly at?: Span
}

/** A list. `at` spans it with its brackets, if it has some. */
export interface List {
    readonly kind: "list"
    readonly items: readonly (Value | Comment)[]
    readonly at?: Span
}

export type Value = Branch | List | Leaf
