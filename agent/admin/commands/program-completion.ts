import { candidates } from "../cli/complete.ts"
import type { Candidates, NamesOf, Whole } from "../cli/complete.ts"
import { completionScripts, shells } from "../cli/completion-scripts.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { findGit } from "../git/git.ts"
import { layoutOf } from "../repository/layout.ts"
import { groupNames, memberNames, readerNames, secretNames, varsOnDisk } from "../repository/names-on-disk.ts"
import type { Table } from "../cli/command.ts"

/** Prints a shell's script, or, for `words`, what may come next: a line each, or `:files`, `:directories`. */
export async function complete(
    { shell, word }: { shell: string; word: readonly string[] },
    context: Context,
    { commands, nouns }: Table,
): Promise<void> {
    const known = shells.find((each) => each === shell)
    if (known !== undefined) context.out(completionScripts[known])
    else if (shell === "words") {
        const revisions = word.some((each) => /^--at\b/u.test(each)) ? await revisionsIn(context) : []
        context.out(lines(candidates(word, commands, nouns, await names(context, word, revisions))))
    } else throw new Failure("usage", `there is a completion for ${shells.join(", ")}, not for "${shell}"`)
}

function lines(found: Candidates): string {
    return typeof found === "string"
        ? `:${found}\n`
        : found.map(({ text, summary }) => `${text}\t${summary}\n`).join("")
}

/** Vars are many, and have long paths: only for who begins to type one. */
function varsBegunBy(typed = "", directory: string): readonly string[] {
    const isBegun = typed !== "" && ("vars/".startsWith(typed) || typed.startsWith("vars/"))
    return isBegun ? varsOnDisk(directory).map(({ path }) => path) : []
}

/** The names in the repository that the line is about. Where there is none, there is nothing to complete. */
async function names(
    context: Context,
    words: readonly string[],
    revisions: readonly string[],
): Promise<NamesOf> {
    const directory = directoryOf(context, words)
    if (directory === undefined) return () => []
    if (layoutOf(directory, context) === "sops") return ruledNames(directory, words, revisions, context)
    return (kind, whole) => {
        if (kind === "revision") return revisions
        if (kind === "key") return []
        if (whole !== undefined) return namesWithin(directory, kind, whole)
        if (kind === "secret") return [...secretNames(directory), ...varsBegunBy(words.at(-1), directory)]
        return kind === "group" ? groupNames(directory) : readerNames(directory, kind)
    }
}

function directoryOf(context: Context, words: readonly string[]): string | undefined {
    const at = words.indexOf("--flake")
    const inline = words.find((word) => word.startsWith("--flake="))?.slice("--flake=".length)
    const flake = at < 0 ? (inline ?? context.flags.flake) : words[at + 1]
    try {
        return flakeDirectory({ ...context, flags: { ...context.flags, flake } })
    } catch {
        return undefined
    }
}

/** Under a `.sops.yaml` they are the paths of files, and the keys of the one that the line names. */
async function ruledNames(
    flake: string,
    words: readonly string[],
    revisions: readonly string[],
    context: Context,
): Promise<NamesOf> {
    try {
        const { loadRepo } = await import("../repository/load.ts")
        const repo = await loadRepo(flake, context)
        const file = words.slice(0, -1).findLast((word) => repo.secrets.has(word))
        const keys =
            file === undefined ? [] : await (await import("../repository/file-keys.ts")).keysIn(flake, file)
        const all = {
            user: repo.users,
            machine: repo.machines,
            group: repo.groups,
            secret: repo.secrets,
            key: new Set(keys),
            revision: new Set(revisions),
        }
        return (kind) => [...all[kind].keys()]
    } catch {
        return () => []
    }
}

/** Members of a group, and secrets that somebody has a link to. */
function namesWithin(
    directory: string,
    kind: "user" | "machine" | "group" | "secret",
    whole: Whole,
): readonly string[] {
    if (kind !== "secret") return memberNames(directory, kind, `sops/groups/${whole.name}`)
    return secretNames(directory).filter((secret) =>
        memberNames(directory, whole.kind, `sops/secrets/${secret}`).includes(whole.name),
    )
}

/** Branches and tags. Where there is no git, there are none. */
async function revisionsIn(context: Context): Promise<readonly string[]> {
    try {
        const git = await findGit(flakeDirectory(context), context.env)
        const output = await git?.run([
            "for-each-ref",
            "--format=%(refname:short)",
            "refs/heads",
            "refs/tags",
        ])
        return ["HEAD", ...(output?.toString("utf8").split("\n") ?? [])].filter((name) => name !== "")
    } catch {
        return []
    }
}
