// What a mutation asks of git: a constant number of processes, whatever the number of paths. Paths are relative to the
// flake, which may be a folder of the repository (clan-secrets D17); they are never taken for patterns.

import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Readable } from "node:stream"
import { childEnvironment, findProgram, run } from "../../os/children.ts"
import type { Environment } from "../../os/children.ts"
import { UserError, visibleName } from "../../error.ts"
import { counted } from "../counted.ts"
import { Failure } from "../failure.ts"

/** The git repository that a flake lies in. */
export interface Git {
    /** The directory that belongs to this working tree alone: `.git`, or `.git/worktrees/<name>`. */
    readonly directory: string
    /** The flake's folder in the repository: empty, or ending with a slash. */
    readonly prefix: string
    /** The commit that is checked out; undefined before the first. */
    readonly head: string | undefined
    /** `sha1`, or what else a newer git may have. */
    readonly objectFormat: string
    /** Runs git in the flake and gives its standard output. Throws `UserError` with what git said. */
    readonly run: (args: readonly string[], input?: Buffer | Readable) => Promise<Buffer>
}

/** What decides who commits, where and how it is signed. Not GIT_DIR and its like: the flake says which repository. */
const honoured =
    "GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE EMAIL " +
    "GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_CONFIG_NOSYSTEM GIT_CEILING_DIRECTORIES GIT_DISCOVERY_ACROSS_FILESYSTEM " +
    "GIT_CONFIG_COUNT SSH_AUTH_SOCK GNUPGHOME PINENTRY_USER_DATA"

/**
 * What holds whatever else is configured. A folder of a repository is never taken for a repository itself: somebody
 * may have committed it as one, with a configuration that runs programs. And the rest keeps what git prints as it is
 * read here, whatever a user prefers to look at.
 */
const settled = [
    "safe.bareRepository=explicit",
    "diff.relative=false",
    "log.showRoot=true",
    "log.showSignature=false",
].flatMap((setting) => ["-c", setting])

/**
 * For every object that it packs, git asks for a quarter of a MiB and gives it back. glibc hands each of them to the
 * kernel, which takes a quarter of what it takes to pack a thousand files; up to 64 MiB are kept instead.
 */
const allocator = { MALLOC_TRIM_THRESHOLD_: String(64 * 1024 * 1024) }

/** The repository of a flake; `undefined` when neither it nor a parent has a `.git`. */
export async function findGit(flake: string, env: Environment): Promise<Git | undefined> {
    if (!hasRepository(flake)) return undefined
    const program = findProgram("git", env["PATH"])
    if (program === undefined) {
        throw new UserError("git was not found in an absolute entry of PATH", { hint: "install git" })
    }
    const settings = Object.keys(env).filter((name) => /^GIT_CONFIG_(?:KEY|VALUE)_\d+$/u.test(name))
    const environment = { ...childEnvironment(env, [...honoured.split(" "), ...settings]), ...allocator }
    const git: Git["run"] = async (args, input = Buffer.alloc(0)) => {
        const { end, stdout, stderr } = await run({
            program,
            args: ["-C", flake, ...settled, ...args],
            env: environment,
            deadline: undefined,
            input,
            maxOutput: 1024 * 1024 * 1024,
        })
        if (end.kind === "exit" && end.code === 0) return stdout
        const how =
            end.kind === "exit" ? `with status ${end.code}` : `by ${"signal" in end ? end.signal : end.kind}`
        const command = args.find((arg) => /^[a-z][a-z-]*$/u.test(arg)) ?? ""
        throw new GitError(command, how, stderr, end.kind === "exit" ? end.code : undefined)
    }
    const questions = ["--absolute-git-dir", "--show-prefix", "--show-object-format"]
    const lines = await git(["rev-parse", ...questions, "--verify", "--quiet", "HEAD"]).catch(
        async (error: unknown) => {
            // Before the first commit there is no HEAD.
            if (error instanceof GitError && error.status === 1) return git(["rev-parse", ...questions])
            throw error
        },
    )
    const [directory = "", prefix = "", objectFormat = "", head = ""] = lines.toString("utf8").split("\n")
    return { directory, prefix, objectFormat, head: head === "" ? undefined : head, run: git }
}

/** A git that failed, and what it said. */
export class GitError extends UserError {
    readonly status: number | undefined

    constructor(command: string, how: string, said: string, status: number | undefined) {
        super(`git ${command} ended ${how}`, {
            cause: new Error(said.trim() || "it said nothing"),
        })
        this.status = status
    }
}

