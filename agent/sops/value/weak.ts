// Weak typing as sops decodes its metadata (mapstructure with WeaklyTypedInput): what a writer of long ago or a flat
// format wrote as text is taken for the number or boolean it means.
import * as z from "zod/mini"
import { SopsError } from "../error.ts"
import { plainText } from "./scalar.ts"
import type { Branch, Value } from "../tree.ts"

/** Text; numbers and booleans as text, null as none. */
export const text = z.pipe(
    z.transform((value) => {
        if (value === null) return ""
        return typeof value === "number" || typeof value === "boolean" ? String(value) : value
    }),
    z.string(),
)

/** A whole number of at least zero, also as `"2"` or `"2.000000"`. */
export const count = z.pipe(
    z.transform((value) => {
        if (value === null || value === "") return 0
        return typeof value === "string" && /^[0-9]{1,9}(\.0{1,9})?$/.test(value) ? Number(value) : value
    }),
    z.int().check(z.minimum(0)),
)

/** A boolean, also as `"true"` or 1. */
export const flag = z.pipe(
    z.transform((value) => {
        if (value === null || value === "") return false
        if (typeof value === "number") return value !== 0
        if (typeof value !== "string") return value
        return /^(1|t|true)$/i.test(value) ? true : /^(0|f|false)$/i.test(value) ? false : value
    }),
    z.boolean(),
)

/** What a schema has against a metadata mapping, in one line: the fields, never what is in them. */
export function fieldProblems({ issues }: z.core.$ZodError): string {
    const fields = new Set(issues.map(({ path }) => path.join(".")))
    return `${[...fields].join(", ")} ${fields.size === 1 ? "is" : "are"} missing or malformed`
}

/**
 * A metadata mapping as a plain object with lower-case fields, to be checked by a schema that drops what it does not
 * name. Fields that hold mappings or lists are left out: they are read from the tree. Refuses a field that occurs twice.
 */
export function plainOf(branch: Branch): Record<string, string | number | boolean | null> {
    const fields = new Map<string, string | number | boolean | null>()
    const seen = new Set<string>()
    for (const item of branch.items) {
        if (item.kind !== "item") continue
        const field = item.key.toLowerCase()
        if (seen.has(field)) throw new SopsError("metadata", "metadata: a field occurs twice")
        seen.add(field)
        const value = plainScalar(item.value)
        if (value !== undefined) fields.set(field, value)
    }
    return Object.fromEntries(fields)
}

function plainScalar(value: Value): string | number | boolean | null | undefined {
    if (value.kind !== "leaf") return undefined
    const { scalar } = value
    switch (scalar.kind) {
        case "null":
            return null
        case "int":
            return Number.isSafeInteger(Number(scalar.value)) ? Number(scalar.value) : scalar.value.toString()
        case "float":
        case "bool":
            return scalar.value
        case "str":
        case "time":
            break
    }
    return plainText(scalar).toString()
}
