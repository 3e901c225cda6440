// Every command that changes the repository is the same function with another edit (docs/architecture.md#set-to-a-commit):
//
//   lock -> recover -> load -> edit -> rules -> examine -> seal all in memory -> stage -> apply -> commit -> report
//
// An edit is pure. Who has to be told, which files are sealed again and which links change follows from comparing the
// repository before with the repository after.

import { dirname, join } from "node:path"
import { UserError } from "../../error.ts"
import type { Reader } from "../../repo/access.ts"
import { printDebts, unsettled } from "../../repo/debt.ts"
import { debtsAfter } from "../../repo/debt-after.ts"
import { writeLesson } from "../../repo/consent/accepted-file.ts"
import { ownersOf } from "../../repo/recipients.ts"
import type { Repo } from "../../repo/repo.ts"
import { asSentence, isSystemError } from "../system-failure.ts"
import { leftOut } from "./strange.ts"
import { isUnfinished, makeChange, recover } from "./make.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import { readDebts, sealOf } from "./debts.ts"
import { flakeDirectory } from "../flake.ts"
import { findGit } from "../git/git.ts"
import type { Checkout } from "../git/git.ts"
import { beginPreload } from "./preload.ts"
import type { Preload } from "./preload.ts"
import { linkDates } from "./link-dates.ts"
import { warnOfLocked } from "./locked.ts"
import { lock } from "./lock.ts"
import { planOf } from "./plan.ts"
import type { Mutation, Plan } from "./plan.ts"
import { commitMessage, printPlan, printResult } from "./report.ts"
import type { Task } from "./sealing/seal.ts"
import { sealAll } from "./sealing/seal-all.ts"
import type { Write } from "./staging.ts"
import { needsClan } from "../repository/layout.ts"
import { fileOf } from "../repository/secret-file.ts"

/** Carries out a mutation, or with --dry-run shows what it would do. Nothing has changed when it throws. */
export async function mutate(context: Context, mutation: Mutation): Promise<void> {
    const flake = flakeDirectory(context)
    if (mutation.serves !== "both") needsClan(flake, context)
    const git = await findGit(flake, context.env)
    if (context.flags.dryRun) {
        if (isUnfinished(flake))
            warn(context, "an interrupted command will be finished first; this does not show it")
        const plan = await planOf(flake, git, mutation, context)
        await warnOfLocked(plan.tasks, context)
        printPlan(plan, context)
        if (plan.strange.size > 0) throw leftOut(plan.strange)
        return
    }
    const unlock = await lockAll(flake, git, context)
    try {
        await recover(flake, git, context)
        const plan = await planOf(flake, git, mutation, context)
        // Git packs what is sealed while the rest is.
        const preload = beginPreload(git, plan.changes.length + plan.tasks.length, context)
        try {
            for (const change of plan.changes) preload.add(change)
            const keys = new Map<string, string>()
            const files = await sealed(flake, plan, { preload, keys }, context)
            const lesson = writeLesson(await plan.lesson(secretsIn(plan.tasks, files), keys))
            const writes = [...plan.changes, ...files]
            const { kind, from, to } = plan.edit.renamed ?? {}
            const renamed = kind && from !== undefined && to !== undefined ? { kind, from, to } : undefined
            const change = {
                writes,
                preload,
                message: commitMessage(plan),
                lesson,
                with: plan.with ?? [],
                renamed,
            }
            printResult(plan, await makeChange(flake, git, change, context), context)
            if (plan.strange.size > 0) throw leftOut(plan.strange)
        } finally {
            await preload.end()
        }
    } catch (error) {
        throw isSystemError(error)
            ? new UserError("nothing was changed", { cause: asSentence(error) })
            : error
    } finally {
        unlock()
    }
}

/** A working tree that is linked has a lock of its own, and shares the list of what was accepted with the others. */
async function lockAll(flake: string, git: Checkout | undefined, context: Context): Promise<() => void> {
    if (git === undefined) return lock(flake, "directory", context)
    const unlocks: (() => void)[] = []
    const unlock = (): void => {
        for (const each of unlocks) each()
    }
    try {
        for (const directory of new Set([git.directory, git.common]))
            unlocks.push(await lock(join(directory, "clan.lock"), "file", context))
        return unlock
    } catch (error) {
        unlock()
        throw error
    }
}

/** The new files by the paths of their secrets. */
function secretsIn(tasks: readonly Task[], files: readonly Write[]): ReadonlyMap<string, Buffer> {
    const bytes = new Map(
        files.flatMap((file) => (file.kind === "bytes" ? [[file.path, file.bytes] as const] : [])),
    )
    return new Map(
        tasks.flatMap(({ path }) => {
            const file = bytes.get(fileOf(path))
            return file === undefined ? [] : [[path, file] as const]
        }),
    )
}

/** The files of a plan, and the notes about those who lose them. */
async function sealed(
    flake: string,
    plan: Plan,
    { preload, keys }: { readonly preload: Preload; readonly keys: Map<string, string> },
    context: Context,
): Promise<readonly Write[]> {
    const { tasks, before, edit, git, ruled } = plan
    const owners = ownersOf({ ...before, ...merged(before, edit.repo) })
    const keysOf = ruled?.config.keys.map((key) => [key.recipient, key.written] as const)
    const files = await sealAll(
        tasks,
        { owners, written: new Map(keysOf) },
        context,
        (file, { path }, key) => {
            preload.add(file)
            if (key !== undefined) keys.set(path, key)
        },
    )
    if (ruled !== undefined) {
        const { ledgerAfter } = await import("./ruled-ledger.ts")
        const moved = edit.moved ?? new Map<string, string>()
        const gone = [...before.secrets.keys()].filter((path) => !edit.repo.secrets.has(path))
        const made = secretsIn(tasks, files)
        const change = { tasks, before, moved, gone, files: made, at: context.now() }
        const notes = await ledgerAfter(flake, ruled.configPath, change)
        for (const note of notes) preload.add(note)
        return [...files, ...notes]
    }
    const isLoss = ({ value, extra }: Task): boolean => value === undefined && extra.length > 0
    const since = git !== undefined && tasks.some(isLoss) ? await linkDates(git) : undefined
    const ivs = new Map(
        files.flatMap((file) =>
            file.kind === "bytes" ? [[dirname(file.path), sealOf(file.bytes)?.iv ?? ""] as const] : [],
        ),
    )
    const notes = tasks.flatMap((task): readonly Write[] => {
        const known = readDebts(flake, task.source)
        const open = unsettled(known, sealOf(task.file))
        const path = `${task.path}/debt.json`
        const owed = plan.owed?.get(task.path) ?? []
        if (task.value !== undefined && owed.length === 0)
            return known.length === 0 ? [] : [{ kind: "unlink", path }]
        const began = (reader: Reader) => since?.(before, task.source, reader) ?? null
        const debts = task.value === undefined ? debtsAfter(open, before, task, context.now(), began) : owed
        if (debts.length === 0) return known.length === 0 ? [] : [{ kind: "unlink", path }]
        return [
            {
                kind: "text",
                path,
                text: printDebts(debts.map((debt) => ({ ...debt, iv: ivs.get(task.path) ?? "" }))),
            },
        ]
    })
    for (const note of notes) preload.add(note)
    return [...files, ...notes]
}

/** Everybody who has keys before or after: whose a recipient is matters on both sides. */
function merged(before: Repo, after: Repo): Pick<Repo, "users" | "machines"> {
    return {
        users: new Map([...before.users, ...after.users]),
        machines: new Map([...before.machines, ...after.machines]),
    }
}
