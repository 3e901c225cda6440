// Vars that are no secrets: what a generator made for everybody, in the file `value`.

import { readBounded } from "../../os/regular-file.ts"
import { Refusal } from "../../repo/refusal.ts"
import { isVar } from "../../repo/var-path.ts"

const largest = 16 * 1024 * 1024

/** The file of a public var. */
export function valueFileOf(path: string): string {
    return `${path}/value`
}

/** The value of a public var; `undefined` when there is none at this path. */
export function publicValue(flake: string, path: string): Buffer | undefined {
    return isVar(path) ? readBounded(`${flake}/${valueFileOf(path)}`, largest) : undefined
}

/** Throws for a public var: everybody who has the repository reads it, whatever is said of one user or machine. */
export function mustBeSecret(flake: string, path: string): void {
    if (publicValue(flake, path) === undefined) return
    throw new Refusal("refused", `${path} is public: everybody who has the repository can read it`)
}
