import { secretName } from "../../../repo/edits.ts"
import { unknown } from "../../../repo/refusal.ts"
import type { Context } from "../../context.ts"
import { mutate } from "../../change/mutation.ts"
import { flakeDirectory } from "../../flake.ts"
import { pathOfSecret } from "../../repository/secret-file.ts"

/** Makes the file of every secret, or of these, what its links or its rule say, and removes links that lead to nobody. */
export async function update(
    { secrets }: { readonly secrets: readonly string[] },
    context: Context,
): Promise<void> {
    const flake = flakeDirectory(context)
    const only = new Set(secrets.map((name) => pathOfSecret(name, flake, context)))
    await mutate(context, {
        message: "secrets: update with new keys",
        edit: ({ repo }) => {
            for (const path of only)
                if (!repo.secrets.has(path))
                    throw unknown("secret", secretName(path), [...repo.secrets.keys()].map(secretName))
            return { repo }
        },
        everything: true,
        serves: "both",
        ...(only.size === 0 ? {} : { only }),
    })
}
