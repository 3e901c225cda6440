// What stands between a person and the work: looked at, never changed, and nothing is asked. Each check says what it
// found, and where it is not as it should be, what to run.

import { accessSync, constants, existsSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { UserError } from "../../error.ts"
import type { Repo } from "../../repo/repo.ts"
import { pgpRecipients } from "../keys/caller.ts"
import { owedIn, valueName } from "../commands/debt.ts"
import { isUnfinished } from "../change/make.ts"
import type { Context } from "../context.ts"
import type { Check } from "./check.ts"
import { quantity } from "../quantity.ts"
import { editor, git, gpg, plugins, sandbox } from "./programs.ts"
import { flakeDirectory } from "../flake.ts"
import { shortened } from "../keys/recipient-name.ts"
import { findGpg } from "../../os/gpg.ts"
import { fingerprints, mendingOf, ownKeys, spoiltIn, whoAmI } from "../keys/owner.ts"
import { findIdentities } from "../keys/find.ts"
import type { Identities } from "../keys/find.ts"
import { loadWorkingTree } from "../repository/working-tree.ts"
import type { WorkingTree } from "../repository/working-tree.ts"
import { problemOfLinks } from "../repository/worktree.ts"
import { shellWord } from "../../os/shell-words.ts"
import { codeOf } from "../../os/system-error.ts"

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
    const { flake, tree, checks: repository } = await lookAtRepository(context)
    const users = tree?.repo.users ?? new Map()
    const owner = await whoAmI(identities, users, context.env)
    const pgp = await pgpKeys(tree?.repo, context)
    const checks = [
        ...keys(identities, pgp),
        ...repository,
        ...(tree === undefined ? [] : [await you(owner?.user, identities, tree.repo, context)]),
        ...(await git(flake, context)),
        ...editor(context),
        ...(await sandbox(context)),
        ...plugins(tree?.repo, identities, context),
        ...gpg(tree?.repo, context),
    ]
    return { checks, flake, user: owner?.user, identities }
}

function keys({ tried, found }: Identities, pgp: readonly Check[]): Check[] {
    const area = "keys"
    if (found.length === 0 && !pgp.some(({ state }) => state === "ok")) {
        const looked = tried.map(({ place, problem }): Check => ({
            area,
            state: "note",
            text: `${place}: ${problem ?? "holds no key"}`,
        }))
        const spoilt = spoiltIn(tried)
        const none: Check =
            spoilt === undefined
                ? { area, state: "problem", text: "no private key was found", next: "hostseal key generate" }
                : { area, state: "problem", text: "no private key can be used", next: mendingOf(spoilt) }
        return [none, ...looked, ...pgp]
    }
    const files = tried
        .filter(({ isVacant }) => isVacant !== true)
        .map(({ place, recipients, problem, warning }): Check => {
            if (warning !== undefined) return { area, state: "problem", text: warning, next: mendOf(warning) }
            if (problem !== undefined) return { area, state: "note", text: `${place}: ${problem}` }
            const halves = recipients.map((recipient) => (recipient === "" ? "locked" : shortened(recipient)))
            return { area, state: "ok", text: `${place}: ${halves.join(", ")}` }
        })
    return [...files, ...pgp]
}

/** The PGP keys that the caller says are theirs, and those of users that gpg has the private half of. */
async function pgpKeys(repo: Repo | undefined, { env }: Context): Promise<Check[]> {
    const area = "keys"
    const own = new Map(fingerprints(env).map((fingerprint) => [`pgp:${fingerprint}`, "$SOPS_PGP_FP"]))
    for (const recipient of repo === undefined ? [] : await pgpRecipients(repo, env))
        if (!own.has(recipient)) own.set(recipient, "gpg")
    const secret = own.size === 0 ? [] : [...((await findGpg(env)?.secretKeys()) ?? [])]
    return [...own].map(([recipient, place]): Check => {
        const isThere = secret.some((fingerprint) => fingerprint.endsWith(recipient.slice("pgp:".length)))
        const text = `${place}: ${shortened(recipient)}`
        return isThere
            ? { area, state: "ok", text }
            : { area, state: "note", text: `${text}, of which gpg has no private half` }
    })
}

