// The ledger of a repository with a `.sops.yaml`: one file for all, because a file beside each secret would match its
// rules. A note lists the IVs that values had when somebody lost access. A value with another IV was set anew, by
// whatever program: rotating a data key keeps IVs, in sops as here.

import * as z from "zod/mini"
import type { Debt } from "./debt.ts"

/** The name of the ledger, beside the configuration. */
export const ledgerName = ".sops.debt.json"

const entry = z.strictObject({
    /** Who lost access: `user:bob`. Names are what the configuration calls keys. */
    lost: z.string().check(z.regex(/^(?:user|machine):[^\p{Cc}]{1,100}$/u)),
    since: z.nullable(z.iso.datetime()),
    at: z.iso.datetime(),
    recipients: z.array(z.string().check(z.maxLength(4096))),
    /** The IVs of the values by their keys, in base64. */
    values: z.record(z.string(), z.string().check(z.maxLength(100))),
})
const ledgerFile = z.record(z.string(), z.array(entry))

/** Somebody who lost access to a file, some of whose values have not been changed since. */
export type RuledDebt = Readonly<z.infer<typeof entry>>

/** Notes by the paths of files. */
export type Ledger = ReadonlyMap<string, readonly RuledDebt[]>

/** The ledger that a text holds. @throws a plain Error that names what is wrong with the text, never more. */
export function parseLedger(text: string): Ledger {
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        throw new Error(`${ledgerName} is not JSON; take the version of either side of a merge`)
    }
    const parsed = z.safeParse(ledgerFile, value)
    if (!parsed.success)
        throw new Error(`${ledgerName} does not have the expected form: ${z.prettifyError(parsed.error)}`)
    return new Map(Object.entries(parsed.data))
}

/** The text of a ledger, sorted: the same notes are the same bytes. Files without notes are left out. */
export function printLedger(notes: Ledger): string {
    const files = [...notes].filter(([, debts]) => debts.length > 0).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const printed = files.map(([path, debts]) => [
        path,
        debts
            .toSorted((a, b) => (`${a.lost} ${a.at}` < `${b.lost} ${b.at}` ? -1 : 1))
            .map(({ lost, since, at, recipients, values }) => ({
                lost,
                since,
                at,
                recipients: recipients.toSorted(),
                values: Object.fromEntries(Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))),
            })),
    ])
    return `${JSON.stringify(Object.fromEntries(printed), undefined, 2)}\n`
}

/** What of these notes is open: values that still have the IV of then. `ivs` are those that the file has now. */
export function openValues(
    debts: readonly RuledDebt[],
    ivs: ReadonlyMap<string, string>,
): readonly RuledDebt[] {
    return debts.flatMap((debt) => {
        const values = Object.entries(debt.values).filter(([key, iv]) => ivs.get(key) === iv)
        return values.length === 0 ? [] : [{ ...debt, values: Object.fromEntries(values) }]
    })
}

/**
 * The notes of both sides of a merge. What one side has settled stays settled: a note, or a value of one, that both come
 * from and that one of them has no more.
 */
export function mergeLedgers(base: Ledger, ours: Ledger, theirs: Ledger): Ledger {
    const merged = new Map<string, readonly RuledDebt[]>()
    for (const path of new Set([...ours.keys(), ...theirs.keys()])) {
        const [old = [], own = [], other = []] = [base, ours, theirs].map((ledger) => ledger.get(path))
        const debts = new Map([...other, ...own].map((debt) => [`${debt.lost} ${debt.at}`, debt]))
        merged.set(
            path,
            [...debts].flatMap(([id, debt]) => {
                const [was, mine, yours] = [old, own, other].map(
                    (some) => some.find(({ lost, at }) => `${lost} ${at}` === id)?.values,
                )
                const isOpen = (key: string): boolean =>
                    was?.[key] === undefined || (mine?.[key] !== undefined && yours?.[key] !== undefined)
                const values = Object.entries({ ...yours, ...mine }).filter(([key]) => isOpen(key))
                return values.length === 0 ? [] : [{ ...debt, values: Object.fromEntries(values) }]
            }),
        )
    }
    return merged
}

/** These notes as notes of a file, which joined ones become again by `withValues`. */
export function withoutValues(debts: readonly RuledDebt[]): readonly Debt[] {
    return debts.map(({ lost, since, at, recipients }) => ({ lost, since, at, recipients }))
}

/** Notes with the values that they are about: those of before, and for new ones all that the file has. */
export function withValues(
    debts: readonly Debt[],
    before: readonly RuledDebt[],
    ivs: ReadonlyMap<string, string>,
): readonly RuledDebt[] {
    return debts.map(({ lost, since, at, recipients }) => {
        const old = before.find((debt) => debt.lost === lost && debt.at === at)
        return {
            lost,
            since,
            at,
            recipients: [...recipients],
            values: old?.values ?? Object.fromEntries(ivs),
        }
    })
}
