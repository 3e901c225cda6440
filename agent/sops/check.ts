import { encType } from "./enc.ts"
import type { Document } from "./document.ts"
import { SopsError } from "./error.ts"
import { find, pathName, scalarAt } from "./lookup.ts"
import type { Value } from "./tree.ts"

/**
 * Checks without any key that a document has a value under this key, and returns the type it claims: `str`, `int`,
 * `float`, `bool` or `time`. `""` is the whole document, a `str`. Throws `SopsError` of problem "no such key" or
 * "not a scalar".
 */
export function checkKey({ parsed }: Document, key: string): string {
    if (key === "") return "str"
    const scalar = scalarAt(find(parsed.documents, key, isEncryptedComment), key)
    if (scalar.kind === "null") throw new SopsError("not a scalar", `the value of ${pathName([key])} is null`)
    return (scalar.kind === "str" ? encType(scalar.value.toString()) : undefined) ?? scalar.kind
}

/** Comments in lists are stored as strings (sops-format §1.10) and do not count as elements. */
function isEncryptedComment(element: Value): boolean {
    return (
        element.kind === "leaf" &&
        element.scalar.kind === "str" &&
        encType(element.scalar.value.toString()) === "comment"
    )
}
