// The repository as it is, or as it was in a commit that somebody names.

import { childEnvironment, findProgram, run } from "../children.ts"
import type { Version } from "../repo/audit.ts"
import type { Repo } from "../repo/repo.ts"
import { glance } from "../sops/glance.ts"
import type { Context } from "./context.ts"
import { Failure } from "./failure.ts"
import { flakeDirectory } from "./flake.ts"
import { type Git, repositoryAt, versions } from "./history.ts"
import { loadWorktree } from "./worktree.ts"

const deadline = 10 * 60_000
const largestAnswer = 2 ** 31

/** The repository in the working tree, or in the commit that `revision` names. */
export async function repoAt(revision: string | undefined, context: Context): Promise<Repo> {
    if (revision === undefined) return loadWorktree(flakeDirectory(context)).repo
    const { git, prefix } = await gitOf(context)
    return repositoryAt(git, await commitOf(git, revision), prefix)
}

/** Every state that led to `revision`, see `versions`. */
export async function versionsTo(revision: string, context: Context): Promise<readonly Version[]> {
    const { git, prefix } = await gitOf(context)
    return versions(git, recipientsIn, await commitOf(git, revision), prefix)
}

/** What a careful reader would be needed for counts as unknown: history may hold anything, and the links speak too. */
function recipientsIn(file: Buffer): readonly string[] | undefined {
    return glance(file)
}

async function commitOf(git: Git, revision: string): Promise<string> {
    try {
        const id = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`])
        return id.toString("latin1").trim()
    } catch {
        throw new Failure("not-found", `git knows no commit "${revision}"`)
    }
}

/** git in the flake's directory, and that directory's place in its repository. */
async function gitOf(context: Context): Promise<{ git: Git; prefix: string }> {
    const program = findProgram("git", context.env["PATH"])
    if (program === undefined)
        throw new Failure("not-found", "git was not found in an absolute entry of PATH")
    const env = childEnvironment(context.env)
    const cwd = flakeDirectory(context)
    const git: Git = async (args, input) => {
        const job = { program, args, env, cwd, deadline, maxOutput: largestAnswer }
        const { end, stdout, stderr } = await run(input === undefined ? job : { ...job, input })
        if (end.kind === "exit" && end.code === 0) return stdout
        throw new Failure("refused", `git ${args[0] ?? ""} failed`, {
            cause: new Error(stderr.trim() || end.kind),
        })
    }
    const prefix = await git(["rev-parse", "--show-prefix"])
    return { git, prefix: prefix.toString("utf8").replace(/\n$/u, "") }
}
