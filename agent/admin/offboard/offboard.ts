// Somebody leaves: one plan of all that follows from it, one confirmation, and a list of what is left for people to do.

import { visibleName } from "../../error.ts"
import { secretsOf } from "../../repo/access.ts"
import { keysOf, removeReader, secretName } from "../../repo/edits.ts"
import type { Repo } from "../../repo/repo.ts"
import { openDebts } from "../change/debts.ts"
import { mutate } from "../change/mutation.ts"
import { through } from "../change/report.ts"
import type { Context } from "../context.ts"
import { note, printJson } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import type { DeclarationInput } from "../generate/declaration.ts"
import { quantity } from "../quantity.ts"
import { needsClan } from "../repository/layout.ts"
import { loadWorktree } from "../repository/worktree.ts"
import { askYesNo } from "../terminal/prompt.ts"
import type { Renewal } from "./renewal.ts"

interface Input extends DeclarationInput {
    readonly user: string
    readonly confirm: readonly string[]
}

/** Removes somebody everywhere, makes anew what generators make of what they know, and lists what is left. */
export async function offboard(input: Input, context: Context): Promise<void> {
    const { user } = input
    const flake = flakeDirectory(context)
    needsClan(flake, context)
    const { repo } = loadWorktree(flake)
    const keys = keysOf(repo, "user", user)
    const known = knownTo(flake, repo, user)
    const renewal = await renewalFor(input, [...known], context)
    const renewed = new Set(renewal?.paths)
    const left = [...known].filter((path) => !renewed.has(path)).toSorted()
    const record = {
        user,
        keys: keys.map(({ publickey }) => publickey),
        groups: groupsOf(repo, user),
        knows: [...known].toSorted(),
        renewed: [...renewed].toSorted(),
        left,
    }
    const lines = planOf(repo, user, renewal, left)
    if (context.flags.dryRun) {
        if (context.flags.json) printJson(context, { dryRun: true, ...record })
        else context.out(lines.map((line) => `${line}\n`).join(""))
        return
    }
    for (const line of lines) note(context, line)
    await renewal?.confirm(input.confirm)
    await agreed(user, context)
    const inner = context.flags.json ? quietly(context) : context
    await mutate(inner, {
        message: `secrets: remove user ${user}`,
        edit: (tree) => ({ repo: removeReader(tree.repo, "user", user) }),
    })
    if (renewed.size > 0) await renew(renewal, user, inner)
    if (context.flags.json) return printJson(context, { dryRun: false, ...record })
    context.out(left.map((path) => `${byHand(path)}\n`).join(""))
    note(
        context,
        left.length === 0
            ? `user ${user} is gone, and nothing is left to do`
            : `user ${user} is gone; ${quantity(left.length, "value")} left to change`,
    )
}

/** The secrets whose values they know: those they can read, and those that were never changed since they could. */
function knownTo(flake: string, repo: Repo, user: string): ReadonlySet<string> {
    const reads = secretsOf(repo, { kind: "user", name: user }).keys()
    const owed = [...repo.secrets.keys()].filter((path) =>
        openDebts(flake, path).some(({ lost }) => lost === `user:${user}`),
    )
    return new Set([...reads, ...owed])
}

async function renewalFor(
    input: Input,
    paths: readonly string[],
    context: Context,
): Promise<Renewal | undefined> {
    if (input.manifest === undefined) return undefined
    const { renewalOf } = await import("./renewal.ts")
    return renewalOf(input, { lost: `user:${input.user}`, paths }, context)
}

function planOf(
    repo: Repo,
    user: string,
    renewal: Renewal | undefined,
    left: readonly string[],
): readonly string[] {
    const reads = secretsOf(repo, { kind: "user", name: user })
    const owed = left.filter((path) => !reads.has(path))
    const groups = groupsOf(repo, user)
    return [
        `user ${user} can read ${quantity(reads.size, "secret")}:`,
        ...[...reads].map(([path, routes]) => `  ${visibleName(secretName(path))}: ${through(routes, path)}`),
        ...owed.map((path) => `  ${visibleName(secretName(path))}: no longer, but the value is the same`),
        `removed: their keys, their links${groups.length === 0 ? "" : `, from ${groups.join(", ")}`}`,
        ...(renewal === undefined || renewal.lines.length === 0 ? [] : ["made anew:"]),
        ...(renewal?.lines ?? []).map((line) => `  ${line}`),
        ...(left.length === 0 ? [] : ["left to change by hand:"]),
        ...left.map((path) => `  ${byHand(path)}`),
    ]
}

function groupsOf(repo: Repo, user: string): readonly string[] {
    return [...repo.groups].filter(([, { users }]) => users.has(user)).map(([name]) => name)
}

function byHand(path: string): string {
    const name = visibleName(secretName(path))
    return `${name}: hostseal set ${name}`
}

async function agreed(user: string, context: Context): Promise<void> {
    if (context.flags.yes) return
    if (!(await askYesNo(context.terminal(), { text: `Offboard ${user}?`, instead: "--yes" })))
        throw new Failure("refused", "nothing was changed")
}

/** They are gone already when a generator fails: what is left then is said. */
async function renew(renewal: Renewal | undefined, user: string, context: Context): Promise<void> {
    try {
        await renewal?.carryOut(context)
    } catch (error) {
        throw new Failure("refused", `user ${user} is gone, but their values were not made anew`, {
            cause: error,
            hint: "hostseal rotate --debt --manifest FILE",
        })
    }
}

function quietly(context: Context): Context {
    return { ...context, flags: { ...context.flags, json: false, quiet: true } }
}
