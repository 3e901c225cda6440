// One value of a plaintext document, changed as a person says it: by its key, in the type that it has.

import { isUtf8 } from "node:buffer"
import { codecOf, decode } from "../document.ts"
import { SopsError } from "../error.ts"
import type { Format } from "../format.ts"
import { finder, pathName } from "../lookup.ts"
import type { Branch, List, Scalar, Value } from "../tree.ts"

/**
 * The document with this value under a key (`a/b/0`, as `lookup` takes it). A value that is there keeps its type, a new
 * one is a string, and gets the mappings that it needs around it. Throws `SopsError` for a key of more than one value,
 * and for text that is not of the type.
 */
export async function withValue(
    plaintext: Buffer,
    format: Exclude<Format, "binary">,
    key: string,
    value: Buffer,
): Promise<Buffer> {
    const codec = await codecOf(format)
    const source = decode(plaintext)
    const parsed = source.trim() === "" ? [] : codec.parse(source, "plain").documents
    const [first = emptyBranch, ...others] = parsed
    if (!isUtf8(value)) throw new SopsError("unsupported", "a value in a file of many values has to be text")
    const text = value.toString()
    const found = finder([first])(key)
    if (found === undefined) return codec.emit([inserted(first, key.split("/"), text), ...others])
    if (found.kind !== "leaf")
        throw new SopsError(
            "not a scalar",
            `the key ${pathName([key])} is a ${found.kind === "list" ? "list" : "mapping"}: name a value in it`,
        )
    const scalar = fitting(found.scalar, text, key)
    return codec.emit([replaced(first, found, { kind: "leaf", scalar }), ...others])
}

const emptyBranch: Branch = { kind: "branch", items: [] }

function fitting(old: Scalar, text: string, key: string): Scalar {
    if (old.kind === "int" && /^-?\d{1,18}$/u.test(text)) return { kind: "int", value: BigInt(text) }
    if (old.kind === "float" && /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/iu.test(text))
        return { kind: "float", value: Number(text) }
    if (old.kind === "bool" && (text === "true" || text === "false"))
        return { kind: "bool", value: text === "true" }
    if (old.kind === "str" || old.kind === "null") return { kind: "str", value: text }
    const kinds = { int: "a whole number", float: "a number", bool: "true or false", time: "a time" }
    throw new SopsError("value", `the value of ${pathName([key])} is ${kinds[old.kind]}, and stays so`)
}

function replaced<T extends Value>(value: T, old: Value, next: Value): T
function replaced(value: Value, old: Value, next: Value): Value {
    if (value === old) return next
    if (value.kind === "leaf") return value
    if (value.kind === "list")
        return {
            ...value,
            items: value.items.map((item) => (item.kind === "comment" ? item : replaced(item, old, next))),
        }
    return {
        ...value,
        items: value.items.map((item) =>
            item.kind === "comment" ? item : { ...item, value: replaced(item.value, old, next) },
        ),
    }
}

function inserted(branch: Branch, [key = "", ...rest]: readonly string[], text: string): Branch {
    if (key === "") throw new SopsError("no such key", "a key has a name between all its slashes")
    const old = branch.items.findLast((item) => item.kind === "item" && item.key === key)
    if (old?.kind !== "item")
        return { ...branch, items: [...branch.items, { kind: "item", key, value: made(rest, text) }] }
    const value = below(old.value, rest, text, key)
    return { ...branch, items: branch.items.map((item) => (item === old ? { ...old, value } : item)) }
}

function below(value: Value, rest: readonly string[], text: string, key: string): Value {
    if (value.kind === "branch") return inserted(value, rest, text)
    if (value.kind === "list") return appended(value, rest, text, key)
    throw new SopsError("no such key", `there is nothing below the value of ${pathName([key])}`)
}

/** A list grows by one at its end. */
function appended(list: List, [index = "", ...rest]: readonly string[], text: string, key: string): List {
    const elements = list.items.filter((item): item is Value => item.kind !== "comment")
    if (index === String(elements.length)) return { ...list, items: [...list.items, made(rest, text)] }
    const old = /^\d{1,9}$/u.test(index) ? elements[Number(index)] : undefined
    if (old === undefined || rest.length === 0)
        throw new SopsError("no such key", `the list ${pathName([key])} has ${elements.length} elements`)
    return replaced(list, old, below(old, rest, text, index))
}

function made(rest: readonly string[], text: string): Value {
    const [key, ...more] = rest
    if (key === undefined) return { kind: "leaf", scalar: { kind: "str", value: text } }
    if (key === "") throw new SopsError("no such key", "a key has a name between all its slashes")
    return { kind: "branch", items: [{ kind: "item", key, value: made(more, text) }] }
}
