import type { Document } from "./document.ts"
import { encType, parseEnc } from "./value/enc.ts"
import { MacMismatch, SopsError } from "./error.ts"
import type { Format } from "./format.ts"
import { finder, pathName, scalarAt } from "./lookup.ts"
import { sealedText, withPath } from "./open.ts"
import type { Value } from "./tree.ts"
import { walk } from "./walk.ts"

/**
 * A check, without any key, that a document has a value under a key; it returns the type that the value claims: `str`,
 * `int`, `float`, `bool` or `time`, or `empty` for one without a single byte. `""` is the whole document, a `str`. It
 * throws `SopsError` of problem "no such key" or "not a scalar", and "value" for an index that counts elements which
 * anybody could have added.
 */
export function keyChecker(document: Document): (key: string) => string {
    let shifted = false
    const firstUncovered = remembering((elements: readonly Value[]) =>
        elements.findIndex((element) => !isCovered(element, document.metadata.macOnlyEncrypted)),
    )
    const find = finder(document.parsed.documents, isEncryptedComment, (elements, index) => {
        const first = firstUncovered(elements)
        if (first >= 0 && first < index) shifted = true
    })
    return (key) => {
        if (key === "") return isEmpty(document) ? "empty" : "str"
        shifted = false
        const scalar = scalarAt(find(key), key)
        if (shifted)
            throw new SopsError(
                "value",
                `${pathName([key])} counts list elements that are not sealed, which anybody can add or take away`,
            )
        if (scalar.kind === "null")
            throw new SopsError("not a scalar", `the value of ${pathName([key])} is null`)
        // What is empty is never encrypted (docs/sops-rules.md#empty-values).
        if (scalar.kind === "str" && scalar.value.length === 0) return "empty"
        return (scalar.kind === "str" ? encType(scalar.value.toString()) : undefined) ?? scalar.kind
    }
}

function remembering<Key extends object>(answer: (key: Key) => number): (key: Key) => number {
    const known = new Map<Key, number>()
    return (key) => {
        const result = known.get(key) ?? answer(key)
        known.set(key, result)
        return result
    }
}

/** YAML and JSON have brackets at least. */
function isEmpty({ format, codec, parsed }: Document): boolean {
    return format !== "yaml" && format !== "json" && codec.emit(parsed.documents).length === 0
}

/**
 * Checks, without any key, that a document is sealed as a whole: that it has a MAC, that everything that should be
 * encrypted is, and that no key stands twice. Throws `SopsError` with the path of the first value that is not, or
 * `MacMismatch`.
 */
export function checkSealed({ format, codec, parsed, metadata: { rule, mac } }: Document): void {
    checkMac(mac)
    if (format !== "ini") for (const document of parsed.documents) checkTwins(document, format, [])
    if (format === "binary") codec.emit(parsed.documents)
    // What rules about comments look at is in the clear: a comment that they match stays as it is.
    walk(parsed.documents, rule, {
        leaf(leaf, place) {
            try {
                if (!place.encrypted && format === "binary")
                    throw new SopsError("value", "the metadata says that it is not encrypted")
                const text = place.encrypted ? sealedText(leaf) : ""
                const type = text === "" ? "str" : parseEnc(text).type
                if (type === "comment" && place.inList) return { kind: "comment", text, inline: false }
                if (!valueTypes.has(type))
                    throw new SopsError("value", "it has a type that values cannot have")
            } catch (error) {
                throw withPath(error, place)
            }
            return leaf
        },
        comment: (comment) => comment,
    })
}

const valueTypes = new Set(["str", "int", "float", "bool", "time"])

function checkMac(mac: string): void {
    if (mac === "") throw new MacMismatch("the document has no MAC")
    try {
        parseEnc(mac)
    } catch (error) {
        throw error instanceof SopsError ? new MacMismatch(`the MAC is damaged: ${error.message}`) : error
    }
}

/**
 * In JSON and dotenv a key may occur twice, and then the last one counts. An empty one leaves no trace in the MAC, so
 * anybody can add it; in JSON nobody adds one for any other reason. (Sections of INI repeat, and sops writes them so.)
 */
function checkTwins(value: Value, format: Format, path: readonly (string | number)[]): void {
    if (value.kind === "leaf") return
    const keys = new Set<string>()
    for (const [index, item] of value.items.entries()) {
        if (item.kind === "comment" || item.kind === "leaf") continue
        if (item.kind !== "item") {
            checkTwins(item, format, [...path, index])
            continue
        }
        const here = [...path, item.key]
        if (keys.has(item.key) && (format !== "dotenv" || !isCovered(item.value, false)))
            throw new SopsError("value", `the key ${pathName(here)} occurs twice`)
        keys.add(item.key)
        checkTwins(item.value, format, here)
    }
}

/**
 * Whether changing a value would change the MAC. Nothing does that is empty, and with `mac_only_encrypted` nothing that
 * is in the clear: such an element can be put in front of others, and their indexes mean something else.
 */
function isCovered(value: Value, macOnlyEncrypted: boolean): boolean {
    if (value.kind !== "leaf")
        return value.items.some(
            (item) =>
                item.kind !== "comment" &&
                isCovered(item.kind === "item" ? item.value : item, macOnlyEncrypted),
        )
    if (value.scalar.kind !== "str") return value.scalar.kind !== "null" && !macOnlyEncrypted
    const text = value.scalar.value.toString()
    return text !== "" && (!macOnlyEncrypted || encType(text) !== undefined)
}

/** Comments in lists are stored as strings (docs/sops-rules.md#comments) and do not count as elements. */
function isEncryptedComment(element: Value): boolean {
    const text =
        element.kind === "leaf" && element.scalar.kind === "str" ? element.scalar.value.toString() : ""
    return encType(text) === "comment"
}
