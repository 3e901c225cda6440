import { visibleName } from "../../error.ts"
import { daysOpen, type Debt } from "../../repo/debt.ts"
import { secretName } from "../../repo/edits.ts"
import { openDebts } from "../change/debts.ts"
import { type Context, note, printJson } from "../context.ts"
import { quantity } from "../quantity.ts"
import { numberOfDays } from "../days.ts"
import { flakeDirectory } from "../flake.ts"
import { findGit } from "../git/git.ts"
import { pendingIn } from "../machines/arrival.ts"
import type { Pending } from "../machines/arrival.ts"
import { readHeard } from "../machines/heard.ts"
import { layoutOf } from "../repository/layout.ts"
import { configPathOf } from "../repository/ruled-tree.ts"
import { formatAt } from "../repository/secret-file.ts"
import { loadWorktree } from "../repository/worktree.ts"

const tooOld = 5

/** Prints every open debt, oldest first; the exit code is 5 when one is older than `--max-days`. */
export async function listDebts(
    { maxDays }: { maxDays: string | undefined },
    context: Context,
): Promise<number> {
    const limit = numberOfDays(maxDays) ?? Number.POSITIVE_INFINITY
    const flake = flakeDirectory(context)
    const now = context.now()
    const owed = await owedIn(flake, context)
    const open = owed
        .map((each) => ({ ...each, days: daysOpen(each.debt, now) }))
        .toSorted((a, b) => b.days - a.days || (valueName(a) < valueName(b) ? -1 : 1))
    const pending = await notArrived(flake, context)
    const lateValues = new Set(open.filter(({ days }) => days > limit).map(valueName)).size
    if (context.flags.json) {
        printJson(context, {
            ok: lateValues === 0,
            debts: open.map(({ path, key, debt, days }) => ({
                secret: path,
                ...(key === undefined ? {} : { key }),
                days,
                ...debt,
            })),
            pending: pending.map(({ path, machine, at }) => ({ secret: path, machine, heard: at })),
        })
    } else {
        for (const each of open)
            context.out(`${line(valueName(each), each.debt, each.days, each.days > limit)}\n`)
        for (const { path, machine, at } of pending)
            context.out(
                `${visibleName(secretName(path))}: changed, not yet on ${machine} (heard ${at.slice(0, 10)})\n`,
            )
        const values = new Set(open.map(valueName)).size
        const old = maxDays === undefined ? "" : `, ${lateValues} too old`
        note(
            context,
            open.length === 0
                ? "no value waits to be changed"
                : `${quantity(values, "value")} to change${old}`,
        )
    }
    return lateValues === 0 ? 0 : tooOld
}

/** A note about one value; `key` says which of a file with many. */
export interface Owed {
    readonly path: string
    readonly key?: string
    readonly debt: Debt
}

/** Every note that no program has settled, in either layout. */
export async function owedIn(flake: string, context: Context): Promise<readonly Owed[]> {
    if (layoutOf(flake, context) === "clan")
        return [...loadWorktree(flake).repo.secrets.keys()].flatMap((path) =>
            openDebts(flake, path).map((debt) => ({ path, debt })),
        )
    const { openLedger } = await import("../change/ruled-ledger.ts")
    return [...(await openLedger(flake, configPathOf(flake, context)))].flatMap(([path, debts]) =>
        debts.flatMap(({ lost, since, at, recipients, values }) =>
            Object.keys(values).map((key): Owed => ({
                path,
                ...(formatAt(path) === "binary" ? {} : { key }),
                debt: { lost, since, at, recipients },
            })),
        ),
    )
}

/** Values that were changed and that a machine did not have when it was heard last. */
async function notArrived(flake: string, context: Context): Promise<readonly Pending[]> {
    if (layoutOf(flake, context) !== "clan") return []
    const git = await findGit(flake, context.env)
    const heard = readHeard(flake, git, context)
    return heard.size === 0 ? [] : pendingIn(flake, loadWorktree(flake).repo, heard)
}

/** The value that a note is about, as people call it. */
export function valueName({ path, key }: Owed): string {
    return key === undefined ? secretName(path) : `${secretName(path)} ${key}`
}

function line(path: string, { lost, since, at }: Debt, days: number, late: boolean): string {
    const [kind = "", name = ""] = lost.split(":")
    const could = since === null ? "could read it" : `could read it from ${since.slice(0, 10)}`
    return `${visibleName(path)}: ${kind} "${name}" ${could} to ${at.slice(0, 10)} (${days} days ago)${late ? ", too long" : ""}`
}
