// What stands between a person and the work: looked at, never changed, and nothing is asked. Each check says what it
// found, and where it is not as it should be, what to run.

import { readdirSync } from "node:fs"
import { parseRecipient } from "../age/recipient.ts"
import { findProgram } from "../children.ts"
import { UserError } from "../error.ts"
import { ownersOf } from "../repo/recipients.ts"
import type { Repo } from "../repo/repo.ts"
import { isUnfinished } from "./change.ts"
import type { Context } from "./context.ts"
import { findEditor } from "./editor.ts"
import { flakeDirectory } from "./flake.ts"
import { checkCanCommit, findGit } from "./git.ts"
import { findGpg } from "./gpg.ts"
import { shortened } from "./recipient-name.ts"
import { ownKeys, whoAmI } from "./identities-owner.ts"
import { findIdentities } from "./identities.ts"
import type { Identities } from "./identities.ts"
import { memoryPlace } from "./memory.ts"
import { configurationFile, installedPlugins, listedPlugins, problemOfPlugin } from "./plugins.ts"
import { loadWorktree } from "./worktree.ts"
import type { Worktree } from "./worktree.ts"

/** One thing that was looked at. A `problem` keeps some command from working; a `note` may be as it should be. */
export interface Check {
    readonly area: "keys" | "repository" | "you" | "git" | "editor" | "plugins" | "gpg"
    readonly state: "ok" | "note" | "problem"
    readonly text: string
    /** What to run, or to do. */
    readonly next?: string
}

export interface Diagnosis {
    readonly checks: readonly Check[]
    /** The directory of the repository, if there is one. */
    readonly flake: string | undefined
    /** The user of the repository that the caller is. */
    readonly user: string | undefined
    readonly identities: Identities
}

/** Looks at everything. Throws only for what is a mistake on the command line. */
export async function diagnose(context: Context): Promise<Diagnosis> {
    // A locked key file would have to be opened to say whose it is; that is not worth a question.
    const { found, ...others } = await findIdentities(context)
    const identities: Identities = { ...others, found: found.map(({ reveal: _locked, ...known }) => known) }
    const { flake, tree, checks: repository } = lookAtRepository(context)
    const users = tree?.repo.users ?? new Map()
    const owner = await whoAmI(identities, users, context.env)
    const checks = [
        ...keys(identities),
        ...repository,
        ...(tree === undefined ? [] : [await you(owner?.user, identities, tree.repo, context)]),
        ...(await git(flake, context)),
        ...editor(context),
        ...plugins(tree?.repo, identities, context),
        ...gpg(tree?.repo, context),
    ]
    return { checks, flake, user: owner?.user, identities }
}

function keys({ tried, found }: Identities): Check[] {
    const area = "keys"
    if (found.length === 0) {
        const looked = tried.map(({ place, problem }): Check => ({
            area,
            state: "note",
            text: `${place}: ${problem ?? "holds no key"}`,
        }))
        return [
            { area, state: "problem", text: "no private key was found", next: "hostseal key generate" },
            ...looked,
        ]
    }
    return tried
        .filter(({ isVacant }) => isVacant !== true)
        .map(({ place, recipients, problem }): Check => {
            if (problem !== undefined) return { area, state: "note", text: `${place}: ${problem}` }
            const halves = recipients.map((recipient) => (recipient === "" ? "locked" : shortened(recipient)))
            return { area, state: "ok", text: `${place}: ${halves.join(", ")}` }
        })
}

function lookAtRepository(context: Context): {
    flake: string | undefined
    tree: Worktree | undefined
    checks: Check[]
} {
    const area = "repository"
    let flake: string | undefined
    try {
        flake = flakeDirectory(context)
        const tree = loadWorktree(flake)
        const { users, machines, secrets } = tree.repo
        const text = `${flake}: ${users.size} users, ${machines.size} machines, ${secrets.size} secrets`
        const checks: Check[] = [{ area, state: "ok", text }]
        for (const { path, problem } of tree.unreadable)
            checks.push({ area, state: "problem", text: `${path}: ${problem}`, next: `mend ${path}` })
        if (tree.strays.length > tree.unreadable.length)
            checks.push({
                area,
                state: "note",
                text: "not everything in it is as it should be",
                next: "hostseal verify",
            })
        if (isUnfinished(flake))
            checks.push({
                area,
                state: "note",
                text: "a command was interrupted here; the next one that changes something finishes it",
            })
        return { flake, tree, checks }
    } catch (error) {
        if (!(error instanceof UserError) || context.flags.flake !== undefined) throw error
        const next = error.hint === undefined ? {} : { next: error.hint }
        return { flake, tree: undefined, checks: [{ area, state: "problem", text: error.message, ...next }] }
    }
}

