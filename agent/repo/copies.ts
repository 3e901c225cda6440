// Values that lie where they were not sealed. Whoever copies the file of one secret over that of another has the next
// command wrap the data key of the first for the readers of the second.

import type { Accepted, Held } from "./consent/accepted.ts"
import type { Consent, Decision, Unasked } from "./consent/consent.ts"

/** Where each value lies: paths by IV, in the list (what they held before included) and in the tree. */
export class Values {
    readonly #accepted: Accepted
    readonly #listed = new Map<string, Set<string>>()
    readonly #found = new Map<string, Set<string>>()
    readonly #held = new Map<string, Held>()

    constructor(accepted: Accepted) {
        this.#accepted = accepted
        for (const [path, { iv, past = [] }] of accepted.secrets)
            for (const each of [iv, ...past]) if (each !== undefined) put(this.#listed, each, path)
    }

    /** Notes what the file of a secret says. */
    found(path: string, held: Held): void {
        this.#held.set(path, held)
        if (held.iv !== undefined) put(this.#found, held.iv, path)
    }

    held(path: string): Held | undefined {
        return this.#held.get(path)
    }

    /** Whether the list says that this is the value of that secret. */
    isAsListed(path: string, { iv }: Held): boolean {
        return iv === undefined || this.#accepted.secrets.get(path)?.iv === iv
    }

    /** The secrets whose value lies in the file at `path`, apart from the one that it is the file of. */
    copiedFrom(path: string, { iv }: Held): readonly string[] {
        if (iv === undefined) return []
        const listed = new Set(this.#listed.get(iv))
        listed.delete(path)
        // The original is not to blame for its copies.
        if (listed.size === 0 && this.#accepted.secrets.get(path)?.iv === iv) return []
        const all = listed.union(this.#found.get(iv) ?? new Set<string>())
        all.delete(path)
        return [...all].toSorted()
    }
}

/** Who would gain by a decision the value of another secret, whose file was copied. */
export function gainsOfCopies(
    { touch, wrapped, linked }: Decision,
    source: string,
    values: Values,
    consent: Consent,
): readonly Unasked[] {
    const { held, how, path } = touch
    if (held === undefined || how === "value" || wrapped.size === 0) return []
    return values.copiedFrom(source, held).flatMap((secret) => {
        const holders = consent.holders(secret, values.held(secret))
        return linked
            .filter(({ recipient }) => wrapped.has(recipient) && !holders.has(recipient))
            .map((pair): Unasked => ({ ...pair, effect: "gain", secret, copy: path, canWait: false }))
    })
}

function put(map: Map<string, Set<string>>, key: string, path: string): void {
    const known = map.get(key)
    if (known === undefined) map.set(key, new Set([path]))
    else known.add(path)
}
