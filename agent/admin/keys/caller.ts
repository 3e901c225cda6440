import { recipientsOf } from "../../repo/recipients.ts"
import type { Repo } from "../../repo/repo.ts"
import type { Environment } from "../../os/children.ts"
import type { Context } from "../context.ts"
import { findGpg } from "../../os/gpg.ts"
import { findIdentities } from "./find.ts"
import { ownKeys } from "./owner.ts"

/**
 * The recipients that the caller holds the private keys of, as far as that can be told without asking anything: a
 * locked key file is opened only if nothing else is known of the caller.
 */
export async function callerRecipients(repo: Repo, context: Context): Promise<ReadonlySet<string>> {
    const identities = await findIdentities(context)
    const known = new Set(
        identities.found.map(({ identity }) => identity.recipient).filter((text) => text !== ""),
    )
    for (const recipient of await pgpRecipients(repo, context.env)) known.add(recipient)
    if (known.size > 0) return known
    for await (const { recipient } of ownKeys(identities, context.env)) known.add(recipient)
    return known
}

/** Those PGP recipients of the repository that gpg has a secret key for. It is asked only if there are any. */
export async function pgpRecipients(repo: Repo, env: Environment): Promise<readonly string[]> {
    const all = {
        users: new Set(repo.users.keys()),
        machines: new Set(repo.machines.keys()),
        groups: new Set<string>(),
    }
    const recipients = recipientsOf(repo, all).filter((recipient) => recipient.startsWith("pgp:"))
    const gpg = recipients.length === 0 ? undefined : findGpg(env)
    if (gpg === undefined) return []
    const own = [...(await gpg.secretKeys())]
    return recipients.filter((recipient) =>
        own.some((fingerprint) => fingerprint.endsWith(recipient.slice(4))),
    )
}
