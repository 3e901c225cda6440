import { secretName } from "../../repo/edits.ts"
import { expand, isPattern } from "./pattern.ts"
import type { Context } from "../context.ts"
import { loadRepo } from "./load.ts"
import { pathOfSecret } from "./secret-file.ts"

/**
 * The paths of the secrets that these words mean, each once: names as `pathOfSecret` takes them, and patterns. The
 * repository is looked through for patterns alone; a name may be of a secret that does not exist.
 */
export async function chosenSecrets(
    words: readonly string[],
    flake: string,
    context: Context,
): Promise<readonly string[]> {
    const known = words.some(isPattern) ? [...(await loadRepo(flake, context)).secrets.keys()] : []
    const names = expand("secret", words, known.map(secretName))
    return [...new Set(names.map((name) => pathOfSecret(name, flake, context)))]
}
