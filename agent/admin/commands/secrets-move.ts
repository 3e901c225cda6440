import { moveSecret, removeSecret } from "../../repo/edits.ts"
import { isVar } from "../../repo/var-path.ts"
import type { Context } from "../context.ts"
import { mutate } from "../change/mutation.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { publicValue } from "../repository/public-var.ts"
import { pathOfSecret } from "../repository/secret-file.ts"

/** Gives a secret another name. Its file and its readers stay as they are. */
export async function rename(
    { secret, newName }: { readonly secret: string; readonly newName: string },
    context: Context,
): Promise<void> {
    const flake = flakeDirectory(context)
    const [from, to] = [pathOfSecret(secret, flake, context), pathOfSecret(newName, flake, context)]
    const isPublic = publicValue(flake, from) !== undefined
    if (isPublic && !isVar(to))
        throw new Failure("refused", `${from} is public, and would not be a secret under this name`)
    await mutate(context, {
        message: `secrets: rename ${secret} to ${newName}`,
        edit: ({ repo }) =>
            isPublic ? { repo } : { repo: moveSecret(repo, from, to), moved: new Map([[to, from]]) },
        ...(isPublic ? { files: [{ kind: "move", path: to, from }] } : {}),
    })
}

/** Deletes a secret: its folder, and nothing else (docs/clan-contract.md#defects, D1). */
export async function remove({ secret }: { readonly secret: string }, context: Context): Promise<void> {
    const flake = flakeDirectory(context)
    const path = pathOfSecret(secret, flake, context)
    const isPublic = publicValue(flake, path) !== undefined
    await mutate(context, {
        message: `secrets: remove ${secret}`,
        edit: ({ repo }) => ({ repo: isPublic ? repo : removeSecret(repo, path) }),
        ...(isPublic ? { files: [{ kind: "drop", path }] } : {}),
    })
}
