// The repository as it is, or as it was in a commit that somebody names.

import type { Repo } from "../../repo/repo.ts"
import { quickRecipients } from "../../sops/shape/quick-reading.ts"
import { type Context, warn } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { findGit, type Checkout } from "./git.ts"
import { type RunGit, type History, isShallow, repositoryAt, versions } from "./history.ts"
import { layoutOf } from "../repository/layout.ts"
import { loadRepo } from "../repository/load.ts"

/** The repository in the working tree, or in the commit that `revision` names. */
export async function repoAt(revision: string | undefined, context: Context): Promise<Repo> {
    if (revision === undefined) return loadRepo(flakeDirectory(context), context)
    const { git, prefix } = await gitOf(context)
    const commit = await commitOf(git, revision)
    if (layoutOf(flakeDirectory(context), context) === "clan") return repositoryAt(git, commit, prefix)
    return (await import("./ruled-at.ts")).ruledRepoAt({ run: git, prefix }, commit)
}

/** Every state that led to `revision`, see `versions`. */
export async function versionsTo(revision: string, context: Context): Promise<History> {
    const { git, prefix } = await gitOf(context)
    if (await isShallow(git))
        warn(context, "this clone has only the last part of its past; all of it: git fetch --unshallow")
    const commit = await commitOf(git, revision)
    const flake = flakeDirectory(context)
    if (layoutOf(flake, context) === "clan") return versions(git, recipientsIn, commit, prefix)
    const [{ ruledVersions }, { readConfiguration }] = await Promise.all([
        import("./ruled-history.ts"),
        import("../repository/ruled-tree.ts"),
    ])
    return ruledVersions(git, commit, prefix, readConfiguration(flake, context))
}

/** What a careful reader would be needed for counts as unknown: history may hold anything, and the links speak too. */
function recipientsIn(file: Buffer): readonly string[] | undefined {
    return quickRecipients(file)
}

async function commitOf(git: RunGit, revision: string): Promise<string> {
    try {
        const id = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`])
        return id.toString("latin1").trim()
    } catch {
        throw new Failure("not-found", `git knows no commit "${revision}"`)
    }
}

/** git in the flake's directory, and that directory's place in its repository. */
async function gitOf(context: Context): Promise<{ git: Checkout["run"]; prefix: string }> {
    const flake = flakeDirectory(context)
    const found = await findGit(flake, context.env)
    if (found === undefined) throw new Failure("not-found", `${flake} is in no git repository`)
    return { git: found.run, prefix: found.prefix }
}
