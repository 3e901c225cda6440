// Who resists quantum computers, and who stands in the way. A secret is as strong as the weakest key that can read it,
// so one classic key keeps the whole file classic.

import { type Reader, readersOf } from "./access.ts"
import { recipientOf, recipientsOf } from "./recipients.ts"
import type { Repo } from "./repo.ts"

/** How strong a secret is. `mixed`: some keys resist, which helps nobody as long as others do not. */
export interface Resistance {
    readonly secret: string
    readonly state: "post-quantum" | "mixed" | "classic"
    /** Those who can read it with a classic key, users first, by name. */
    readonly blockers: readonly Reader[]
}

/** Every secret that anybody can read, by path. */
export function resistances(repo: Repo): readonly Resistance[] {
    return [...repo.secrets]
        .flatMap(([secret, grants]): readonly Resistance[] => {
            const recipients = recipientsOf(repo, grants)
            if (recipients.length === 0) return []
            const blockers = readersOf(repo, grants)
                .filter((reader) => hasClassicKey(repo, reader))
                .map(({ kind, name }) => ({ kind, name }))
            const state = isMixed(recipients) ? "mixed" : blockers.length > 0 ? "classic" : "post-quantum"
            return [{ secret, state, blockers }]
        })
        .toSorted((a, b) => (a.secret < b.secret ? -1 : 1))
}

/** Whether some of these recipients resist quantum computers, and some do not. */
export function isMixed(recipients: readonly string[]): boolean {
    const strong = recipients.filter(isPostQuantum).length
    return strong > 0 && strong < recipients.length
}

/** Whether a recipient resists quantum computers: age's hybrid keys, and hardware keys of that kind. */
export function isPostQuantum(recipient: string): boolean {
    return recipient.startsWith("age1pq1") || recipient.startsWith("age1tagpq1")
}

function hasClassicKey(repo: Repo, { kind, name }: Reader): boolean {
    const keys = repo[kind === "user" ? "users" : "machines"].get(name) ?? []
    return keys.some((key) => !isPostQuantum(recipientOf(key)))
}
