// A commit of single paths. What was written is what is in it, or there is none: what git has staged is held against
// the files, and nothing that keeps git from looking at a file ever makes an entry of it disappear.

import { existsSync } from "node:fs"
import { visibleName } from "../../error.ts"
import { quantity } from "../quantity.ts"
import { Failure } from "../failure.ts"
import { flagsCleared, flagsOf } from "./flags.ts"
import type { Flag } from "./flags.ts"
import { fromNul, nul } from "./git.ts"
import type { Checkout } from "./git.ts"
import { indexEntries, isAsWritten, stagedChanges } from "./staged.ts"
import type { Entry } from "./staged.ts"

/**
 * Tells git that new files exist, without staging what is in them: what clan does under CLAN_NO_COMMIT. Paths with a
 * conflict are left alone: git would take the announcement for its solution, and commit that the file is removed.
 * Throws `Failure` for a path that git is told not to look at: nobody would see that it waits to be committed.
 */
export async function announce(git: Checkout, paths: readonly string[]): Promise<void> {
    if (git.inner !== undefined) return
    const entries = await indexEntries(git)
    mustBeLookedAt(paths, entries)
    const wanted = paths.filter(
        (path) => entries.get(path)?.isConflict !== true && existsSync(`${git.flake}/${path}`),
    )
    if (wanted.length === 0) return
    const stdin = ["--pathspec-from-file=-", "--pathspec-file-nul"]
    await git.run(["--literal-pathspecs", "add", "--intent-to-add", ...stdin], nul(wanted))
}

/** Has the index say of these paths what the working tree says. Git alone writes its index, whole or not at all. */
export async function restage({ inner, run: git }: Checkout, paths: readonly string[]): Promise<void> {
    if (inner !== undefined) return
    const how = ["--add", "--remove", "--replace", "--ignore-skip-worktree-entries"]
    await git(["update-index", ...how, "-z", "--stdin"], nul(paths))
}

/**
 * Commits these paths as they are in the working tree, and nothing else: what the user has staged stays staged. No
 * pre-commit hook runs; signing is as configured. Returns the paths that the commit changed, none when there was
 * nothing to commit. When git fails they may be staged: `restage` has to follow what becomes of them.
 */
export async function commit(
    git: Checkout,
    paths: readonly string[],
    message: string,
): Promise<readonly string[]> {
    const staged = await stage(git, paths)
    const wanted = new Set(paths.map((path) => git.prefix + path))
    const ours = [...staged.keys()]
        .filter((path) => wanted.has(path))
        .map((path) => path.slice(git.prefix.length))
    if (ours.length === 0) return []
    const options = ["--no-verify", "--quiet", "--cleanup=whitespace", `--message=${message}`]
    // Git looks at every path for every pathspec; with nothing else staged, the index is the commit.
    if (ours.length === staged.size) await git.run(["commit", ...options])
    else {
        const only = ["--only", "--pathspec-from-file=-", "--pathspec-file-nul"]
        await git.run(["--literal-pathspecs", "commit", ...options, ...only], nul(ours))
    }
    return ours
}

/** Stages these paths, and returns all that is staged. Throws `Failure` unless of each it is what was written. */
async function stage(
    git: Checkout,
    paths: readonly string[],
    again = true,
): Promise<ReadonlyMap<string, Entry | undefined>> {
    await restage(git, paths)
    const staged = await stagedChanges(git)
    const unproven = paths.filter((path) => {
        const full = git.prefix + path
        return !staged.has(full) || !isAsWritten(git, path, staged.get(full))
    })
    if (unproven.length === 0) return staged
    const entries = await indexEntries(git)
    const unlike = unproven.filter((path) => !isAsWritten(git, path, entries.get(path)))
    if (unlike.length === 0) return staged
    const marked = unlike.filter((path) => entries.get(path)?.tag === "h")
    if (again && marked.length > 0 && (await isMarkingAll(git))) {
        await git.run(["update-index", "--no-assume-unchanged", "-z", "--stdin"], nul(marked))
        return stage(git, paths, false)
    }
    mustBeLookedAt(unlike, entries)
    throw await storedOtherwise(git, unlike)
}

/** Whether git has been set to mark every file that it writes: then a mark says nothing of what somebody wants. */
async function isMarkingAll({ run: git }: Checkout): Promise<boolean> {
    const settings = fromNul(
        await git(["config", "--show-scope", "-z", "--type=bool", "--get-all", "core.ignoreStat"]),
    )
    const own = settings.flatMap((scope, index) =>
        index % 2 === 0 && scope !== "command" ? [settings[index + 1]] : [],
    )
    return own.at(-1) === "true"
}

function mustBeLookedAt(paths: readonly string[], entries: ReadonlyMap<string, Entry>): void {
    for (const flag of ["skip-worktree", "assume-unchanged"] as const satisfies readonly Flag[]) {
        const marked = paths.filter((path) => flagsOf(entries.get(path)?.tag ?? "").includes(flag))
        if (marked.length === 0) continue
        throw new Failure("refused", `git is told not to look at ${these(marked)} (${flag})`, {
            hint: flagsCleared(flag, marked),
        })
    }
}

async function storedOtherwise({ run: git }: Checkout, paths: readonly string[]): Promise<Failure> {
    const names = ["filter", "working-tree-encoding", "ident", "text", "eol"]
    const found = fromNul(await git(["check-attr", "-z", "--stdin", ...names], nul(paths.slice(0, 1))))
    const set = names.filter(
        (_, index) => !["unspecified", "unset"].includes(found[index * 3 + 2] ?? "unset"),
    )
    const why = set.length === 0 ? "" : `: an attribute changes it (${set.join(", ")})`
    return new Failure("refused", `git would not store what was written to ${these(paths)}${why}`, {
        hint:
            set.length === 0
                ? `look at "git status"`
                : `put into .gitattributes: sops/** ${set.map((name) => `-${name}`).join(" ")}`,
    })
}

function these(paths: readonly string[]): string {
    const more = paths.length === 1 ? "" : ` and ${quantity(paths.length - 1, "more file")}`
    return visibleName(paths[0] ?? "") + more
}
