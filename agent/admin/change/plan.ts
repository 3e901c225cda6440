// What a mutation does, before it is done: the edit is made, its rules are checked, and what follows from it is found by
// comparing the repository before with the repository after, and the files with both.

import { visibleName } from "../../error.ts"
import { readersOf } from "../../repo/access.ts"
import { learned } from "../../repo/consent/accepted.ts"
import type { Held, Lesson } from "../../repo/consent/accepted.ts"
import type { Decision } from "../../repo/consent/consent.ts"
import { readerName, shifts } from "../../repo/difference.ts"
import type { Edit, Shift } from "../../repo/difference.ts"
import { grantsOf, secretName } from "../../repo/edits.ts"
import { lessonOf } from "../../repo/consent/lesson.ts"
import { linkChanges } from "../../repo/links.ts"
import type { Debt } from "../../repo/debt.ts"
import type { Repo } from "../../repo/repo.ts"
import { both, lessonOfName } from "../../repo/consent/renamed.ts"
import { Request } from "../../repo/consent/request.ts"
import type { Pair } from "../../repo/consent/request.ts"
import { keptByOthers, newlyShared } from "../../repo/shared-keys.ts"
import { checkNames, checkRules, takesAccess, takesFromSomebody } from "../../repo/rules.ts"
import { letYouRead } from "../../repo/verify.ts"
import { callerRecipients } from "../keys/caller.ts"
import { severalNames } from "../keys/error.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import type { Checkout } from "../git/git.ts"
import { checkCanCommit, checkComplete, detachedFrom, differs, mustBeGone, mustBeOne } from "../git/state.ts"
import { recall } from "./accepted.ts"
import { agree } from "./agree.ts"
import { drift, partedBy } from "./drift.ts"
import type { AccessDrift } from "./drift.ts"
import { blobOf, heldIn } from "./held.ts"
import { ignoredAmong, mustNotBeIgnored } from "./ignored.ts"
import { bindingTask, examine, taskFor } from "./sealing/seal.ts"
import type { Examined, Task } from "./sealing/seal.ts"
import type { Write } from "./staging.ts"
import type { RuledTree } from "../repository/ruled-tree.ts"
import { fileOf, formatAt } from "../repository/secret-file.ts"
import { leftOutBy, loadWorkingTree } from "../repository/working-tree.ts"
import type { TreeEdit, WorkingTree } from "../repository/working-tree.ts"
import { mustBeReadable } from "../repository/worktree.ts"
import { leaveOutStrange, placesWithout } from "./strange.ts"
import { aboutRule, ruledChanges } from "./ruled-changes.ts"
import { mustBeHere } from "../keys/vouched.ts"

/** What a command wants changed. */
export interface Mutation {
    /** The first line of the commit message. */
    readonly message: string
    readonly edit: (tree: WorkingTree) => TreeEdit | Promise<TreeEdit>
    /** New values of secrets, by their paths. */
    readonly values?: ReadonlyMap<string, Buffer>
    /** Which value of the file it is, for files with many; the whole plaintext without one. */
    readonly key?: string | undefined
    /** Files without secrets that go with it, and folders of such files that are moved or removed. */
    readonly files?: readonly Write[]
    /** Of the new values those that are known to some who may not, by their paths. */
    readonly owed?: ReadonlyMap<string, readonly Debt[]>
    /** What this clone agrees to besides; it has the last word. */
    readonly lesson?: Lesson
    /** What was done, in words, where nobody gained or lost anything by it. */
    readonly says?: string
    /** Replace values whose file was sealed for another place, or is not bound where it has to be. */
    readonly anywhere?: boolean
    /** Refuse what is not bound from now on, or refuse it no longer. */
    readonly strict?: boolean | undefined
    /** Look at every secret, and not at those alone that the edit touches: files may not be as their links say. */
    readonly everything?: boolean
    /** Bind the files of these secrets, of all without paths, as they are; with `moved` those of other places too. */
    readonly bind?: { readonly paths: readonly string[] | undefined; readonly moved: boolean }
    /** Whether it also makes sense where the rules of a `.sops.yaml` say who reads what. */
    readonly serves?: "both"
    /** Of everything, these alone. */
    readonly only?: ReadonlySet<string>
}

/** What a mutation does, before it is done. */
export interface Plan {
    readonly message: string
    /** Said after the change, see `Mutation`. */
    readonly says?: string | undefined
    readonly owed?: Mutation["owed"] | undefined
    readonly before: Repo
    readonly edit: Edit
    /** Who gains and who loses which secret, be it by links or because files were not as the links say. */
    readonly shifts: readonly AccessDrift[]
    /** The files that are written anew. */
    readonly tasks: readonly Task[]
    /** Links, key files and folders. */
    readonly changes: readonly Write[]
    readonly git: Checkout | undefined
    /** Whether what is not bound is refused afterwards, if that changes. */
    readonly strict?: boolean | undefined
    readonly ruled?: RuledTree | undefined
    /** Files that others wrote and that belong into the commit: the rules that all files are brought to. */
    readonly with?: readonly string[]
    /** Secrets that are left out, because their files are those of other places, with these places. */
    readonly strange: ReadonlyMap<string, string>
    /** Links that no file obeys, and that stay so. */
    readonly unobeyed?: readonly { readonly path: string; readonly pair: Pair }[]
}

