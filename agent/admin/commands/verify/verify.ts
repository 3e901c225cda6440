import { existsSync } from "node:fs"
import { join } from "node:path"
import { parseRecipient } from "../../../age/recipient.ts"
import type { Repo } from "../../../repo/repo.ts"
import { type Problem, type SecretFile, verify } from "../../../repo/verify.ts"
import type { RuledVerdict } from "../../../repo/verify-ruled.ts"
import { explain, UserError, visibleName } from "../../../error.ts"
import { painted } from "../../color.ts"
import { type Context, note, printJson } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { quantity } from "../../quantity.ts"
import { sampled } from "./sample.ts"
import { flakeDirectory } from "../../flake.ts"
import { configName, layoutOf } from "../../repository/layout.ts"
import { readSecret } from "../../repository/secret-file.ts"
import { inspectFile } from "../../repository/inspect.ts"
import { startThreads } from "../../change/threads/threads.ts"
import { otherStores } from "../../repository/other-stores.ts"
import { countSecrets, loadWorktree, type Worktree } from "../../repository/worktree.ts"

const disagreement = 5
/** So many files are looked at in the time that a thread takes to start. */
const eachThread = 2000

/** Prints every problem; the exit code is 5 when there is one. */
export async function verifyRepository(
    input: {
        readonly decrypt: boolean
        readonly bound: boolean
        readonly signed: boolean
        readonly manifest: string | undefined
        readonly machine: readonly string[]
    },
    context: Context,
): Promise<number> {
    const { signed, bound, manifest } = input
    const decrypt = input.decrypt || bound
    const flake = flakeDirectory(context)
    const unsigned = signed
        ? await (await import("../../signed/check.ts")).problemsOfHistory(flake, context)
        : []
    const sealed = decrypt ? new Map<string, Buffer>() : undefined
    const judged = await judgeTree(flake, context, sealed)
    const opened =
        sealed === undefined ? undefined : await (await import("./open.ts")).openEach(sealed, bound, context)
    // What is proved of a file need not be claimed too.
    const proved = new Set(opened?.problems.map(({ path }) => path))
    const known = judged.problems.filter(
        ({ code, path }) => code !== "binding-disagrees" || !proved.has(path),
    )
    const generated = await generatedProblems(flake, judged, manifest, context)
    const machines = await machineProblems(flake, input.machine, context)
    const problems = [
        ...unsigned,
        ...known,
        ...generated,
        ...machines.flatMap((each) => each.problems),
        ...(opened?.problems ?? []),
    ]
    const notes = [...(judged.notes ?? []), ...machines.flatMap((each) => each.notes)]
    const all = judged.notes === undefined && machines.length === 0 ? {} : { notes }
    return report({ ...judged, ...all, problems, opened }, context)
}

/** What is wrong with the values of generators. Loaded where there may be any. */
async function generatedProblems(
    flake: string,
    { repo, noun }: Judged,
    manifest: string | undefined,
    context: Context,
): Promise<readonly Problem[]> {
    if (manifest === undefined && (noun !== "secret" || !existsSync(join(flake, "vars")))) return []
    const { judgeGenerators } = await import("../../generate/judge.ts")
    return judgeGenerators(flake, repo, { manifest }, context)
}

/** What machines take from files that they cannot open. */
async function machineProblems(
    flake: string,
    machines: readonly string[],
    context: Context,
): Promise<readonly RuledVerdict[]> {
    if (machines.length === 0) return []
    const [{ machineNeeds }, { needProblems }] = await Promise.all([
        import("../../repository/machine-needs.ts"),
        import("../../../repo/needs.ts"),
    ])
    return Promise.all(
        machines.map(async (given) => {
            const at = given.indexOf("=")
            if (at < 1)
                throw new Failure(
                    "usage",
                    "--machine takes NAME=FILE: a machine, and the manifest that its configuration makes",
                )
            const name = given.slice(0, at)
            return needProblems(name, await machineNeeds(flake, name, given.slice(at + 1), context))
        }),
    )
}

/** What can be said of a tree without a key, and of what. */
export interface Judged {
    readonly repo: Repo
    readonly problems: readonly Problem[]
    /** What is worth a look and no mistake; nothing of the kind is looked for in clan's layout. */
    readonly notes?: readonly Problem[]
    readonly count: number
    readonly noun: "secret" | "encrypted file"
}

