import { visibleName } from "../../error.ts"
import { daysOpen, type Debt } from "../../repo/debt.ts"
import { secretName } from "../../repo/edits.ts"
import { openDebts } from "../change/debts.ts"
import { type Context, note, printJson } from "../context.ts"
import { counted } from "../counted.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { loadWorktree } from "../repository/worktree.ts"

const tooOld = 5

/** Prints every open debt, oldest first; the exit code is 5 when one is older than `--max-days`. */
export async function listDebts(
    { maxDays }: { maxDays: string | undefined },
    context: Context,
): Promise<number> {
    const limit = maxDays === undefined ? Number.POSITIVE_INFINITY : Number(maxDays)
    if (maxDays !== undefined && !/^\d{1,6}$/u.test(maxDays)) {
        throw new Failure("usage", "--max-days needs a number of days")
    }
    const flake = flakeDirectory(context)
    const now = context.now()
    const open = [...loadWorktree(flake).repo.secrets.keys()]
        .flatMap((path) => openDebts(flake, path).map((debt) => ({ path, debt, days: daysOpen(debt, now) })))
        .toSorted((a, b) => b.days - a.days || (a.path < b.path ? -1 : 1))
    const lateValues = new Set(open.filter(({ days }) => days > limit).map(({ path }) => path)).size
    if (context.flags.json) {
        printJson(context, {
            ok: lateValues === 0,
            debts: open.map(({ path, debt, days }) => ({ secret: path, days, ...debt })),
        })
    } else {
        for (const { path, debt, days } of open) context.out(`${line(path, debt, days, days > limit)}\n`)
        const values = new Set(open.map(({ path }) => path)).size
        const old = maxDays === undefined ? "" : `, ${lateValues} too old`
        note(
            context,
            open.length === 0
                ? "no value waits to be changed"
                : `${counted(values, "value")} to change${old}`,
        )
    }
    return lateValues === 0 ? 0 : tooOld
}

function line(path: string, { lost, since, at }: Debt, days: number, late: boolean): string {
    const [kind = "", name = ""] = lost.split(":")
    const could = since === null ? "could read it" : `could read it from ${since.slice(0, 10)}`
    return `${visibleName(secretName(path))}: ${kind} "${name}" ${could} to ${at.slice(0, 10)} (${days} days ago)${late ? ", too long" : ""}`
}