async function lookAtRepository(context: Context): Promise<{
    flake: string | undefined
    tree: WorkingTree | undefined
    checks: Check[]
}> {
    const area = "repository"
    let flake: string | undefined
    try {
        flake = flakeDirectory(context)
        const tree = await loadWorkingTree(flake, context)
        const { users, machines, secrets } = tree.repo
        const noun = tree.ruled === undefined ? "secret" : "encrypted file"
        const text = `${flake}: ${quantity(users.size, "user")}, ${quantity(machines.size, "machine")}, ${quantity(secrets.size, noun)}`
        const checks: Check[] = [{ area, state: "ok", text }]
        for (const { path, problem } of tree.unreadable)
            checks.push({ area, state: "problem", text: `${path}: ${problem}`, next: `mend ${path}` })
        const links = problemOfLinks(tree)
        if (links !== undefined) checks.push({ area, state: "problem", ...links })
        if (tree.strays.length > tree.unreadable.length + tree.unlinked.length)
            checks.push({
                area,
                state: "note",
                text: "not everything in it is as it should be",
                next: "hostseal verify",
            })
        for (const path of tree.ruled?.nested ?? [])
            checks.push({
                area,
                state: "note",
                text: `${path} is for sops that runs below its folder: nothing there is looked at`,
            })
        checks.push(...writable(flake, context), ...(await debts(flake, context)))
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

/** Whether a change could be written at all. */
function writable(flake: string, context: Context): readonly Check[] {
    const area = "repository"
    const at = existsSync(join(flake, "sops")) ? join(flake, "sops") : flake
    try {
        accessSync(at, constants.W_OK)
        return []
    } catch (error) {
        const isDisk = codeOf(error) === "EROFS"
        const text = `${at} cannot be written to: ${isDisk ? "its file system is read-only" : "it is not yours to write to"}`
        return [{ area, state: "problem", text, next: cloned(flake, context) }]
    }
}

/** A line that makes a copy which can be written to. */
function cloned(flake: string, { env }: Context): string {
    let root = flake
    while (!existsSync(join(root, ".git")) && dirname(root) !== root) root = dirname(root)
    const isGit = existsSync(join(root, ".git"))
    const from = isGit ? root : flake
    const names = [
        basename(from),
        ...Array.from({ length: 99 }, (_, index) => `${basename(from)}-${index + 2}`),
    ]
    const at = names.map((name) => join(env["HOME"] ?? "/tmp", name)).find((path) => !existsSync(path))
    return [...(isGit ? ["git", "clone"] : ["cp", "-a"]), from, at ?? "."].map(shellWord).join(" ")
}

/** Values that somebody may have kept who can read them no longer. */
async function debts(flake: string, context: Context): Promise<readonly Check[]> {
    const area = "repository"
    const open = new Set((await owedIn(flake, context)).map(valueName))
    if (open.size === 0) return []
    const verb = open.size === 1 ? "waits" : "wait"
    return [
        {
            area,
            state: "note",
            text: `${quantity(open.size, "value")} ${verb} to be changed`,
            next: "hostseal debt",
        },
    ]
}

async function you(
    user: string | undefined,
    identities: Identities,
    repo: Repo,
    { env }: Context,
): Promise<Check> {
    if (user !== undefined) return { area: "you", state: "ok", text: `you are user "${user}"` }
    const text = "none of your keys belongs to a user of this repository"
    const spoilt = spoiltIn(identities.tried)
    // It is more likely theirs than a key that happens to lie around is to become a user's.
    if (spoilt !== undefined) return { area: "you", state: "problem", text, next: mendingOf(spoilt) }
    for (const recipient of await pgpRecipients(repo, env)) {
        const next = `export SOPS_PGP_FP=${recipient.slice("pgp:".length)}`
        return { area: "you", state: "problem", text: "which of gpg's keys is yours is not said", next }
    }
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

/** A warning about a key file ends with the line that mends it. */
function mendOf(warning: string): string {
    return /\((.*)\)$/u.exec(warning)?.[1] ?? "mend it"
}
