import { encType } from "./enc.ts"
import type { Document } from "./document.ts"
import { SopsError } from "./error.ts"
import { finder, pathName, scalarAt } from "./lookup.ts"
import type { Value } from "./tree.ts"

/**
 * A check, without any key, that a document has a value under a key; it returns the type that the value claims: `str`,
 * `int`, `float`, `bool` or `time`. `""` is the whole document, a `str`. It throws `SopsError` of problem
 * "no such key" or "not a scalar".
 */
export function keyChecker({ parsed }: Document): (key: string) => string {
    const find = finder(parsed.documents, isEncryptedComment)
    return (key) => {
        if (key === "") return "str"
        const scalar = scalarAt(find(key), key)
        if (scalar.kind === "null")
            throw new SopsError("not a scalar", `the value of ${pathName([key])} is null`)
        return (scalar.kind === "str" ? encType(scalar.value.toString()) : undefined) ?? scalar.kind
    }
}

/** The same for a single key. */
export function checkKey(document: Document, key: string): string {
    return keyChecker(document)(key)
}

/** Comments in lists are stored as strings (sops-format §1.10) and do not count as elements. */
function isEncryptedComment(element: Value): boolean {
    const text =
        element.kind === "leaf" && element.scalar.kind === "str" ? element.scalar.value.toString() : ""
    return encType(text) === "comment"
}
