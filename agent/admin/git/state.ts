// What a repository may be in the middle of, or be set to, so that a command could not be what it seems.

import { closeSync, existsSync, lstatSync, openSync, readFileSync, readSync } from "node:fs"
import { isAbsolute, join } from "node:path"
import { visibleName } from "../../error.ts"
import { quantity } from "../quantity.ts"
import { Failure } from "../failure.ts"
import { flagsCleared } from "./flags.ts"
import { fromNul } from "./git.ts"
import type { Checkout } from "./git.ts"

/** Throws when a commit of single paths could not be made now, as in the middle of a merge, or in a submodule. */
export async function checkCanCommit({ directory, inner, run: git }: Checkout): Promise<void> {
    mustBeOne({ inner })
    const isRebase = rebases.some((folder) => existsSync(join(directory, folder)))
    for (const [file, work] of [
        ["MERGE_HEAD", "merge"],
        ["CHERRY_PICK_HEAD", isRebase ? "rebase" : "cherry-pick"],
        ["REVERT_HEAD", "revert"],
    ] as const) {
        if (existsSync(join(directory, file))) throw inProgress(work)
    }
    if (isRebase && (await git(["ls-files", "--unmerged", "-z"])).length > 0) throw inProgress("rebase")
}

/** Throws when the secrets lie in another repository than the flake. */
export function mustBeOne({ inner }: Pick<Checkout, "inner">): void {
    if (inner === undefined) return
    throw new Failure("refused", `nothing was changed: ${inner} is a git repository of its own`, {
        hint: `use --no-commit, and commit in ${inner} first and here then`,
    })
}

const rebases = ["rebase-merge", "rebase-apply"]

function inProgress(work: string): Failure {
    return new Failure("conflict", `a ${work} is in progress, in which git commits no single paths`, {
        hint: `finish it or "git ${work} --abort" it first, or use --no-commit`,
    })
}

/** What a commit that is made now will be on, if that is no branch; in words that a warning can end with. */
export function detachedFrom({ directory }: Checkout): string | undefined {
    const text = readFileSync(join(directory, "HEAD"), "utf8")
    if (!/^[0-9a-f]{40,}\s*$/u.test(text)) return undefined
    if (rebases.some((folder) => existsSync(join(directory, folder))))
        return `a rebase is in progress: the commit becomes a part of it`
    const leave = existsSync(join(directory, "BISECT_START"))
        ? `"git bisect reset" leaves it behind`
        : `it is left behind when you switch to one`
    return `HEAD is detached: the commit is on no branch, and ${leave}; "git branch NAME" keeps it`
}

/**
 * Throws when a part of the repository is not in the tree although git says nothing of it, as in a sparse checkout:
 * what is not there cannot be encrypted anew, and somebody whose access is taken would keep it.
 */
export async function checkComplete({ flake, directory, prefix, run: git }: Checkout): Promise<void> {
    const isSparse = existsSync(join(directory, "info/sparse-checkout"))
    if (!isSparse && !mayLeaveOut(join(directory, "index"))) return
    const files = fromNul(await git(["ls-files", "-t", "-z", "--", "sops", "vars"]))
    const left = files
        .filter((line) => line.startsWith("S "))
        .map((line) => line.slice(2))
        .filter((path) => lstatSync(join(flake, path), { throwIfNoEntry: false }) === undefined)
    if (left.length === 0) return
    const such = `${quantity(left.length, "file")}, such as ${visibleName(left[0] ?? "")}`
    if (isSparse)
        throw new Failure("refused", `nothing was changed: a sparse checkout leaves out ${such}`, {
            hint: `git sparse-checkout add ${prefix}sops ${prefix}vars`,
        })
    throw new Failure("refused", `nothing was changed: git is told not to miss ${such}`, {
        hint: `${flagsCleared("skip-worktree", left)} && git checkout -- ${left.length > 3 ? "sops" : left.join(" ")}`,
    })
}

/** Throws when one of these secrets is in the last commit: it is not in the tree, and would keep whoever reads it. */
export async function mustBeGone({ head, run: git }: Checkout, secrets: readonly string[]): Promise<void> {
    if (head === undefined || secrets.length === 0) return
    const files = secrets.map((path) => `${path}/secret`)
    const left: string[] = []
    for (let at = 0; at < files.length; at += 1000)
        left.push(
            ...fromNul(
                await git(["ls-tree", "-z", "--name-only", head, "--", ...files.slice(at, at + 1000)]),
            ),
        )
    if (left.length === 0) return
    const such = `${quantity(left.length, "secret")}, such as ${visibleName(left[0] ?? "")}`
    throw new Failure("refused", `nothing was changed: the last commit has what the tree has not: ${such}`, {
        hint: "take it back (git checkout HEAD -- sops), or commit that it is gone",
    })
}

/**
 * Whether files of this index can be marked as left out. The mark lies in a field that only versions above 2 have; an
 * index in two parts may have it in the other one.
 */
function mayLeaveOut(index: string): boolean {
    if (!existsSync(index)) return false
    const descriptor = openSync(index, "r")
    try {
        const head = Buffer.alloc(12)
        // An index in two parts holds next to nothing here.
        return readSync(descriptor, head) < 12 || head.readUInt32BE(4) > 2 || head.readUInt32BE(8) === 0
    } finally {
        closeSync(descriptor)
    }
}

/** Whether a file is another one than was committed, or is not committed at all. One that lies elsewhere is not. */
export async function differs({ run }: Checkout, path: string): Promise<boolean> {
    if (isAbsolute(path)) return false
    const status = await run(["--literal-pathspecs", "status", "--porcelain", "-z", "--", path])
    return status.length > 0
}
