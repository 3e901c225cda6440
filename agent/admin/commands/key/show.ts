import { UserError } from "../../../error.ts"
import { printJson, warn } from "../../context.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { mendingOf, ownKeys, spoiltIn } from "../../keys/owner.ts"
import type { OwnKey } from "../../keys/owner.ts"
import { findIdentities } from "../../keys/find.ts"

/**
 * Prints the public halves of the user's keys as clan does: an array with sorted keys and no final newline. A key file
 * that stays locked is left out with a warning.
 */
export async function show(_input: object, context: Context): Promise<void> {
    const identities = await findIdentities(context)
    const keys: OwnKey[] = []
    try {
        for await (const key of ownKeys(identities, context.env)) keys.push(key)
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        warn(context, error.message)
    }
    if (keys.length === 0) {
        const spoilt = spoiltIn(identities.tried)
        throw new Failure("not-found", "No public key found", {
            hint: spoilt === undefined ? "hostseal key generate" : mendingOf(spoilt),
        })
    }
    const records = keys.map(({ recipient, origin }) => ({
        publickey: recipient.replace(/^pgp:/u, ""),
        source: origin,
        type: recipient.startsWith("pgp:") ? "pgp" : "age",
        username: "",
    }))
    if (context.flags.json) printJson(context, { keys: records })
    else context.out(JSON.stringify(records, undefined, 2))
}
