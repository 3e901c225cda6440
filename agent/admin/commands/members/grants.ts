import { grantEach, grantsOf, plural, revoke, secretName } from "../../../repo/edits.ts"
import type { Grantees, GranteeKind } from "../../../repo/edits.ts"
import { expand, isPattern } from "../../repository/pattern.ts"
import { Refusal } from "../../../repo/refusal.ts"
import type { Repo } from "../../../repo/repo.ts"
import type { Context } from "../../context.ts"
import { someOf } from "../../quantity.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { mutate } from "../../change/mutation.ts"
import { mustBeSecret } from "../../repository/public-var.ts"
import { pathOfSecret } from "../../repository/secret-file.ts"

/** Names of secrets, and patterns of them. */
interface Secrets {
    readonly secret: readonly string[]
}
interface Readers {
    readonly user: readonly string[]
    readonly machine: readonly string[]
    readonly group: readonly string[]
}

/** Lets a user read secrets. */
export async function grantToUser(
    { user, secret }: Secrets & { readonly user: string },
    context: Context,
): Promise<void> {
    await add({ users: [user] }, secret, `secrets: add user ${user} to ${someOf(secret)}`, context)
}

/** Lets a machine read secrets. The message for one is clan's (docs/clan-contract.md#messages). */
export async function grantToMachine(
    { machine, secret }: Secrets & { readonly machine: string },
    context: Context,
): Promise<void> {
    const [only = "", ...others] = secret
    const isOne = others.length === 0 && !isPattern(only)
    const what = isOne ? `secret ${pathOf(only, context)}` : someOf(secret)
    await add({ machines: [machine] }, secret, `vars: add ${machine} to ${what}`, context)
}

/** Lets a group read secrets. */
export async function grantToGroup(
    { group, secret }: Secrets & { readonly group: string },
    context: Context,
): Promise<void> {
    await add({ groups: [group] }, secret, `secrets: add group ${group} to secret ${someOf(secret)}`, context)
}

/** Takes a user's own access to secrets away. */
export async function revokeFromUser(
    { user, secret }: Secrets & { readonly user: string },
    context: Context,
): Promise<void> {
    await remove({ users: [user] }, secret, `secrets: remove user ${user} from ${someOf(secret)}`, context)
}

/** Takes a machine's own access to secrets away. */
export async function revokeFromMachine(
    { machine, secret }: Secrets & { readonly machine: string },
    context: Context,
): Promise<void> {
    const message = `vars: remove ${machine} from secret ${someOf(secret)}`
    await remove({ machines: [machine] }, secret, message, context)
}

/** Takes a group's access to secrets away. */
export async function revokeFromGroup(
    { group, secret }: Secrets & { readonly group: string },
    context: Context,
): Promise<void> {
    const message = `secrets: remove group ${group} from secret ${someOf(secret)}`
    await remove({ groups: [group] }, secret, message, context)
}

/** Lets those who are named read secrets, all of them each. */
export async function grantToAll(input: Secrets & Readers, context: Context): Promise<void> {
    const names = namesIn(input)
    await add(granteesIn(input), input.secret, `secrets: add ${names} to ${someOf(input.secret)}`, context)
}

/** Takes the own access of those who are named to secrets away. */
export async function revokeFromAll(input: Secrets & Readers, context: Context): Promise<void> {
    const names = namesIn(input)
    const message = `secrets: remove ${names} from ${someOf(input.secret)}`
    await remove(granteesIn(input), input.secret, message, context)
}

async function add(
    grantees: Grantees,
    words: readonly string[],
    message: string,
    context: Context,
): Promise<void> {
    mustBeNames(words, context)
    await mutate(context, {
        serves: "both",
        message,
        edit: async ({ repo, sealed, ruled }) => {
            const paths = pathsOf(words, repo, (path) => sealed.has(path), context)
            if (ruled !== undefined)
                return (await import("../../rules/grants.ts")).granted(ruled, grantees, paths, context)
            const wanted = new Map(paths.map((path) => [path, grantees]))
            const granted = grantEach(repo, wanted)
            // Links alone: a machine would look for the value, and not find it (docs/clan-contract.md#defects, D4).
            const empty = paths.find((path) => !sealed.has(path))
            if (empty !== undefined) {
                const name = secretName(empty)
                throw new Refusal("refused", `secret "${name}" has no value: ${empty}/secret is not a file`, {
                    hint: `hostseal set ${name}`,
                })
            }
            return { repo: granted, named: { grants: wanted } }
        },
    })
}

/** A pattern means those secrets that one of them has a link to; a name that nobody has one to is refused. */
async function remove(
    grantees: Grantees,
    words: readonly string[],
    message: string,
    context: Context,
): Promise<void> {
    const wanted = (["user", "machine", "group"] as const).flatMap((kind) =>
        [...(grantees[plural(kind)] ?? [])].map((name) => ({ kind, name })),
    )
    mustBeNames(words, context)
    await mutate(context, {
        serves: "both",
        message,
        edit: async ({ repo, ruled }) => {
            if (ruled !== undefined) {
                const { has: isIn, readersIn, revoked } = await import("../../rules/grants.ts")
                const readers = readersIn(ruled, grantees)
                const isTheirs = (path: string): boolean =>
                    readers.some((reader) => isIn(ruled, path, reader))
                return revoked(ruled, grantees, pathsOf(words, repo, isTheirs, context), context)
            }
            const has = (path: string, kind: GranteeKind, name: string): boolean =>
                repo.secrets.get(path)?.[plural(kind)].has(name) === true
            const isLinked = (path: string): boolean => wanted.some(({ kind, name }) => has(path, kind, name))
            let next = repo
            for (const path of pathsOf(words, repo, isLinked, context)) {
                grantsOf(repo, path)
                const here = wanted.filter(({ kind, name }) => has(path, kind, name))
                for (const { kind, name } of here.length === 0 ? wanted : here)
                    next = revoke(next, path, kind, name)
            }
            return { repo: next }
        },
    })
}

/** The secrets that these words mean: patterns those of them that `matters` knows. */
function pathsOf(
    words: readonly string[],
    repo: Repo,
    matters: (path: string) => boolean,
    context: Context,
): readonly string[] {
    const known = words.some(isPattern) ? [...repo.secrets.keys()].filter(matters).map(secretName) : []
    return [...new Set(expand("secret", words, known).map((name) => pathOf(name, context)))]
}

/** What cannot be a name is a mistake of the line, and told before anything is looked at. */
function mustBeNames(words: readonly string[], context: Context): void {
    for (const word of words) if (!isPattern(word)) pathOf(word, context)
}

/** Of something that some can read and others cannot. */
function pathOf(secret: string, context: Context): string {
    const flake = flakeDirectory(context)
    const path = pathOfSecret(secret, flake, context)
    mustBeSecret(flake, path)
    return path
}

function granteesIn({ user, machine, group }: Readers): Grantees {
    return { users: user, machines: machine, groups: group }
}

function namesIn({ user, machine, group }: Readers): string {
    const names = [
        ...user.map((name) => `user ${name}`),
        ...machine.map((name) => `machine ${name}`),
        ...group.map((name) => `group ${name}`),
    ]
    if (names.length > 0) return someOf(names)
    throw new Failure("usage", "nobody is named", { hint: "--user, --machine and --group name readers" })
}
