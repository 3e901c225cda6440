// Why nothing was changed, when secrets could not be sealed: once for each reason, however many secrets share it.

import { UserError } from "../../../error.ts"
import { secretName } from "../../../repo/edits.ts"
import { MacMismatch, NoIdentityMatch, SopsError } from "../../../sops/error.ts"
import { quantity } from "../../quantity.ts"
import { Failure } from "../../failure.ts"
import { cannotDecrypt, cannotDecryptAll, severalNames } from "../../keys/error.ts"
import type { Identities } from "../../keys/find.ts"
import { NobodyToAsk } from "../../terminal/prompt.ts"
import type { Task } from "./seal.ts"

/** Why one secret could not be sealed. */
export type Reason = UserError | SopsError | MacMismatch | NoIdentityMatch

/** The error itself, when it is a reason and no bug. Throws it otherwise. */
export function reasonOf(error: unknown): Reason {
    const isReason =
        error instanceof UserError ||
        error instanceof SopsError ||
        error instanceof MacMismatch ||
        error instanceof NoIdentityMatch
    if (isReason) return error
    throw error
}

/** Whose keys were tried, and whose a recipient is. */
interface Around {
    readonly identities: Identities | undefined
    readonly owners: ReadonlyMap<string, readonly string[]>
}

/** One error for all of these, of `count` secrets that were to be sealed. */
export function unsealed(reasons: ReadonlyMap<Task, Reason>, count: number, around: Around): Failure {
    const groups = Map.groupBy(reasons, ([, reason]) => kindOf(reason))
    const failures = [...groups.values()].map((group) =>
        failureOf(
            group.map(([{ path }]) => secretName(path)),
            group.map(([, reason]) => reason),
            count,
            around,
        ),
    )
    const [first] = failures
    if (first === undefined) throw new Error("nothing that could not be sealed")
    const asked = new Set([...reasons.values()].map(({ cause }) => cause))
    const [nobody] = asked
    const cause =
        asked.size === 1 && nobody instanceof NobodyToAsk
            ? nobody
            : failures.length === 1
              ? first
              : new AggregateError(failures, `${reasons.size} of ${count} secrets cannot be re-encrypted`)
    return new Failure(first.code, "nothing was changed", { cause, exitCode: first.exitCode })
}

/** What is the same for all secrets of a group: that no key opens them, or the words of the error. */
function kindOf(reason: Reason): string {
    if (!(reason instanceof NoIdentityMatch)) return `${reason.name} ${reason.message}`
    return `locked ${reason.cause instanceof Error ? reason.cause.message : ""}`
}

function failureOf(
    names: readonly string[],
    reasons: readonly Reason[],
    count: number,
    { identities, owners }: Around,
): Failure {
    const [name = ""] = names
    const [first] = reasons
    if (first instanceof NoIdentityMatch && identities !== undefined) {
        const errors = reasons.filter((reason) => reason instanceof NoIdentityMatch)
        return errors.length === 1
            ? cannotDecrypt(name, first, identities, owners)
            : cannotDecryptAll(names, errors, count, identities, owners)
    }
    const what =
        names.length === 1
            ? `secret "${name}"`
            : `${names.length} of ${quantity(count, "secret")} (${severalNames(names)})`
    const how = first instanceof UserError ? "encrypted" : "re-encrypted"
    return new Failure("refused", `${what} cannot be ${how}`, { cause: first })
}
