// From the names of recipients, as repo/recipients.ts has them, to something that wraps a data key.

import { AgeError } from "../../../age/error.ts"
import { parseRecipient } from "../../../age/recipient.ts"
import { UserError } from "../../../error.ts"
import { keyEntry } from "../../../sops/key-entry.ts"
import { ageTarget } from "../../../sops/target.ts"
import type { Target } from "../../../sops/target.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { findGpg, parseFingerprint } from "../../../os/gpg.ts"
import type { Gpg } from "../../../os/gpg.ts"
import { shortened } from "../../keys/recipient-name.ts"

/**
 * Makes targets, each recipient's once for the whole command. A recipient that cannot be encrypted to is an error and
 * never left out: that would take somebody's access away (docs/clan-contract.md#readers). Nothing is started before it is needed.
 * `written` has how recipients are to be written, if not by their names alone.
 */
export function targetMaker(
    context: Context,
    written: ReadonlyMap<string, string> = new Map(),
): (recipient: string) => Promise<Target> {
    const known = new Map<string, Promise<Target>>()
    let gpg: Gpg | undefined
    const make = async (recipient: string): Promise<Target> => {
        if (!recipient.startsWith("pgp:")) return ageTargetOf(recipient, written.get(recipient), context)
        const fingerprint = parseFingerprint(recipient.slice("pgp:".length))
        gpg ??= findGpg(context.env)
        if (gpg === undefined) throw new UserError("gpg was not found in an absolute entry of PATH")
        return pgpTarget(gpg, fingerprint, context)
    }
    return async (recipient) => {
        const target = known.get(recipient) ?? make(recipient)
        known.set(recipient, target)
        return target
    }
}

async function ageTargetOf(
    recipient: string,
    written: string | undefined,
    context: Context,
): Promise<Target> {
    const parsed = parsedRecipient(recipient)
    if (parsed.kind !== "unresolved plugin") return ageTarget(parsed, written)
    const [{ requirePlugin }, { pluginRecipient }] = await Promise.all([
        import("../../keys/plugins.ts"),
        import("../../keys/plugin-run.ts"),
    ])
    requirePlugin(parsed.name, context.env)
    return ageTarget(pluginRecipient(parsed, context))
}

function parsedRecipient(recipient: string): ReturnType<typeof parseRecipient> {
    try {
        return parseRecipient(recipient)
    } catch (error) {
        if (!(error instanceof AgeError)) throw error
        throw new UserError(`cannot encrypt to ${shortened(recipient)}`, { cause: error })
    }
}

function pgpTarget(gpg: Gpg, fingerprint: string, { now }: Context): Target {
    return {
        id: `pgp:${fingerprint}`,
        takes: "program",
        async wrap(dataKey) {
            const enc = await gpg.wrap(fingerprint, dataKey)
            // As sops writes it: whole seconds, UTC (docs/sops-rules.md#keys).
            const createdAt = now()
                .toISOString()
                .replace(/\.\d+Z$/u, "Z")
            return keyEntry("pgp", { created_at: createdAt, enc, fp: fingerprint })
        },
    }
}

/** What wraps for each of these. Throws `Failure` that names whose key it is for one that cannot be used. */
export async function targetsFor(
    recipients: Iterable<string>,
    targetOf: (recipient: string) => Promise<Target>,
    owners: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, Target>> {
    const targets = new Map<string, Target>()
    for (const recipient of recipients) targets.set(recipient, await usable(targetOf, recipient, owners))
    return targets
}

async function usable(
    targetOf: (recipient: string) => Promise<Target>,
    recipient: string,
    owners: ReadonlyMap<string, readonly string[]>,
): Promise<Target> {
    try {
        return await targetOf(recipient)
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        const whose = owners.get(recipient)?.join(" and ") ?? "nobody in this repository"
        throw new Failure("refused", `nothing was changed: a key of ${whose} cannot be used`, {
            cause: error,
        })
    }
}
