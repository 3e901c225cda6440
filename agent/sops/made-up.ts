// A document as it would be if its values were others: the same keys, each with a value of its type that is made up. It
// takes no key, for the types of sealed values stand in the clear.

import type { Document } from "./document.ts"
import { finder, scalarAt } from "./lookup.ts"
import { sealedText, withPath } from "./open.ts"
import type { OpenDocument } from "./open.ts"
import type { Comment, Leaf, Scalar } from "./tree.ts"
import { SopsError } from "./error.ts"
import { parseEnc } from "./value/enc.ts"
import { valueBytes } from "./value/scalar.ts"
import { walk } from "./walk.ts"

/** What is made up for the value at a path of the document: a text, and a number of a few digits. */
export interface MadeUp {
    readonly text: string
    readonly number: number
}

/**
 * A document with made-up values in the place of the sealed ones; what is in the clear stays. Nothing is decrypted or
 * verified. Throws `SopsError` where a value is not sealed that should be.
 */
export function madeUpDocument(
    { parsed, metadata, codec }: Document,
    makeUp: (path: readonly (string | number)[]) => MadeUp,
): Pick<OpenDocument, "whole" | "lookup"> {
    const documents = walk(parsed.documents, metadata.rule, {
        leaf(leaf, place) {
            if (!place.encrypted) return leaf
            try {
                return madeUpLeaf(leaf, makeUp(place.path))
            } catch (error) {
                throw withPath(error, place)
            }
        },
        comment: (comment, { encrypted }) => (encrypted ? { ...comment, text: " made up" } : comment),
    })
    const find = finder(documents)
    const whole = (): Buffer => codec.emit(documents)
    return {
        whole,
        lookup(key) {
            if (key === "") return whole()
            const bytes = valueBytes(scalarAt(find(key), key))
            if (bytes === undefined) throw new SopsError("not a scalar", "the value is null")
            return bytes
        },
    }
}

function madeUpLeaf(leaf: Leaf, madeUp: MadeUp): Leaf | Comment {
    const sealed = sealedText(leaf)
    if (sealed === "") return leaf
    const { type } = parseEnc(sealed)
    if (type === "comment") return { kind: "comment", text: " made up", inline: false }
    return { kind: "leaf", scalar: madeUpScalar(type, madeUp) }
}

function madeUpScalar(type: string, { text, number }: MadeUp): Scalar {
    switch (type) {
        case "int":
            return { kind: "int", value: BigInt(number) }
        case "float":
            return { kind: "float", value: number + 0.5 }
        case "bool":
            return { kind: "bool", value: false }
        case "time":
            return { kind: "time", value: "2000-01-01T00:00:00Z" }
        default:
            return { kind: "str", value: text }
    }
}