/** A plan that can be carried out. */
export interface Planned extends Plan {
    /** What this clone learns of the new files by the paths of their secrets; `keys` are the names of what they are bound under. */
    readonly lesson: (made: ReadonlyMap<string, Buffer>, keys: ReadonlyMap<string, string>) => Promise<Lesson>
}

/** Plans a mutation, and checks that it may be. Nothing is written, and nothing is opened. */
export async function planOf(
    flake: string,
    git: Checkout | undefined,
    {
        message,
        says,
        owed,
        lesson: besides,
        edit: change,
        values = new Map(),
        key,
        files: plain = [],
        everything = false,
        bind,
        only,
        anywhere = false,
        strict,
    }: Mutation,
    context: Context,
): Promise<Planned> {
    if (git !== undefined) await checkComplete(git)
    if (git !== undefined && !context.flags.noCommit) mustBeOne(git)
    const tree = await loadWorkingTree(flake, context)
    mustBeReadable(tree)
    const areNew =
        tree.ruled !== undefined && git !== undefined && (await differs(git, tree.ruled.configPath))
    const edit = await change(tree)
    const ruled = edit.rules ?? tree.ruled
    const leftOut = edit.rules === undefined ? tree.leftOut : leftOutBy(edit.rules)
    checkNames(tree.repo, edit.repo)
    // Nobody gains or loses anything by a name: all is compared as if they had always had it.
    const before = edit.renamed?.repo ?? tree.repo
    warnOfSharedKeys(before, edit, context)
    const source = (path: string): string => edit.moved?.get(path) ?? path
    // A folder of links without a file is no secret: nobody loses anything by what happens to it.
    const changed = shifts(before, edit).filter(
        ({ path }) => values.has(path) || tree.sealed.has(source(path)),
    )
    // Where kinds are guessed, no rule is about them.
    checkRules(ruled === undefined ? changed : changed.map((shift) => ({ ...shift, hasUser: true })), {
        recipients: takesAccess(changed) ? await callerRecipients(before, context) : new Set(),
        allowLockout: context.flags.allowLockout,
        allowMixed: context.flags.allowMixed,
    })

    const accepted = await recall(flake, git, tree, context)
    const newName = lessonOfName(accepted, edit.renamed)
    const request = new Request(before, edit, learned(accepted, newName))
    const takes = takesFromSomebody(before, edit.repo)
    if (git !== undefined && ruled === undefined && takes)
        await mustBeGone(
            git,
            [...accepted.secrets.keys()].filter((path) => !tree.sealed.has(path)),
        )
    const paths = everything
        ? withoutLeftOut([...(only ?? edit.repo.secrets.keys())], tree, context)
        : bind === undefined
          ? touched(request, changed, values)
          : (bind.paths ?? [...tree.sealed])
    const stale =
        everything && only === undefined
            ? tree.dangling.map(({ path }): Write => ({ kind: "unlink", path }))
            : []
    const links =
        ruled === undefined
            ? [...linkChanges(tree.repo, edit, tree.dangling), ...stale]
            : ruledChanges(flake, before, edit)
    const changes = [...links, ...plain]
    // Git looks at the paths while this looks at the files. Where all of them are looked at, few will be written.
    const ignored = everything ? undefined : ignoredAmong(git, paths.map(fileOf), changes)
    ignored?.catch(() => undefined)
    const found = new Map<string, Examined>()
    for (const path of paths) {
        const value = values.get(path)
        const grants = grantsOf(edit.repo, path)
        const why = everything ? undefined : leftOut.get(source(path))
        if (why !== undefined) throw new Failure("refused", `${visibleName(path)} ${why}`)
        if (
            ruled === undefined &&
            everything &&
            !readersOf(edit.repo, grants).some(({ kind }) => kind === "user")
        ) {
            const way = path.startsWith("sops/secrets/") ? ` (${letYouRead(path)})` : ""
            warn(context, `${secretName(path)} is left as it is: its links let no user read it${way}`)
            continue
        }
        const want = { path, source: source(path), ...(value === undefined ? {} : { value }) }
        const one = await examine(flake, git, want, ruled?.spelled)
        if (one !== undefined) found.set(path, one)
    }
    if (!anywhere) await mustBeHere(found, request, context)
    const strange = takes ? await leaveOutStrange(found, request, context) : new Map<string, string>()
    const judged = await agree(
        {
            flake,
            git,
            request,
            found,
            everything,
            binding: bind !== undefined,
            sealed: tree.sealed,
            rules: ruled && { path: ruled.configPath, areNew },
        },
        context,
    )
    const made = new Map<string, Decision>()
    const tasks: Task[] = []
    for (const [path, one] of found) {
        const decision = judged.decisions.get(path)
        if (decision === undefined) continue
        const task =
            bind === undefined
                ? taskFor(path, one, decision, aboutRule(path, ruled, everything))
                : bindingTask(path, one, decision, bind.moved)
        if (task === undefined) continue
        tasks.push({ ...task, ...(key === undefined ? {} : { key }), strict: request.accepted.strict })
        made.set(path, decision)
    }
    await checkDrift(tasks, before, context)
    if (git !== undefined && tasks.length + changes.length > 0) {
        if (!context.flags.noCommit) {
            await checkCanCommit(git)
            const detached = detachedFrom(git)
            if (detached !== undefined) warn(context, detached)
        }
        const files = tasks.map(({ path }) => fileOf(path))
        mustNotBeIgnored(await (ignored ?? ignoredAmong(git, files, changes)), files, changes)
    }
    const byLinks = new Map(changed.map((shift) => [shift.path, shift]))
    const drifts = tasks.map((task) => drift(task, made.get(task.path), byLinks.get(task.path), request))
    const lostByLinks = changed.filter(
        ({ path, lost }) => !made.has(path) && !strange.has(path) && lost.length > 0,
    )
    return {
        strict,
        message,
        says,
        owed,
        before,
        edit,
        shifts: [
            ...drifts,
            ...lostByLinks.map(({ path, lost }): AccessDrift => ({
                path,
                gained: [],
                ...partedBy(lost, found.get(path)?.held, request),
            })),
        ].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
        tasks,
        changes,
        strange,
        git,
        ruled,
        with: areNew && everything && ruled !== undefined ? [ruled.configPath] : [],
        unobeyed: [...judged.decisions].flatMap(([path, { unobeyed }]) =>
            unobeyed.map((pair) => ({ path, pair })),
        ),
        lesson: async (files, keys) => {
            const held = new Map<Decision, Held | undefined>()
            for (const [path, decision] of made) {
                const file = files.get(path)
                const own = file && (await heldIn(file, blobOf(file, git), formatAt(decision.touch.path)))
                held.set(decision, own && { ...own, key: keys.get(path) })
            }
            const learnt = lessonOf(request, held, judged.accepted)
            const secrets = new Map([...learnt.secrets, ...placesWithout(strange, changed, request)])
            const own = both(newName, { ...learnt, secrets, strict })
            return besides === undefined ? own : both(own, besides)
        },
    }
}

