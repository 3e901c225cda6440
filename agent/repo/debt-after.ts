import type { Reader } from "./access.ts"
import type { Debt } from "./debt.ts"
import { noteDebt } from "./debt.ts"
import { holdersOf, readerName } from "./difference.ts"
import { recipientOf } from "./recipients.ts"
import type { Repo } from "./repo.ts"

/** A secret that is sealed anew: who can read it then, and who could until now and cannot any more. */
export interface Loss {
    readonly recipients: readonly string[]
    /** Recipients that the file has and is to lose. */
    readonly extra: readonly string[]
}

/**
 * The notes of a secret after it was sealed anew with the same value: one for each user and machine that loses a key
 * to it, also when another key of theirs still opens it (the lost one may be in other hands). Notes about keys that
 * can all read it again are dropped. `since` says when a reader's access began.
 */
export function debtsAfter(
    known: readonly Debt[],
    before: Repo,
    { recipients, extra }: Loss,
    now: Date,
    since: (reader: Reader) => string | null,
): readonly Debt[] {
    const readable = new Set(recipients)
    const still = known.filter((debt) => !debt.recipients.every((recipient) => readable.has(recipient)))
    const lost = new Set(extra)
    const at = now.toISOString().replace(/\.\d+Z$/u, "Z")
    return holdersOf(before, lost).reduce((debts: readonly Debt[], reader) => {
        const keys = before[reader.kind === "user" ? "users" : "machines"].get(reader.name) ?? []
        const own = keys.map(recipientOf).filter((recipient) => lost.has(recipient))
        return noteDebt(debts, { lost: readerName(reader), since: since(reader), at, recipients: own })
    }, still)
}
