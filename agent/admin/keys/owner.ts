// Who the caller is: the user of the repository who has one of the caller's public keys. Nothing is decrypted for it.

import { recipientOf } from "../../repo/recipients.ts"
import type { Key } from "../../repo/repo.ts"
import type { Environment } from "../../os/children.ts"
import { Failure } from "../failure.ts"
import { parseFingerprint } from "../../os/gpg.ts"
import type { Identities } from "./find.ts"

/** The public half of a key of the caller, as sops files name it, and where it was found. */
export interface OwnKey {
    readonly recipient: string
    readonly source: string
    readonly origin: string
}

export interface Owner {
    readonly user: string
    readonly key: OwnKey
}

/**
 * The user whom one of the caller's keys belongs to, by the first key that belongs to anybody; `undefined` when none
 * does. A locked key file is opened only if the keys that are known belong to nobody.
 */
export async function whoAmI(
    identities: Identities,
    users: ReadonlyMap<string, readonly Key[]>,
    env: Environment,
): Promise<Owner | undefined> {
    const owners = new Map<string, string>()
    for (const [user, keys] of users) {
        for (const key of keys) {
            const recipient = recipientOf(key)
            if (!owners.has(recipient)) owners.set(recipient, user)
        }
    }
    for await (const key of ownKeys(identities, env)) {
        const user = owners.get(key.recipient)
        if (user !== undefined) return { user, key }
    }
    return undefined
}

/**
 * The caller's public keys, best first: age and SSH identities, then the fingerprints of `$SOPS_PGP_FP`, then what only
 * opening a locked key file tells. Stop reading, and nothing is opened.
 */
export async function* ownKeys({ found }: Identities, env: Environment): AsyncGenerator<OwnKey> {
    for (const { identity, source, origin } of found) {
        if (identity.recipient !== "") yield { recipient: identity.recipient, source, origin }
    }
    for (const fingerprint of fingerprints(env))
        yield { recipient: `pgp:${fingerprint}`, source: "$SOPS_PGP_FP", origin: "SOPS_PGP_FP" }
    for (const { identity, reveal, source, origin } of found) {
        if (reveal === undefined || identity.recipient !== "") continue
        for (const recipient of await reveal()) if (recipient !== "") yield { recipient, source, origin }
    }
}

/** The PGP keys that the caller says are theirs, in `$SOPS_PGP_FP`. */
export function fingerprints(env: Environment): readonly string[] {
    const named = (env["SOPS_PGP_FP"] ?? "").split(",").filter((part) => part.trim() !== "")
    return named.map(parseFingerprint)
}

/** What to tell somebody whose keys belong to no user of the repository, or who has none at all. */
export function notAUser(keys: readonly OwnKey[], identities: Identities): Failure {
    if (keys.length === 0) return noIdentity(identities)
    const list = keys.map(({ recipient, source }) => `\n  ${recipient} (${source})`).join("")
    const [first] = keys
    return new Failure("refused", `none of your keys belongs to a user of this repository:${list}`, {
        hint: `hostseal users add YOUR_NAME ${first?.recipient.includes(" ") ? `"${first.recipient}"` : first?.recipient}`,
    })
}

/** What to tell somebody who has no private key: every place that was looked at, and what was wrong with it. */
export function noIdentity({ tried }: Identities): Failure {
    const list = tried.map(({ place, problem }) => `\n  ${place}: ${problem ?? "holds no key"}`).join("")
    const spoilt = spoiltIn(tried)
    return new Failure("cannot-decrypt", `no private key was found; looked in:${list}`, {
        hint: spoilt === undefined ? "hostseal key generate" : mendingOf(spoilt),
    })
}

/** The first place that somebody put a key into which cannot be used: that one is to be mended, before one is made. */
export function spoiltIn(tried: Identities["tried"]): Identities["tried"][number] | undefined {
    return tried.find(({ isVacant, problem }) => isVacant !== true && problem !== undefined)
}

/** What to do about a place whose key cannot be used. */
export function mendingOf({ place, problem, remedy }: Identities["tried"][number]): string {
    return remedy ?? `mend ${place}: ${problem}`
}