/** Those of the secrets that can be written. The others are named, once for each reason. */
function withoutLeftOut(
    paths: readonly string[],
    { leftOut }: WorkingTree,
    context: Context,
): readonly string[] {
    const left = paths.filter((path) => leftOut.has(path))
    for (const [why = "", some] of Map.groupBy(left, (path) => leftOut.get(path)))
        warn(context, `left as it is, because it ${why}: ${severalNames(some.map(visibleName))}`)
    return paths.filter((path) => !leftOut.has(path))
}

/** The secrets that an edit touches: others can read them by their links, or the command names them. */
function touched(
    { edit }: Request,
    changed: readonly Shift[],
    values: ReadonlyMap<string, Buffer>,
): readonly string[] {
    const moved = edit.moved?.keys() ?? []
    const paths = new Set([...changed.map(({ path }) => path), ...values.keys(), ...moved])
    const { grants, members, keys } = edit.named ?? {}
    for (const path of grants?.keys() ?? []) paths.add(path)
    if (members === undefined && keys === undefined) return [...paths]
    for (const [path, { groups }] of edit.repo.secrets) {
        if ([...groups].some((group) => members?.has(group) === true)) paths.add(path)
        if (keys === undefined) continue
        const readers = readersOf(edit.repo, grantsOf(edit.repo, path)).map(readerName)
        if (readers.some((name) => keys.has(name))) paths.add(path)
    }
    return [...paths]
}

function warnOfSharedKeys(before: Repo, edit: Edit, context: Context): void {
    for (const owners of newlyShared(before, edit.repo))
        warn(
            context,
            `${owners.join(" and ")} have the same key: what is taken from one of them alone is not taken away`,
        )
    for (const { reader, by, secrets } of keptByOthers(before, edit))
        warn(
            context,
            `${reader} can still read ${severalNames(secrets.map(secretName))}: ${by} has the same key`,
        )
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
    const names = severalNames(lost.map(({ path }) => secretName(path)))
    throw new Failure("refused", `after this, you yourself could no longer read: ${names}`, {
        hint: "no link lets you read it; add one, or use --allow-lockout",
    })
}
