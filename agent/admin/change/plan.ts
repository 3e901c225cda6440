// What a mutation does, before it is done: the edit is made, its rules are checked, and what follows from it is found by
// comparing the repository before with the repository after, and the files with both.

import { readersOf } from "../../repo/access.ts"
import { holdersOf, shifts } from "../../repo/difference.ts"
import type { Edit, Shift } from "../../repo/difference.ts"
import { grantsOf, secretName } from "../../repo/edits.ts"
import { linkChanges } from "../../repo/links.ts"
import { recipientsOf } from "../../repo/recipients.ts"
import type { Repo } from "../../repo/repo.ts"
import { checkNames, checkRules, takesAccess } from "../../repo/rules.ts"
import { letYouRead } from "../../repo/verify.ts"
import { callerRecipients } from "../keys/caller.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { ignoredPaths } from "../git/git.ts"
import type { Git } from "../git/git.ts"
import { checkCanCommit, checkComplete, detachedFrom } from "../git/state.ts"
import { examine } from "./seal.ts"
import type { Task, Want } from "./seal.ts"
import type { Write } from "./staging.ts"
import { loadWorktree, mustBeReadable } from "../repository/worktree.ts"
import type { Worktree } from "../repository/worktree.ts"

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

/** Who gains and who loses a secret. */
export type Drift = Pick<Shift, "path" | "gained" | "lost">

/** What a mutation does, before it is done. */
export interface Plan {
    readonly message: string
    readonly before: Repo
    readonly edit: Edit
    /** Who gains and who loses which secret, be it by links or because files were not as the links say. */
    readonly shifts: readonly Drift[]
    /** The files that are written anew. */
    readonly tasks: readonly Task[]
    /** Links, key files and folders. */
    readonly changes: readonly Write[]
    readonly git: Git | undefined
}

/** Plans a mutation, and checks that it may be. Nothing is written, and nothing is opened. */
export async function planOf(
    flake: string,
    git: Git | undefined,
    { message, edit: change, values = new Map(), everything = false }: Mutation,
    context: Context,
): Promise<Plan> {
    if (git !== undefined) await checkComplete(git)
    const tree = loadWorktree(flake)
    mustBeReadable(tree)
    const before = tree.repo
    const edit = await change(tree)
    checkNames(before, edit.repo)
    const source = (path: string): string => edit.moved?.get(path) ?? path
    // A folder of links without a file is no secret: nobody loses anything by what happens to it.
    const changed = shifts(before, edit).filter(
        ({ path }) => values.has(path) || tree.sealed.has(source(path)),
    )
    checkRules(changed, {
        recipients: takesAccess(changed) ? await callerRecipients(before, context) : new Set(),
        allowLockout: context.flags.allowLockout,
        allowMixed: context.flags.allowMixed,
    })

    const known = new Map(changed.map(({ path, after }) => [path, after]))
    const paths = everything ? edit.repo.secrets.keys() : new Set([...known.keys(), ...values.keys()])
    const stale = everything ? tree.dangling.map(({ path }): Write => ({ kind: "unlink", path })) : []
    const changes = [...linkChanges(before, edit, tree.dangling), ...stale]
    // Git looks at the paths while this looks at the files. Where all of them are looked at, few will be written.
    const ignored = everything ? undefined : ignoredAmong(git, [...paths].map(fileOf), changes)
    ignored?.catch(() => undefined)
    const tasks: Task[] = []
    for (const path of paths) {
        const value = values.get(path)
        const grants = grantsOf(edit.repo, path)
        if (everything && !readersOf(edit.repo, grants).some(({ kind }) => kind === "user")) {
            const way = path.startsWith("sops/secrets/") ? ` (${letYouRead(path)})` : ""
            warn(context, `${secretName(path)} is left as it is: its links let no user read it${way}`)
            continue
        }
        const want: Want = {
            path,
            source: source(path),
            recipients: known.get(path) ?? recipientsOf(edit.repo, grants),
            ...(value === undefined ? {} : { value }),
        }
        const task = await examine(flake, want)
        if (task !== undefined) tasks.push(task)
    }
    await checkDrift(tasks, before, context)
    const drifted = tasks.filter(({ path }) => !known.has(path)).map((task) => drift(task, before, edit))
    if (git !== undefined && tasks.length + changes.length > 0) {
        if (!context.flags.noCommit) {
            await checkCanCommit(git)
            const detached = detachedFrom(git)
            if (detached !== undefined) warn(context, detached)
        }
        const files = tasks.map(({ path }) => fileOf(path))
        mustNotBeIgnored(await (ignored ?? ignoredAmong(git, files, changes)), files, changes)
    }
    return { message, before, edit, shifts: [...changed, ...drifted], tasks, changes, git }
}

/** What changes for a file that was not as its links say, although the links stay. */
function drift({ path, recipients, extra, missing }: Task, before: Repo, { repo }: Edit): Drift {
    const gained = holdersOf(repo, new Set(missing))
    return { path, gained, lost: holdersOf(before, new Set(extra).difference(new Set(recipients))) }
}

/** What checkRules says of links, said of the files themselves: they may know the caller by no link at all. */
async function checkDrift(tasks: readonly Task[], before: Repo, context: Context): Promise<void> {
    const losing = tasks.filter(({ extra }) => extra.length > 0)
    if (losing.length === 0 || context.flags.allowLockout) return
    const mine = await callerRecipients(before, context)
    const lost = losing.filter(
        ({ extra, recipients }) =>
            extra.some((each) => mine.has(each)) && !recipients.some((each) => mine.has(each)),
    )
    if (lost.length === 0) return
    const names = lost.map(({ path }) => secretName(path)).join(", ")
    throw new Failure("refused", `after this, you yourself could no longer read: ${names}`, {
        hint: "no link lets you read it; add one, or use --allow-lockout",
    })
}

/** Those of the files that may be written, and of what is changed besides, that git is told to ignore. */
async function ignoredAmong(
    git: Git | undefined,
    files: readonly string[],
    changes: readonly Write[],
): Promise<ReadonlySet<string>> {
    const paths = [...files, ...newPaths(changes)]
    return new Set(git === undefined || paths.length === 0 ? [] : await ignoredPaths(git, paths))
}

function mustNotBeIgnored(
    ignored: ReadonlySet<string>,
    files: readonly string[],
    changes: readonly Write[],
): void {
    const path = [...files, ...newPaths(changes)].find((each) => ignored.has(each))
    if (path === undefined) return
    throw new Failure("refused", `nothing was changed: git ignores ${path}`, {
        hint: "take it out of .gitignore: a secret that is not committed reaches no machine",
    })
}

function fileOf(secret: string): string {
    return `${secret}/secret`
}

function newPaths(changes: readonly Write[]): readonly string[] {
    return changes.filter(isNew).map(({ path }) => path)
}

function isNew({ kind }: Write): boolean {
    return kind === "text" || kind === "link" || kind === "bytes"
}
