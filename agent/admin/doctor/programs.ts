// The programs that commands need: found, and able to do their part. None of them is asked to change anything.

import { readdirSync } from "node:fs"
import { parseRecipient } from "../../age/recipient.ts"
import { findProgram } from "../../os/children.ts"
import { UserError } from "../../error.ts"
import { ownersOf } from "../../repo/recipients.ts"
import type { Repo } from "../../repo/repo.ts"
import type { Context } from "../context.ts"
import type { Check } from "./check.ts"
import { findEditor } from "../terminal/editor.ts"
import { findGit } from "../git/git.ts"
import { checkCanCommit } from "../git/state.ts"
import { findGpg } from "../../os/gpg.ts"
import type { Identities } from "../keys/find.ts"
import { memoryPlace } from "../terminal/memory.ts"
import { configurationFile, installedPlugins, listedPlugins, problemOfPlugin } from "../keys/plugins.ts"

/** Whether a change could be committed, and by whom. */
export async function git(flake: string | undefined, context: Context): Promise<Check[]> {
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
        await checkCanCommit(repository)
        await repository.run(["var", "GIT_COMMITTER_IDENT"])
        return [{ area, state: "ok", text: `commits go to ${repository.directory}` }]
    } catch (error) {
        if (!(error instanceof UserError)) throw error
        const why = error.cause instanceof Error ? `: ${error.cause.message.split("\n")[0]}` : ""
        const next = error.hint ?? `git config user.name "…"; git config user.email "…"`
        return [{ area, state: "problem", text: error.message + why, next }]
    }
}

/** The editor, and the place in memory that it needs. */
export function editor({ env }: Context): Check[] {
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

/** Whether scripts of generators can run; most people have none. */
export async function sandbox({ env }: Context): Promise<Check[]> {
    const area = "sandbox"
    const { problemOfSandbox } = await import("../generate/script/sandbox.ts")
    const problem = await problemOfSandbox(env).catch((error: unknown) => {
        if (error instanceof UserError) return error.message
        throw error
    })
    if (problem === undefined) return [{ area, state: "ok", text: "scripts of generators run in bubblewrap" }]
    const next = "install bubblewrap, and allow user namespaces; values that no script makes do not need it"
    return [{ area, state: "note", text: `scripts of generators cannot run: ${problem}`, next }]
}

/** The plugins that may run, and those that are needed and may not. */
export function plugins(repo: Repo | undefined, { found }: Identities, { env }: Context): Check[] {
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

/** Nothing, unless PGP keys are in use. */
export function gpg(repo: Repo | undefined, { env }: Context): Check[] {
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
