// What no change may do, judged on the repository as it would be, before anything is written. A secret that broke a
// rule already does not stop a change that has nothing to do with it.

import type { Shift } from "./difference.ts"
import { secretName } from "./edits.ts"
import { isMixed } from "./post-quantum.ts"
import { Refusal } from "./refusal.ts"
import type { Repo } from "./repo.ts"

/** Who makes the change. */
export interface Caller {
    /** The recipients whose private keys the caller holds. */
    readonly recipients: ReadonlySet<string>
    /** The caller has said that their own access may go. */
    readonly allowLockout: boolean
    /** The caller has said that post-quantum and classic recipients may share a secret. */
    readonly allowMixed: boolean
}

/**
 * Throws `Refusal`, naming the secrets, for a change after which a secret could be read by nobody, by no user
 * (machines change no access: docs/clan-contract.md#defects, D7), no longer by the caller, or by recipients of which only some resist
 * quantum computers (age's rule: the secret would be as weak as the weakest, and look stronger).
 */
export function checkRules(changed: readonly Shift[], caller: Caller): void {
    refuse(
        changed.filter(({ after }) => after.length === 0),
        "nobody could read",
        "remove the secret instead, or let somebody else read it first",
    )
    refuse(
        changed.filter(({ before, hadUser, hasUser }) => !hasUser && (hadUser || before.length === 0)),
        "no user could read",
        "let another user read it first: machines cannot change who reads a secret",
    )
    if (!caller.allowMixed) {
        refuse(
            changed.filter(({ before, after }) => isMixed(after) && !isMixed(before)),
            "post-quantum and classic keys could both read",
            "--allow-mixed does it: they stay as weak as the classic keys, which hostseal audit post-quantum lists",
        )
    }
    if (caller.allowLockout) return
    const mine = (recipients: readonly string[]): boolean =>
        recipients.some((each) => caller.recipients.has(each))
    refuse(
        changed.filter(({ before, after }) => mine(before) && !mine(after)),
        "you yourself could no longer read",
        "--allow-lockout does it all the same",
    )
}

/**
 * Throws `Refusal` for a new name that differs from another one only in case: where file systems do not tell them
 * apart, as on macOS, one would be written over the other.
 */
export function checkNames(before: Repo, after: Repo): void {
    for (const plural of ["users", "machines", "groups", "secrets"] as const) {
        const isNew = (name: string): boolean => !before[plural].has(name)
        if (![...after[plural].keys()].some(isNew)) continue
        const seen = new Map<string, string>()
        for (const name of after[plural].keys()) {
            const other = seen.get(name.toLowerCase())
            seen.set(name.toLowerCase(), name)
            if (other === undefined || !(isNew(name) || isNew(other))) continue
            const [fresh, old] = isNew(name) ? [name, other] : [other, name]
            throw new Refusal(
                "exists",
                `${plural.slice(0, -1)} "${secretName(fresh)}" would differ from "${secretName(old)}" only in case`,
                { hint: "choose another name: on macOS these two are one file" },
            )
        }
    }
}

/** Whether the caller's own keys matter to the rules: only a change that takes access away can lock them out. */
export function takesAccess(changed: readonly Shift[]): boolean {
    return changed.some(({ before, after }) => before.some((recipient) => !after.includes(recipient)))
}

/** Whether a person, a machine or a group has less afterwards: a name, a key or a member. */
export function takesFromSomebody(before: Repo, after: Repo): boolean {
    for (const kinds of ["users", "machines"] as const)
        for (const [name, keys] of before[kinds]) {
            const kept = new Set(after[kinds].get(name)?.map(({ publickey }) => publickey))
            if (keys.some(({ publickey }) => !kept.has(publickey))) return true
        }
    return [...before.groups].some(([name, members]) => {
        const kept = after.groups.get(name)
        return (["users", "machines"] as const).some(
            (kinds) => !members[kinds].isSubsetOf(kept?.[kinds] ?? new Set()),
        )
    })
}

function refuse(broken: readonly Shift[], what: string, hint: string): void {
    if (broken.length === 0) return
    const names = broken.map(({ path }) => secretName(path))
    const shown = names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "")
    throw new Refusal("refused", `after this, ${what}: ${shown}`, { hint })
}
