// What a chart shows: the repository, and what git, the files and the notes about them say besides.

import { UserError } from "../../error.ts"
import { daysOpen } from "../../repo/debt.ts"
import { chartOf } from "../../repo/map/chart.ts"
import type { Chart, Mark } from "../../repo/map/chart.ts"
import type { Repo } from "../../repo/repo.ts"
import type { Problem } from "../../repo/verify.ts"
import { linksMade } from "../change/link-dates.ts"
import { owedIn } from "../commands/debt.ts"
import type { Owed } from "../commands/debt.ts"
import { judgeTree } from "../commands/verify/verify.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import { flakeDirectory } from "../flake.ts"
import { findGit } from "../git/git.ts"
import { repoAt } from "../git/revision.ts"
import { quantity } from "../quantity.ts"
import { layoutOf } from "../repository/layout.ts"

/** The chart of the working tree, or of the commit `at`, compared with the commit `since`. */
export async function chartFrom(
    { at, since }: { readonly at?: string | undefined; readonly since?: string | undefined },
    context: Context,
): Promise<Chart> {
    const before = since === undefined ? undefined : { repo: await repoAt(since, context), name: since }
    // Files, notes and dates are those of the working tree.
    if (at !== undefined) return chartOf(await repoAt(at, context), { before })
    const flake = flakeDirectory(context)
    const { repo, problems } = await judgeTree(flake, {
        ...context,
        flags: { ...context.flags, quiet: true },
    })
    const git = layoutOf(flake, context) === "clan" ? await findGit(flake, context.env) : undefined
    const made = git && (await linksMade(git))
    return chartOf(repo, { made, before, marks: await marksOf(flake, repo, problems, context) })
}

async function marksOf(
    flake: string,
    repo: Repo,
    problems: readonly Problem[],
    context: Context,
): Promise<ReadonlyMap<string, readonly Mark[]>> {
    const marks = new Map<string, Mark[]>()
    const add = (path: string, mark: Mark): void => void marks.set(path, [...(marks.get(path) ?? []), mark])
    for (const { path, debt, key } of await owedOrWarned(flake, context)) {
        const [kind, name] = debt.lost.split(":")
        const days = quantity(daysOpen(debt, context.now()), "day")
        const value = key === undefined ? "its value" : `the value of ${key}`
        add(path, { kind: "owed", text: `${kind} ${name} could read ${value} until ${days} ago` })
    }
    for (const { code, path, message } of problems) {
        const secret = secretOf(path, repo)
        if (secret !== undefined)
            add(secret, { kind: code === "unbound" ? "unbound" : "wrong", text: message })
    }
    return marks
}

/** Notes that make no sense are no reason to show nothing. */
async function owedOrWarned(flake: string, context: Context): Promise<readonly Owed[]> {
    try {
        return await owedIn(flake, context)
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        warn(context, `${error.message}: what is owed is not shown`)
        return []
    }
}

/** The secret that a path is about: its own, or that of something in its folder. */
function secretOf(path: string, { secrets }: Repo): string | undefined {
    for (let place = path; place !== ""; place = place.slice(0, Math.max(0, place.lastIndexOf("/"))))
        if (secrets.has(place)) return place
    return undefined
}
