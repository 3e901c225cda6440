import { moveSecret, removeSecret } from "../../../repo/edits.ts"
import { visibleName } from "../../../error.ts"
import type { Edit } from "../../../repo/difference.ts"
import { isVar } from "../../../repo/var-path.ts"
import type { Context } from "../../context.ts"
import { mutate } from "../../change/mutation.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { publicValue } from "../../repository/public-var.ts"
import { byRule } from "../../repository/by-rule.ts"
import type { RuledTree } from "../../repository/ruled-tree.ts"
import { formatAt, pathOfSecret } from "../../repository/secret-file.ts"

/** Gives a secret another name. Its file and its readers stay as they are. */
export async function rename(
    { secret, newName }: { readonly secret: string; readonly newName: string },
    context: Context,
): Promise<void> {
    const flake = flakeDirectory(context)
    const [from, to] = [pathOfSecret(secret, flake, context), pathOfSecret(newName, flake, context, "new")]
    const isPublic = publicValue(flake, from) !== undefined
    if (isPublic && !isVar(to))
        throw new Failure("refused", `${from} is public, and would not be a secret under this name`)
    if (formatAt(from) !== formatAt(to))
        throw new Failure("refused", `${visibleName(to)} would be read as a file of another kind`, {
            hint: "sops goes by the extension of a name: keep it",
        })
    await mutate(context, {
        serves: "both",
        message: `secrets: rename ${secret} to ${newName}`,
        edit: ({ repo, ruled }) =>
            ruled !== undefined
                ? movedByRule(ruled, from, to)
                : isPublic
                  ? { repo }
                  : { repo: moveSecret(repo, from, to), moved: new Map([[to, from]]) },
        ...(isPublic ? { files: [{ kind: "move", path: to, from }] } : {}),
    })
}

/** Deletes a secret: its folder, and nothing else (docs/clan-contract.md#defects, D1). */
export async function remove({ secret }: { readonly secret: string }, context: Context): Promise<void> {
    const flake = flakeDirectory(context)
    const path = pathOfSecret(secret, flake, context)
    const isPublic = publicValue(flake, path) !== undefined
    await mutate(context, {
        serves: "both",
        message: `secrets: remove ${secret}`,
        edit: ({ repo }) => ({ repo: isPublic ? repo : removeSecret(repo, path) }),
        ...(isPublic ? { files: [{ kind: "drop", path }] } : {}),
    })
}

/** A file goes where another rule may be for it: then its readers are those of that one. */
function movedByRule(ruled: RuledTree, from: string, to: string): Edit {
    const moved = moveSecret(ruled.repo, from, to)
    const secrets = new Map([...moved.secrets].filter(([path]) => path !== to))
    return { repo: byRule({ ...ruled, repo: { ...moved, secrets } }, to), moved: new Map([[to, from]]) }
}
