import type { Comments } from "./comment.ts"
import type { ScalarStyle } from "./token.ts"

/**
 * A node of a YAML document with its comments. `start` and `end` are those of the node itself; `outer` is where its
 * anchor or tag starts, if it has one. An empty node has `start === end`.
 */
export interface YamlNode extends Comments {
    readonly kind: "scalar" | "alias" | "map" | "seq"
    readonly start: number
    end: number
    readonly outer: number
    /** The name that aliases call it by; "" when there is none. */
    readonly anchor: string
    /** Short form; "" when there is none. */
    readonly tag: string
    readonly style: ScalarStyle
    /** Within brackets. */
    readonly flow: boolean
    /** Text of a scalar, name of an alias. */
    readonly value: string
    /** What an alias stands for. */
    readonly target: YamlNode | undefined
    /** Elements, or keys and values in turn. */
    readonly items: YamlNode[]
    /** For a list in block style, where the dash of each element stands; for a mapping, behind the colon of each key. */
    readonly marks: number[]
}

/** One document of a stream. */
export interface YamlDocument {
    readonly root: YamlNode
    readonly foot: Comments["foot"]
    /** Where the next document starts, or `...` stands, or the text ends. */
    readonly end: number
}
