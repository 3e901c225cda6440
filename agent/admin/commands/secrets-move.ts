import { moveSecret, removeSecret, secretPath } from "../../repo/edits.ts"
import type { Context } from "../context.ts"
import { mutate } from "../change/mutation.ts"

/** Gives a secret another name. Its file and its readers stay as they are. */
export async function rename(
    { secret, newName }: { readonly secret: string; readonly newName: string },
    context: Context,
): Promise<void> {
    const [from, to] = [secretPath(secret), secretPath(newName)]
    await mutate(context, {
        message: `secrets: rename ${secret} to ${newName}`,
        edit: ({ repo }) => ({ repo: moveSecret(repo, from, to), moved: new Map([[to, from]]) }),
    })
}

/** Deletes a secret: its folder, and nothing else (docs/clan-contract.md#defects, D1). */
export async function remove({ secret }: { readonly secret: string }, context: Context): Promise<void> {
    await mutate(context, {
        message: `secrets: remove ${secret}`,
        edit: ({ repo }) => ({ repo: removeSecret(repo, secretPath(secret)) }),
    })
}