async function you(
    user: string | undefined,
    identities: Identities,
    repo: Repo,
    { env }: Context,
): Promise<Check> {
    if (user !== undefined) return { area: "you", state: "ok", text: `you are user "${user}"` }
    const text = "none of your keys belongs to a user of this repository"
    for await (const { recipient } of ownKeys(identities, env)) {
        const others = repo.users.size === 0 ? "" : ", or ask an admin to do so"
        return {
            area: "you",
            state: "problem",
            text,
            next: `hostseal users add YOUR_NAME "${recipient}"${others}`,
        }
    }
    return { area: "you", state: "problem", text, next: "hostseal key generate" }
}

async function git(flake: string | undefined, context: Context): Promise<Check[]> {
    const area = "git"
    if (flake === undefined) {
        const program = findProgram("git", context.env["PATH"])
        return [
            program === undefined
                ? { area, state: "problem", text: "git was not found", next: "install git" }
                : { area, state: "ok", text: program },
        ]
    }
    try {
        const repository = await findGit(flake, context.env)
        if (repository === undefined)
            return [
                {
                    area,
                    state: "note",
                    text: "the repository is not under git: nothing is committed",
                    next: "git init",
                },
            ]
        checkCanCommit(repository)
        await repository.run(["var", "GIT_COMMITTER_IDENT"])
        return [{ area, state: "ok", text: `commits go to ${repository.directory}` }]
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        const why = error.cause instanceof Error ? `: ${error.cause.message.split("\n")[0]}` : ""
        const next = error.hint ?? `git config user.name "…"; git config user.email "…"`
        return [{ area, state: "problem", text: error.message + why, next }]
    }
}

function editor({ env }: Context): Check[] {
    const area = "editor"
    const checks: Check[] = []
    try {
        const { program, source } = findEditor(env)
        checks.push({
            area,
            state: "ok",
            text: `${program} (${source === "default" ? source : `$${source}`})`,
        })
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        checks.push({
            area,
            state: "note",
            text: error.message,
            next: error.hint ?? "set EDITOR to the editor you use",
        })
    }
    try {
        const place = memoryPlace([env["XDG_RUNTIME_DIR"], "/dev/shm"])
        checks.push({ area, state: "ok", text: `plaintexts are edited in ${place}, in memory` })
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        checks.push({
            area,
            state: "note",
            text: error.message,
            ...(error.hint === undefined ? {} : { next: error.hint }),
        })
    }
    return checks
}

function plugins(repo: Repo | undefined, { found }: Identities, { env }: Context): Check[] {
    const area = "plugins"
    let listed: ReturnType<typeof listedPlugins>
    try {
        listed = listedPlugins(env)
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        return [{ area, state: "problem", text: error.message, next: `mend ${configurationFile(env)}` }]
    }
    const checks = [...listed.values()].map((plugin): Check => {
        const problem = problemOfPlugin(plugin)
        if (problem !== undefined)
            return { area, state: "problem", text: problem, next: `mend ${plugin.source}` }
        return { area, state: "ok", text: `age-plugin-${plugin.name}: ${plugin.program} (${plugin.source})` }
    })
    const recipients = [
        ...found.map(({ identity }) => identity.recipient),
        ...(repo === undefined ? [] : ownersOf(repo).keys()),
    ]
    const installed = installedPlugins(env, entriesOf)
    for (const name of new Set(recipients.flatMap(pluginOf))) {
        if (listed.has(name)) continue
        const program =
            installed.find((path) => path.endsWith(`/age-plugin-${name}`)) ?? `/path/of/age-plugin-${name}`
        const next = `write {"${name}": "${program}"} to ${configurationFile(env)}`
        checks.push({
            area,
            state: "problem",
            text: `keys of age-plugin-${name} are in use, and it may not run`,
            next,
        })
    }
    return checks
}

function gpg(repo: Repo | undefined, { env }: Context): Check[] {
    const area = "gpg"
    const isNeeded =
        (env["SOPS_PGP_FP"] ?? "") !== "" ||
        [...(repo === undefined ? [] : ownersOf(repo).keys())].some((key) => key.startsWith("pgp:"))
    if (!isNeeded) return []
    if (findGpg(env) !== undefined) return [{ area, state: "ok", text: "gpg is there for the PGP keys" }]
    return [
        {
            area,
            state: "problem",
            text: "PGP keys are in use, and gpg was not found",
            next: "install GnuPG, or name it in SOPS_GPG_EXEC",
        },
    ]
}

/** The plugin that a recipient needs, if any. What is no recipient is not judged here. */
function pluginOf(recipient: string): string[] {
    try {
        const parsed = parseRecipient(recipient)
        return parsed.kind === "unresolved plugin" ? [parsed.name] : []
    } catch {
        return []
    }
}

function entriesOf(directory: string): readonly string[] {
    try {
        return readdirSync(directory)
    } catch {
        return []
    }
}
