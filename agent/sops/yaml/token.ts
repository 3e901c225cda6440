/** What a YAML token is. Tokens without text (`block-map-start`, `key`, `block-end`, …) stand where they take effect. */
export type TokenKind =
    | "stream-start"
    | "stream-end"
    | "directive"
    | "document-start"
    | "document-end"
    | "block-seq-start"
    | "block-map-start"
    | "block-end"
    | "flow-seq-start"
    | "flow-seq-end"
    | "flow-map-start"
    | "flow-map-end"
    | "block-entry"
    | "flow-entry"
    | "key"
    | "value"
    | "alias"
    | "anchor"
    | "tag"
    | "scalar"

/** How a scalar is written. */
export type ScalarStyle = "plain" | "single" | "double" | "literal" | "folded"

export interface Token {
    readonly kind: TokenKind
    /** Offsets in the source. For a scalar, `end` is behind its last character. */
    readonly start: number
    readonly end: number
    /** Value of a scalar, name of an anchor or alias, a tag in its short form. */
    readonly value: string
    readonly style: ScalarStyle
}
