// Every command that changes the repository is the same function with another edit (design, "An admin command"):
//
//   lock -> recover -> load -> edit -> rules -> examine -> seal all in memory -> stage -> apply -> commit -> report
//
// An edit is pure. Who has to be told, which files are sealed again and which links change follows from comparing the
// repository before with the repository after.

import { join } from "node:path"
import { printDebts } from "../repo/debt.ts"
import { debtsAfter } from "../repo/debt-after.ts"
import { shifts } from "../repo/difference.ts"
import type { Edit, Shift } from "../repo/difference.ts"
import { linkChanges } from "../repo/links.ts"
import { ownersOf, recipientsOf } from "../repo/recipients.ts"
import type { Repo } from "../repo/repo.ts"
import { checkRules, takesAccess } from "../repo/rules.ts"
import { callerRecipients } from "./caller.ts"
import { isUnfinished, makeChange, recover } from "./change.ts"
import { warn } from "./context.ts"
import type { Context } from "./context.ts"
import { readDebts } from "./debts.ts"
import { Failure } from "./failure.ts"
import { flakeDirectory } from "./flake.ts"
import { checkCanCommit, findGit, ignoredPaths } from "./git.ts"
import type { Git } from "./git.ts"
import { lock } from "./lock.ts"
import { commitMessage, printPlan, printResult } from "./report.ts"
import { examine } from "./sealing.ts"
import type { Task, Want } from "./sealing.ts"
import { sealAll } from "./sealing-all.ts"
import type { Write } from "./staging.ts"
import { loadWorktree, mustBeReadable } from "./worktree.ts"
import type { Worktree } from "./worktree.ts"

/** What a command wants changed. */
export interface Mutation {
    /** The first line of the commit message. */
    readonly message: string
    readonly edit: (tree: Worktree) => Edit | Promise<Edit>
    /** New values of secrets, by their paths. */
    readonly values?: ReadonlyMap<string, Buffer>
    /** Look at every secret, and not at those alone that the edit touches: files may not be as their links say. */
    readonly everything?: boolean
}

/** What a mutation does, before it is done. */
export interface Plan {
    readonly message: string
    readonly before: Repo
    readonly edit: Edit
    readonly shifts: readonly Shift[]
    /** The files that are written anew. */
    readonly tasks: readonly Task[]
    /** Links, key files and folders. */
    readonly changes: readonly Write[]
    readonly git: Git | undefined
}

/** Carries out a mutation, or with --dry-run shows what it would do. Nothing has changed when it throws. */
export async function mutate(context: Context, mutation: Mutation): Promise<void> {
    const flake = flakeDirectory(context)
    const git = await findGit(flake, context.env)
    if (context.flags.dryRun) {
        if (isUnfinished(flake))
            warn(context, "an interrupted command will be finished first; this does not show it")
        printPlan(await planOf(flake, git, mutation, context), context)
        return
    }
    const unlock = await (git === undefined
        ? lock(flake, "directory", context)
        : lock(join(git.directory, "clan.lock"), "file", context))
    try {
        await recover(flake, git, context)
        const plan = await planOf(flake, git, mutation, context)
        if (git !== undefined) await checkGit(git, plan, context)
        const writes = [...plan.changes, ...(await sealed(flake, plan, context))]
        const made = await makeChange(flake, git, writes, commitMessage(plan), context)
        printResult(plan, made, context)
    } finally {
        unlock()
    }
}

async function planOf(
    flake: string,
    git: Git | undefined,
    { message, edit: change, values = new Map(), everything = false }: Mutation,
    context: Context,
): Promise<Plan> {
    const tree = loadWorktree(flake)
    mustBeReadable(tree)
    const before = tree.repo
    const edit = await change(tree)
    const changed = shifts(before, edit)
    checkRules(before, edit, {
        recipients: takesAccess(changed) ? await callerRecipients(before, context) : new Set(),
        allowLockout: context.flags.allowLockout,
        allowMixed: context.flags.allowMixed,
    })

    const touched = new Set([...changed.map(({ path }) => path), ...values.keys()])
    const tasks: Task[] = []
    for (const [path, grants] of edit.repo.secrets) {
        if (!everything && !touched.has(path)) continue
        const value = values.get(path)
        const want: Want = {
            path,
            source: edit.moved?.get(path) ?? path,
            recipients: recipientsOf(edit.repo, grants),
            ...(value === undefined ? {} : { value }),
        }
        const task = await examine(flake, want)
        if (task !== undefined) tasks.push(task)
    }
    const stale = everything ? tree.dangling.map(({ path }): Write => ({ kind: "unlink", path })) : []
    const changes = [...linkChanges(before, edit, tree.dangling), ...stale]
    return { message, before, edit, shifts: changed, tasks, changes, git }
}

/** The files of a plan, and the notes about those who lose them. */
async function sealed(
    flake: string,
    { tasks, before, edit }: Plan,
    context: Context,
): Promise<readonly Write[]> {
    const files = await sealAll(tasks, ownersOf({ ...before, ...merged(before, edit.repo) }), context)
    const notes = tasks.flatMap((task): readonly Write[] => {
        const known = readDebts(flake, task.source)
        const path = `${task.path}/debt.json`
        if (task.value !== undefined) return known.length === 0 ? [] : [{ kind: "unlink", path }]
        const debts = debtsAfter(known, before, task, context.now())
        if (debts.length === 0) return known.length === 0 ? [] : [{ kind: "unlink", path }]
        return [{ kind: "text", path, text: printDebts(debts) }]
    })
    return [...files, ...notes]
}

async function checkGit(git: Git, { tasks, changes }: Plan, context: Context): Promise<void> {
    if (tasks.length + changes.length === 0) return
    if (!context.flags.noCommit) checkCanCommit(git)
    const paths = [
        ...tasks.map(({ path }) => `${path}/secret`),
        ...changes.filter(isNew).map(({ path }) => path),
    ]
    if (paths.length === 0) return
    const [ignored] = await ignoredPaths(git, paths)
    if (ignored === undefined) return
    throw new Failure("refused", `nothing was changed: git ignores ${ignored}`, {
        hint: "take it out of .gitignore: a secret that is not committed reaches no machine",
    })
}

function isNew({ kind }: Write): boolean {
    return kind === "text" || kind === "link" || kind === "bytes"
}

/** Everybody who has keys before or after: whose a recipient is matters on both sides. */
function merged(before: Repo, after: Repo): Pick<Repo, "users" | "machines"> {
    return {
        users: new Map([...before.users, ...after.users]),
        machines: new Map([...before.machines, ...after.machines]),
    }
}