/** Throws when a commit of single paths could not be made now: git refuses that in the middle of a merge. */
export function checkCanCommit({ directory }: Git): void {
    for (const [file, work] of [
        ["MERGE_HEAD", "merge"],
        ["CHERRY_PICK_HEAD", "cherry-pick"],
        ["REVERT_HEAD", "revert"],
    ] as const) {
        if (!existsSync(join(directory, file))) continue
        throw new Failure("conflict", `a ${work} is in progress, in which git commits no single paths`, {
            hint: `finish it or "git ${work} --abort" it first, or use --no-commit`,
        })
    }
}

/**
 * Throws when a sparse checkout leaves out a part of the repository: what is not there cannot be encrypted anew, and
 * somebody whose access is taken would keep it.
 */
export async function checkComplete({ directory, prefix, run: git }: Git): Promise<void> {
    if (!existsSync(join(directory, "info/sparse-checkout"))) return
    const files = fromNul(await git(["ls-files", "-t", "-z", "--", "sops", "vars"]))
    const left = files.filter((line) => line.startsWith("S ")).map((line) => line.slice(2))
    if (left.length === 0) return
    throw new Failure(
        "refused",
        `nothing was changed: a sparse checkout leaves out ${counted(left.length, "file")}, such as ${visibleName(left[0] ?? "")}`,
        { hint: `git sparse-checkout add ${prefix}sops ${prefix}vars` },
    )
}

/** Those of the paths that git is told to ignore: they could be written and never be committed. */
export async function ignoredPaths(git: Git, paths: readonly string[]): Promise<readonly string[]> {
    try {
        const output = await git.run(["check-ignore", "-z", "--stdin"], nul(paths))
        return fromNul(output)
    } catch (error) {
        if (error instanceof GitError && error.status === 1) return []
        throw error
    }
}

/**
 * Tells git that new files exist, without staging what is in them: what clan does under CLAN_NO_COMMIT. Paths with a
 * conflict are left alone: git would take the announcement for its solution, and commit that the file is removed.
 */
export async function intendToAdd(git: Git, paths: readonly string[]): Promise<void> {
    const lines = fromNul(await git.run(["ls-files", "--unmerged", "-z"]))
    const conflicts = new Set(lines.map((line) => line.slice(line.indexOf("\t") + 1)))
    const announced = paths.filter((path) => !conflicts.has(path))
    if (announced.length > 0)
        await git.run(
            [
                "--literal-pathspecs",
                "add",
                "--intent-to-add",
                "--pathspec-from-file=-",
                "--pathspec-file-nul",
            ],
            nul(announced),
        )
}

/** Has the index say of these paths what the working tree says. Git alone writes its index, whole or not at all. */
export async function restage(git: Git, paths: readonly string[]): Promise<void> {
    await git.run(["update-index", "--add", "--remove", "--replace", "-z", "--stdin"], nul(paths))
}

/**
 * Commits these paths as they are in the working tree, and nothing else: what the user has staged stays staged. No
 * pre-commit hook runs (clan-secrets §5.6); signing is as configured. Returns the paths that the commit changed, none
 * when there was nothing to commit. When git fails they may be staged: `restage` has to follow what becomes of them.
 */
export async function commit(
    git: Git,
    paths: readonly string[],
    message: string,
): Promise<readonly string[]> {
    await restage(git, paths)
    const staged = fromNul(
        await git.run(["diff", "--cached", "--name-only", "--no-renames", "--ignore-submodules", "-z"]),
    )
    const wanted = new Set(paths.map((path) => git.prefix + path))
    const ours = staged.filter((path) => wanted.has(path)).map((path) => path.slice(git.prefix.length))
    if (ours.length === 0) return []
    const options = ["--no-verify", "--quiet", "--cleanup=whitespace", `--message=${message}`]
    // Git looks at every path for every pathspec; with nothing else staged, the index is the commit.
    if (ours.length === staged.length) await git.run(["commit", ...options])
    else {
        const only = ["--only", "--pathspec-from-file=-", "--pathspec-file-nul"]
        await git.run(["--literal-pathspecs", "commit", ...options, ...only], nul(ours))
    }
    return ours
}

function hasRepository(flake: string): boolean {
    for (let at = flake; ; at = dirname(at)) {
        if (existsSync(join(at, ".git"))) return true
        if (at === dirname(at)) return false
    }
}

function nul(paths: readonly string[]): Buffer {
    return Buffer.from(paths.map((path) => `${path}\0`).join(""))
}

function fromNul(output: Buffer): string[] {
    return output.toString("utf8").split("\0").slice(0, -1)
}
