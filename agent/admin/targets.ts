import { AgeError } from "../age/error.ts"
import { parseRecipient } from "../age/recipient.ts"
import { UserError } from "../error.ts"
import { Refusal } from "../repo/refusal.ts"
import { keyEntry } from "../sops/key-entry.ts"
import { ageTarget } from "../sops/target.ts"
import type { Target } from "../sops/target.ts"
import type { Context } from "./context.ts"
import { findGpg } from "./gpg.ts"
import type { Gpg } from "./gpg.ts"

/**
 * Makes targets of recipients as repo/recipients.ts names them. Each is checked once, and a recipient that cannot be
 * encrypted to is refused by the name of its owner: leaving it out would take their access away (clan-secrets §1.4).
 */
export class Targets {
    readonly #known = new Map<string, Promise<Target>>()
    readonly #owners: ReadonlyMap<string, readonly string[]>
    readonly #context: Context
    #gpg: Gpg | undefined

    constructor(owners: ReadonlyMap<string, readonly string[]>, context: Context) {
        this.#owners = owners
        this.#context = context
    }

    async of(recipients: readonly string[]): Promise<readonly Target[]> {
        return Promise.all(
            recipients.map(async (recipient) => {
                const known = this.#known.get(recipient) ?? this.#make(recipient)
                this.#known.set(recipient, known)
                return known
            }),
        )
    }

    async #make(recipient: string): Promise<Target> {
        try {
            if (recipient.startsWith("pgp:")) return this.#pgp(recipient.slice("pgp:".length))
            const parsed = parseRecipient(recipient)
            if (parsed.kind !== "unresolved plugin") return ageTarget(parsed)
            const { pluginRecipient } = await import("./plugins-run.ts")
            return ageTarget(pluginRecipient(parsed, this.#context))
        } catch (error) {
            if (!(error instanceof AgeError || error instanceof UserError)) throw error
            const owner = this.#owners.get(recipient)?.join(" and ") ?? "nobody"
            throw new Refusal("refused", `a key of ${owner} cannot be encrypted to: ${recipient}`, {
                cause: error,
                hint: "mend or remove the key first",
            })
        }
    }

    #pgp(fingerprint: string): Target {
        this.#gpg ??= findGpg(this.#context.env)
        const gpg = this.#gpg
        if (gpg === undefined) throw new UserError("gpg was not found in an absolute entry of PATH")
        const { now } = this.#context
        return {
            id: `pgp:${fingerprint}`,
            async wrap(dataKey) {
                const enc = await gpg.wrap(fingerprint, dataKey)
                // As sops writes it: seconds, UTC (sops-format §6).
                const createdAt = now()
                    .toISOString()
                    .replace(/\.\d+Z$/u, "Z")
                return keyEntry("pgp", { created_at: createdAt, enc, fp: fingerprint })
            },
        }
    }
}
