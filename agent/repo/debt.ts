// What a revocation cannot undo: whoever could read a value may have kept it. Each revocation is written down beside
// the secret until the value is set anew, and this file says how the notes are read, joined and judged.

import * as z from "zod/mini"

const entry = z.strictObject({
    /** Who lost access: `user:bob`, `machine:web02`. */
    lost: z.string().check(z.regex(/^(user|machine):[A-Za-z0-9_-]{1,63}$/u)),
    /** RFC 3339; when their access began, null where the repository does not say. */
    since: z.nullable(z.iso.datetime()),
    /** RFC 3339; when they lost it. */
    at: z.iso.datetime(),
    /** The recipients they could read with. */
    recipients: z.array(z.string().check(z.maxLength(4096))),
    /** The IV that the value has been sealed with since, by us; "" after a merge. Absent in notes of old programs. */
    iv: z.optional(z.string().check(z.maxLength(100))),
})

/** One reader who lost access to one value that has not been changed since. */
export type Debt = Readonly<z.infer<typeof entry>>

/** The notes of one secret. @throws a plain Error that names what is wrong with the text, never more. */
export function parseDebts(text: string): readonly Debt[] {
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        throw new Error("debt.json is not JSON; take the version of either side of a merge")
    }
    const parsed = z.safeParse(z.array(entry), value)
    if (!parsed.success)
        throw new Error(`debt.json does not have the expected form: ${z.prettifyError(parsed.error)}`)
    return parsed.data
}

/** The text of debt.json: sorted, so that the same notes are the same bytes. */
export function printDebts(debts: readonly Debt[]): string {
    const sorted = debts.toSorted((a, b) => (`${a.lost} ${a.at}` < `${b.lost} ${b.at}` ? -1 : 1))
    return `${JSON.stringify(
        sorted.map(({ lost, since, at, recipients, iv }) => ({
            lost,
            since,
            at,
            recipients: recipients.toSorted(),
            ...(iv === undefined ? {} : { iv }),
        })),
        undefined,
        2,
    )}\n`
}

/** The notes with one more; a reader who is noted already keeps the older entry's beginning. */
export function noteDebt(debts: readonly Debt[], fresh: Debt): readonly Debt[] {
    const known = debts.find(({ lost }) => lost === fresh.lost)
    const recipients = [...new Set([...(known?.recipients ?? []), ...fresh.recipients])]
    const joined = known === undefined ? fresh : { ...fresh, since: known.since ?? fresh.since, recipients }
    return [...debts.filter(({ lost }) => lost !== fresh.lost), joined]
}

/**
 * Those of the notes that the value itself has not settled. Any program may set it anew: then its file is younger than
 * every note, and sealed with another IV than the one that was noted with them. `file` is what the file says of itself.
 */
export function unsettled(
    debts: readonly Debt[],
    file: { readonly iv: string; readonly lastModified: string } | undefined,
): readonly Debt[] {
    if (file === undefined) return debts
    const changed = Date.parse(file.lastModified)
    const isSettled = debts.every(({ at, iv }) => changed > Date.parse(at) && iv !== "" && iv !== file.iv)
    return isSettled ? [] : debts
}

/**
 * The notes of both sides of a merge. A note that one side has dropped, because it has set the value anew, is dropped,
 * unless the other side has noted more about the same reader meanwhile.
 */
export function mergeDebts(
    base: readonly Debt[],
    ours: readonly Debt[],
    theirs: readonly Debt[],
): readonly Debt[] {
    const isIn = (debts: readonly Debt[], debt: Debt): boolean =>
        debts.some((one) => one.lost === debt.lost && one.at === debt.at)
    const both = [...ours, ...theirs].filter(
        (debt) => !isIn(base, debt) || (isIn(ours, debt) && isIn(theirs, debt)),
    )
    const none: readonly Debt[] = []
    return (
        both
            .toSorted((a, b) => (a.at < b.at ? -1 : 1))
            .reduce((debts, debt) => noteDebt(debts, debt), none)
            // A merge may seal the value anew.
            .map((debt) => ({ ...debt, iv: "" }))
    )
}

/** Whole days that a debt has been open at `now`. */
export function daysOpen(debt: Debt, now: Date): number {
    return Math.max(0, Math.floor((now.getTime() - Date.parse(debt.at)) / 86_400_000))
}
