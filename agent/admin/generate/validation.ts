// What values were made for, as clan hashes it: the SHA-256 of the JSON that Nix writes.

import { createHash } from "node:crypto"
import { Failure } from "../failure.ts"

const deepest = 3

/**
 * The hash of a `validation`; undefined for null. A SHA-256 in hex stands for itself. Throws `Failure` for what clan does
 * not take: lists, floats, and attributes more than three deep.
 */
export function validationHash(value: unknown, where: string): string | undefined {
    if (value === null || value === undefined) return undefined
    if (typeof value === "string" && /^[0-9a-f]{64}$/u.test(value)) return value
    return createHash("sha256")
        .update(json(value, deepest, where))
        .digest("hex")
}

/** Sorted, and without blanks: `builtins.toJSON`. */
function json(value: unknown, depth: number, where: string): string {
    if (value === null || typeof value === "boolean" || typeof value === "string")
        return JSON.stringify(value)
    if (typeof value === "number" && Number.isSafeInteger(value)) return String(value)
    if (typeof value !== "object" || Array.isArray(value) || depth === 0)
        throw new Failure(
            "usage",
            `${where}: validation is made of texts, whole numbers, true, false, null and attributes up to ${deepest} deep`,
        )
    const entries = Object.entries(value).toSorted(([a], [b]) =>
        Buffer.compare(Buffer.from(a), Buffer.from(b)),
    )
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${json(each, depth - 1, where)}`).join(",")}}`
}
