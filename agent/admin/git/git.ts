// What a mutation asks of git: a constant number of processes, whatever the number of paths. Paths are relative to the
// flake, which may be a folder of the repository (docs/clan-contract.md#defects, D17); they are never taken for patterns.

import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Readable } from "node:stream"
import { childEnvironment, findProgram, run } from "../../os/children.ts"
import type { Environment } from "../../os/children.ts"
import { UserError } from "../../error.ts"
import { Failure } from "../failure.ts"

/** The git repository that a flake lies in. */
export interface Checkout {
    /** The directory of the flake, absolute. */
    readonly flake: string
    /** The directory that belongs to this working tree alone: `.git`, or `.git/worktrees/<name>`. */
    readonly directory: string
    /** The directory that all working trees of the clone share. */
    readonly common: string
    /** The flake's folder in the repository: empty, or ending with a slash. */
    readonly prefix: string
    /** The folder of secrets that is a repository of its own, as submodules are: this one has nothing that is in it. */
    readonly inner: string | undefined
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
 * read here, whatever a user prefers to look at. Git looks at what was written itself, and believes neither that files do
 * not change nor a program that watches them.
 */
const settled = [
    "safe.bareRepository=explicit",
    "core.ignoreStat=false",
    "core.fsmonitor=false",
    "core.trustctime=true",
    "core.checkStat=default",
    "core.safecrlf=false",
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
export async function findGit(flake: string, env: Environment): Promise<Checkout | undefined> {
    if (!hasRepository(flake)) return undefined
    const program = findProgram("git", env["PATH"])
    if (program === undefined) {
        throw new UserError("git was not found in an absolute entry of PATH", { hint: "install git" })
    }
    const settings = Object.keys(env).filter((name) => /^GIT_CONFIG_(?:KEY|VALUE)_\d+$/u.test(name))
    const environment = {
        ...childEnvironment(env, [...honoured.split(" "), ...settings]),
        ...allocator,
        LANGUAGE: "en",
    }
    const git: Checkout["run"] = async (args, input = Buffer.alloc(0)) => {
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
    const questions = [
        "--absolute-git-dir",
        "--path-format=absolute",
        "--git-common-dir",
        "--show-prefix",
        "--show-object-format",
    ]
    const lines = await git(["rev-parse", ...questions, "--verify", "--quiet", "HEAD"]).catch(
        async (error: unknown) => {
            // Before the first commit there is no HEAD.
            if (error instanceof GitError && error.status === 1) return git(["rev-parse", ...questions])
            const said = error instanceof GitError && error.cause instanceof Error ? error.cause.message : ""
            const [, folder] = /dubious ownership in repository at '(.*)'/u.exec(said) ?? []
            if (folder === undefined) throw error
            throw new Failure("refused", `git does not trust ${folder}: it belongs to another user`, {
                hint: `git config --global --add safe.directory ${folder}`,
            })
        },
    )
    const [directory = "", common = "", prefix = "", objectFormat = "", first = ""] = lines
        .toString("utf8")
        .split("\n")
    const inner = ["sops", "sops/secrets", "vars"].find((path) => existsSync(join(flake, path, ".git")))
    const head = first === "" ? undefined : first
    return { flake, directory, common, prefix, inner, objectFormat, head, run: git }
}

/** A git that failed, and what it said. */
export class GitError extends UserError {
    readonly status: number | undefined

    constructor(command: string, how: string, said: string, status: number | undefined) {
        const words = said.replaceAll(String.raw`\x09`, "  ").trim()
        super(`git ${command} ended ${how}`, { cause: new Error(words || "it said nothing") })
        this.status = status
    }
}

/** Those of the paths that git is told to ignore: they could be written and never be committed. */
export async function ignoredPaths(git: Checkout, paths: readonly string[]): Promise<readonly string[]> {
    if (git.inner !== undefined) return []
    try {
        const output = await git.run(["check-ignore", "-z", "--stdin"], nul(paths))
        return fromNul(output)
    } catch (error) {
        if (error instanceof GitError && error.status === 1) return []
        throw error
    }
}

function hasRepository(flake: string): boolean {
    for (let at = flake; ; at = dirname(at)) {
        if (existsSync(join(at, ".git"))) return true
        if (at === dirname(at)) return false
    }
}

/** Paths as git takes them with `-z`. */
export function nul(paths: readonly string[]): Buffer {
    return Buffer.from(paths.map((path) => `${path}\0`).join(""))
}

/** What git prints with `-z`. */
export function fromNul(output: Buffer): string[] {
    return output.toString("utf8").split("\0").slice(0, -1)
}
