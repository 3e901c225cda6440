// Opening one secret for the person who asks for it.

import { unknown } from "../../repo/refusal.ts"
import { ownersOf } from "../../repo/recipients.ts"
import { secretName } from "../../repo/edits.ts"
import { parseDocument } from "../../sops/document.ts"
import { MacMismatch, NoIdentityMatch, SopsError } from "../../sops/error.ts"
import { openDocument } from "../../sops/open.ts"
import { unlock } from "../../sops/unlock.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { findIdentities } from "./find.ts"
import { cannotDecrypt } from "./error.ts"
import { secretNames } from "../repository/names-on-disk.ts"
import { readSecret } from "../repository/secret-file.ts"
import { loadWorktree } from "../repository/worktree.ts"

/** The value of the secret at a path, byte for byte; `undefined` when it has none yet. */
export async function openSecret(flake: string, path: string, context: Context): Promise<Buffer | undefined> {
    const bytes = readSecret(flake, path)
    if (bytes === undefined) return undefined
    const name = secretName(path)
    const identities = await findIdentities(context)
    try {
        const document = await parseDocument(bytes, "binary")
        const key = await unlock(document, identities.keyring)
        try {
            return openDocument(document, key).whole()
        } finally {
            key.fill(0)
        }
    } catch (error) {
        if (error instanceof NoIdentityMatch)
            throw cannotDecrypt(name, error, identities, ownersOf(loadWorktree(flake).repo))
        if (error instanceof SopsError || error instanceof MacMismatch)
            throw new Failure("cannot-decrypt", `secret "${name}" cannot be opened`, { cause: error })
        throw error
    }
}

/** What to say when there is no secret of this name. */
export function noSuchSecret(flake: string, name: string): Error {
    return unknown("secret", name, secretNames(flake))
}