/** Holds the working tree against its links, or its rules. `sealed` is given the files of all secrets by their paths. */
export async function judgeTree(
    flake: string,
    context: Context,
    sealed?: Map<string, Buffer>,
): Promise<Judged> {
    if (layoutOf(flake, context) === "sops") {
        const { verifyRuledFiles } = await import("./ruled.ts")
        const { files: count, ...verdict } = await verifyRuledFiles(flake, badKey, context)
        for (const path of sealed === undefined ? [] : verdict.repo.secrets.keys()) {
            const bytes = readSecret(flake, path)
            if (bytes !== undefined) sealed?.set(path, bytes)
        }
        return { ...verdict, count, noun: "encrypted file" }
    }
    const files = new Map<string, SecretFile>()
    const { repo, strays } =
        sealed === undefined ? await loadAndLook(flake, files, context) : loadWorktree(flake)
    for (const path of repo.secrets.keys()) {
        if (files.has(path)) continue
        const { file, bytes } = await inspectFile(flake, path)
        files.set(path, file)
        if (bytes !== undefined) sealed?.set(path, bytes)
    }
    const ruled = await judgeRules(flake, context)
    const problems = [
        ...unread(flake, repo, context),
        ...verify({ repo, strays, files, badKey }),
        ...(ruled?.problems ?? []),
    ]
    const notes = ruled === undefined ? {} : { notes: ruled.notes }
    return { repo, problems, ...notes, count: repo.secrets.size, noun: "secret" }
}

/** What is wrong with the files of a `.sops.yaml` that lies beside clan's folders, if they have one. */
async function judgeRules(flake: string, context: Context): Promise<RuledVerdict | undefined> {
    if (!existsSync(join(flake, configName))) return undefined
    const { verifyRuledFiles } = await import("./ruled.ts")
    try {
        const { problems, notes } = await verifyRuledFiles(flake, badKey, context)
        return { problems: problems.filter(({ code }) => code !== "not-read"), notes }
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        const [message = "", reason = ""] = explain(error)
        return { problems: [{ code: "bad-config", path: configName, message: reason || message }], notes: [] }
    }
}

/**
 * Other ways to keep secrets in a repository. Where nothing lies that can be verified, an empty answer must not pass for
 * a good one; beside secrets of ours they are only named.
 */
function unread(flake: string, { users, machines, secrets }: Repo, context: Context): readonly Problem[] {
    const others = otherStores(flake).filter(({ path }) => path !== configName)
    if (secrets.size > 0) {
        for (const { path, what } of others) note(context, `${path} is not read: ${what}`)
        return []
    }
    if (others.length > 0)
        return others.map(({ path, what }) => ({ code: "not-read", path, message: `is not read: ${what}` }))
    if (users.size + machines.size > 0 || existsSync(join(flake, configName))) return []
    return [
        {
            code: "not-read",
            path: ".",
            message: "holds no secrets in the layout of clan, and no users or machines: nothing was verified",
            hint: "name the directory of the flake with --flake",
        },
    ]
}

/** Lets other threads look at the files of many secrets, while this one looks at links and names. */
async function loadAndLook(
    flake: string,
    files: Map<string, SecretFile>,
    context: Context,
): Promise<Worktree> {
    const threads = await startThreads(countSecrets(flake), eachThread, context)
    try {
        const looks = Array.from({ length: threads.count }, async (_, part) =>
            threads.look({ kind: "look", flake, part, of: threads.count }),
        )
        const tree = loadWorktree(flake)
        for (const look of looks) for (const [path, file] of (await look) ?? []) files.set(path, file)
        return tree
    } finally {
        await threads.end()
    }
}

function badKey(publickey: string): string | undefined {
    try {
        parseRecipient(publickey)
        return undefined
    } catch (error) {
        return error instanceof Error ? error.message : "cannot be encrypted to"
    }
}

/** What was found, and among how many of what. */
interface Verdict extends Omit<Judged, "repo"> {
    readonly opened: { readonly count: number; readonly foreign: number } | undefined
}

function report({ problems, notes, count, noun, opened }: Verdict, context: Context): number {
    const exitCode = problems.length === 0 ? 0 : disagreement
    if (context.flags.json) {
        const ok = problems.length === 0
        printJson(context, {
            ok,
            secrets: count,
            opened: opened?.count ?? null,
            problems,
            ...(notes === undefined ? {} : { notes }),
        })
        return exitCode
    }
    const { color } = context.flags
    const line = ({ path, message, hint }: Problem, style: "error" | "warning"): string =>
        `${painted(`${visibleName(path)}:`, style, color.stdout)} ${visibleName(message)}${hint === undefined ? "" : ` (${hint})`}\n`
    const others = (more: number): string =>
        more === 0 ? "" : `  and ${more} more like this (--json has all)\n`
    for (const { problem, more } of sampled(problems)) context.out(line(problem, "error") + others(more))
    if (!context.flags.quiet)
        for (const { problem, more } of sampled(notes ?? []))
            context.err(`note: ${line(problem, "warning")}${others(more)}`)
    const also =
        opened === undefined ? "" : `, ${opened.count} opened, ${opened.foreign} not encrypted for you`
    const verdict = problems.length === 0 ? "everything agrees" : quantity(problems.length, "problem")
    note(context, `${quantity(count, noun)}${also}: ${verdict}`)
    return exitCode
}
