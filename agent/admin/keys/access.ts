// Whether the caller is one of those whom a value belongs to, as far as it can be told without asking anything.

import { grantsOf, secretName } from "../../repo/edits.ts"
import { recipientsOf } from "../../repo/recipients.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import type { Worktree } from "../repository/worktree.ts"
import { pgpRecipients } from "./caller.ts"
import { findIdentities } from "./find.ts"
import { fingerprints } from "./owner.ts"

/**
 * Throws unless the secret is new, or no user could read it, or a key of the caller's is one that it is for: to replace
 * a value takes no key, and who cannot see what they replace may have mistaken the name. A key that is locked may be any.
 */
export async function mustHaveAccess(
    { repo, sealed }: Worktree,
    path: string,
    context: Context,
): Promise<void> {
    if (!sealed.has(path)) return
    const readers = new Set(recipientsOf(repo, grantsOf(repo, path)))
    if (readers.size === 0) return
    const { found } = await findIdentities(context)
    const mine = found.map(({ identity }) => identity.recipient)
    if (mine.some((recipient) => recipient === "" || readers.has(recipient))) return
    const pgp = [...readers].filter((recipient) => recipient.startsWith("pgp:"))
    const named = fingerprints(context.env).map((fingerprint) => `pgp:${fingerprint}`)
    if (named.some((recipient) => readers.has(recipient))) return
    if (pgp.length > 0 && (await pgpRecipients(repo, context.env)).some((one) => readers.has(one))) return
    const why = found.length === 0 ? "you have no key" : "none of your keys is one that it is for"
    throw new Failure("refused", `nothing was changed: secret "${secretName(path)}" exists, and ${why}`, {
        hint: "another name makes a secret of your own; --force replaces this value for those who read it",
    })
}
