import { join } from "node:path"
import { visibleName } from "../../error.ts"
import { secretPath } from "../../repo/edits.ts"
import { isVar } from "../../repo/var-path.ts"
import { formatOf } from "../../sops/format.ts"
import type { Format } from "../../sops/format.ts"
import { NotRegular, readBounded } from "../../os/regular-file.ts"
import { checkName } from "../cli/name-check.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { layoutOf } from "./layout.ts"

/** Of one secret: a sops document and some room. */
const largest = 17 * 1024 * 1024

/** The file of the secret at a path: in a folder of its own in clan's layout, the path itself under a `.sops.yaml`. */
export function fileOf(path: string): string {
    return isInFolder(path) ? `${path}/secret` : path
}

/** How that file is laid out. */
export function formatAt(path: string): Format {
    return isInFolder(path) ? "binary" : formatOf(path)
}

/** Whether this is a secret in a folder of its own, as clan keeps them, and not a file under a `.sops.yaml`. */
export function isInFolder(path: string): boolean {
    return path.startsWith("sops/secrets/") || isVar(path)
}

/** The file of a secret; `undefined` when there is none. Throws `Failure` for something that is not a file. */
export function readSecret(flake: string, path: string): Buffer | undefined {
    try {
        return readBounded(join(flake, fileOf(path)), largest)
    } catch (error) {
        if (!(error instanceof NotRegular)) throw error
        throw new Failure("refused", `${visibleName(fileOf(path))} ${error.message}`)
    }
}

/**
 * The path of the secret that somebody calls by this name, whether it exists or not: a name, the path of a var, or under
 * a `.sops.yaml` the path of a file. Throws `Failure` for what cannot be one; nothing that it returns leads out of the
 * flake.
 */
export function pathOfSecret(
    name: string,
    flake: string,
    context: Context,
    age: "new" | "existing" = "existing",
): string {
    const isRuled = layoutOf(flake, context) === "sops"
    if (!isRuled && !name.startsWith("vars/")) return secretPath(checkName("secret", name, "secret", age))
    const segments = name.split("/").filter((segment, index) => index > 0 || segment !== ".")
    const leadsOut = segments.some((segment) => ["", ".", "..", ".git"].includes(segment))
    const path = segments.join("/")
    if (!leadsOut && (isRuled || isVar(path))) return path
    const what = isRuled
        ? "the path of a file in the repository"
        : "the path of a var: vars/shared/GENERATOR/FILE"
    throw new Failure("usage", `"${visibleName(name)}" is not ${what}`)
}
