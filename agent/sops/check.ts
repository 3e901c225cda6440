import type { Document } from "./document.ts"
import { encType, parseEnc } from "./enc.ts"
import { MacMismatch, SopsError } from "./error.ts"
import { finder, pathName, scalarAt } from "./lookup.ts"
import { sealedText, withPath } from "./open.ts"
import type { Value } from "./tree.ts"
import { walk } from "./walk.ts"

/**
 * A check, without any key, that a document has a value under a key; it returns the type that the value claims: `str`,
 * `int`, `float`, `bool` or `time`, or `empty` for one without a single byte. `""` is the whole document, a `str`. It
 * throws `SopsError` of problem "no such key" or "not a scalar".
 */
export function keyChecker(document: Document): (key: string) => string {
    const find = finder(document.parsed.documents, isEncryptedComment)
    return (key) => {
        if (key === "") return isEmpty(document) ? "empty" : "str"
        const scalar = scalarAt(find(key), key)
        if (scalar.kind === "null")
            throw new SopsError("not a scalar", `the value of ${pathName([key])} is null`)
        // What is empty is never encrypted (sops-format §2.4).
        if (scalar.kind === "str" && scalar.value.length === 0) return "empty"
        return (scalar.kind === "str" ? encType(scalar.value.toString()) : undefined) ?? scalar.kind
    }
}

/** The same for a single key. */
export function checkKey(document: Document, key: string): string {
    return keyChecker(document)(key)
}

/** YAML and JSON have brackets at least. */
function isEmpty({ format, codec, parsed }: Document): boolean {
    return format !== "yaml" && format !== "json" && codec.emit(parsed.documents).length === 0
}

/**
 * Checks, without any key, that a document is sealed as a whole: that it has a MAC, and that everything that should be
 * encrypted is. Throws `SopsError` with the path of the first value that is not, or `MacMismatch`.
 */
export function checkSealed({ parsed, metadata: { rule, mac } }: Document): void {
    if (mac === "") throw new MacMismatch("the document has no MAC")
    parseEnc(mac)
    // Which values a rule about comments has encrypted is only known once the comments are not.
    if (rule.option.includes("comment")) return
    walk(parsed.documents, rule, {
        leaf(leaf, place) {
            try {
                const text = place.encrypted ? sealedText(leaf) : ""
                if (text !== "") parseEnc(text)
            } catch (error) {
                throw withPath(error, place)
            }
            return leaf
        },
        comment: (comment) => comment,
    })
}

/** Comments in lists are stored as strings (sops-format §1.10) and do not count as elements. */
function isEncryptedComment(element: Value): boolean {
    const text =
        element.kind === "leaf" && element.scalar.kind === "str" ? element.scalar.value.toString() : ""
    return encType(text) === "comment"
}
