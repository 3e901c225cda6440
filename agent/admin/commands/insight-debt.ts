import { visibleName } from "../../error.ts"
import { daysOpen, type Debt, parseDebts } from "../../repo/debt.ts"
import { secretName } from "../../repo/edits.ts"
import { type Context, note, printJson } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { readBounded } from "../../os/regular-file.ts"
import { loadWorktree } from "../repository/worktree.ts"

const tooOld = 5
const largest = 1024 * 1024

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
        .flatMap((path) => debtsOf(flake, path).map((debt) => ({ path, debt, days: daysOpen(debt, now) })))
        .toSorted((a, b) => b.days - a.days || (a.path < b.path ? -1 : 1))
    const late = open.filter(({ days }) => days > limit).length
    if (context.flags.json) {
        printJson(context, {
            ok: late === 0,
            debts: open.map(({ path, debt, days }) => ({ secret: path, days, ...debt })),
        })
    } else {
        for (const { path, debt, days } of open) context.out(`${line(path, debt, days, days > limit)}\n`)
        note(
            context,
            open.length === 0 ? "no value waits to be changed" : `${open.length} to change, ${late} too old`,
        )
    }
    return late === 0 ? 0 : tooOld
}

function debtsOf(flake: string, path: string): readonly Debt[] {
    try {
        const bytes = readBounded(`${flake}/${path}/debt.json`, largest)
        return bytes === undefined ? [] : parseDebts(bytes.toString("utf8"))
    } catch (error) {
        throw new Failure("refused", `the notes of ${visibleName(path)} cannot be read`, { cause: error })
    }
}

function line(path: string, { lost, since, at }: Debt, days: number, late: boolean): string {
    const [kind = "", name = ""] = lost.split(":")
    const could = since === null ? "could read it" : `could read it from ${since.slice(0, 10)}`
    return `${visibleName(secretName(path))}: ${kind} "${name}" ${could} to ${at.slice(0, 10)} (${days} days ago)${late ? ", too long" : ""}`
}
