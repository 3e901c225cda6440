// Opening one secret for the person who asks for it.

import { visibleName } from "../../error.ts"
import { unknown } from "../../repo/refusal.ts"
import { didYouMean } from "../../suggestion.ts"
import { ownersOf } from "../../repo/recipients.ts"
import { secretName } from "../../repo/edits.ts"
import { parseDocument } from "../../sops/document.ts"
import { MacMismatch, NoIdentityMatch, SopsError } from "../../sops/error.ts"
import { openDocument, type OpenDocument } from "../../sops/open.ts"
import { unlock } from "../../sops/unlock.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { findIdentities } from "./find.ts"
import { cannotDecrypt } from "./error.ts"
import { formatAt, readSecret } from "../repository/secret-file.ts"
import { loadRepo } from "../repository/load.ts"

/**
 * The value of the secret at a path, byte for byte; `undefined` when it has none yet. In a file of many values `key` says
 * which (`a/b/0`); without one it is the whole plaintext.
 */
export async function openSecret(
    flake: string,
    path: string,
    context: Context,
    key = "",
): Promise<Buffer | undefined> {
    const bytes = readSecret(flake, path)
    if (bytes === undefined) return undefined
    const name = secretName(path)
    const identities = await findIdentities(context)
    try {
        const document = await parseDocument(bytes, formatAt(path))
        const dataKey = await unlock(document, identities.keyring)
        try {
            return valueIn(openDocument(document, dataKey), key, name)
        } finally {
            dataKey.fill(0)
        }
    } catch (error) {
        if (error instanceof NoIdentityMatch)
            throw cannotDecrypt(name, error, identities, ownersOf(await loadRepo(flake, context)))
        if (error instanceof SopsError || error instanceof MacMismatch)
            throw new Failure("cannot-decrypt", `secret "${name}" cannot be opened`, { cause: error })
        throw error
    }
}

/** Names of keys are in the clear in every file, so that they may be named here. */
function valueIn(opened: OpenDocument, key: string, name: string): Buffer {
    try {
        return opened.lookup(key)
    } catch (error) {
        if (!(error instanceof SopsError) || key === "") throw error
        const keys = [...opened.leaves()].map(({ path }) => path.join("/"))
        throw new Failure("not-found", `${visibleName(name)}: ${error.message}`, didYouMean(key, keys))
    }
}

/** What to say when there is no secret at this path. */
export async function noSuchSecret(flake: string, path: string, context: Context): Promise<Error> {
    const all = [...(await loadRepo(flake, context)).secrets.keys()]
    return unknown("secret", secretName(path), all.map(secretName))
}
