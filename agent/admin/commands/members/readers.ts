import { recipientsIn } from "../../../repo/consent/accepted.ts"
import { readerName } from "../../../repo/difference.ts"
import { addKeys, addReader, plural, removeKeys, removeReader, withKeys } from "../../../repo/edits.ts"
import type { ReaderKind } from "../../../repo/edits.ts"
import type { Key, Repo } from "../../../repo/repo.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { keysFrom } from "../../keys/key-arguments.ts"
import type { KeyInput } from "../../keys/key-arguments.ts"
import { recall } from "../../change/accepted.ts"
import { flakeDirectory } from "../../flake.ts"
import { findGit } from "../../git/git.ts"
import { mutate } from "../../change/mutation.ts"
import { machineKeys } from "../../keys/machine-keys.ts"
import type { HostInput } from "../../keys/machine-keys.ts"

type UserKeys = KeyInput & { readonly user: string }
/** Whether keys may be replaced, and what the new one can read from the first moment. */
interface Manner {
    readonly force: boolean
    readonly like: string | undefined
    readonly secret: readonly string[]
}
type MachineKeys = Pick<KeyInput, "key" | "ageKey"> & { readonly machine: string }

/** Adds a user; with `force`, replaces the keys of one who exists. */
export async function addUser(input: UserKeys & Manner, context: Context): Promise<void> {
    await add("user", input.user, await keysFrom(input, context), input, context)
}

/** Adds a machine; with `force`, replaces the keys of one that exists. */
export async function addMachine(input: MachineKeys & HostInput & Manner, context: Context): Promise<void> {
    await add("machine", input.machine, await machineKeys(input, context), input, context)
}

/** Removes a user from everywhere. */
export async function removeUser({ user }: { readonly user: string }, context: Context): Promise<void> {
    await remove("user", user, context)
}

/** Removes a machine from everywhere, groups included (docs/clan-contract.md#defects, D6). */
export async function removeMachine(
    { machine }: { readonly machine: string },
    context: Context,
): Promise<void> {
    await remove("machine", machine, context)
}

/** Adds keys to a user. */
export async function addKeyToUser(input: UserKeys, context: Context): Promise<void> {
    await changeKeys("add", "user", input.user, await keysFrom(input, context), context)
}

/** Takes keys from a user. */
export async function removeKeyFromUser(input: UserKeys, context: Context): Promise<void> {
    await changeKeys("remove", "user", input.user, await keysFrom(input, context), context)
}

/** Adds keys to a machine. */
export async function addKeyToMachine(input: MachineKeys, context: Context): Promise<void> {
    await changeKeys("add", "machine", input.machine, await keysFrom(input, context), context)
}

/** Takes keys from a machine. */
export async function removeKeyFromMachine(input: MachineKeys, context: Context): Promise<void> {
    await changeKeys("remove", "machine", input.machine, await keysFrom(input, context), context)
}

async function add(
    kind: ReaderKind,
    name: string,
    keys: readonly Key[],
    { force, like, secret }: Manner,
    context: Context,
): Promise<void> {
    await mutate(context, {
        serves: "both",
        message: `secrets: add ${kind} ${name}`,
        edit: async (tree) => {
            const { repo, ruled } = tree
            if (ruled !== undefined && secret.length > 0)
                throw new Failure("usage", "--secret makes links, and here rules say who reads what", {
                    hint: "--like OTHER gives a place in every rule of somebody else",
                })
            if (ruled !== undefined)
                return (await import("../../rules/readers.ts")).added(
                    ruled,
                    { kind, name, keys, force, like },
                    context,
                )
            const isThere = repo[plural(kind)].has(name)
            const added =
                force && isThere ? withKeys(repo, kind, name, keys) : addReader(repo, kind, name, keys)
            const own = new Map([[readerName({ kind, name }), recipientsIn(keys)]])
            if (like === undefined && secret.length === 0) return { repo: added, named: { keys: own } }
            const flake = flakeDirectory(context)
            const accepted = await recall(flake, await findGit(flake, context.env), tree, context)
            const access = await import("./first-access.ts")
            const copied =
                like === undefined
                    ? { repo: added, named: {} }
                    : access.likeSomebody(added, { kind, name }, like, accepted)
            const granted = access.namedSecrets(copied.repo, { kind, name }, secret, context)
            const grants = new Map([...(copied.named?.grants ?? []), ...(granted.named.grants ?? [])])
            return { repo: granted.repo, named: { ...copied.named, grants, keys: own } }
        },
    })
}

async function remove(kind: ReaderKind, name: string, context: Context): Promise<void> {
    await mutate(context, {
        serves: "both",
        message: `secrets: remove ${kind} ${name}`,
        edit: async ({ repo, ruled }) =>
            ruled === undefined
                ? { repo: removeReader(repo, kind, name) }
                : (await import("../../rules/readers.ts")).removed(ruled, kind, name, context),
    })
}

async function changeKeys(
    how: "add" | "remove",
    kind: ReaderKind,
    name: string,
    keys: readonly Key[],
    context: Context,
): Promise<void> {
    const change: (repo: Repo, kind: ReaderKind, name: string, keys: readonly Key[]) => Repo =
        how === "add" ? addKeys : removeKeys
    await mutate(context, {
        serves: "both",
        message: `secrets: ${how} key(s) for ${kind} ${name}`,
        edit: async ({ repo, ruled }) => {
            if (ruled !== undefined)
                return (await import("../../rules/readers.ts")).rekeyed(ruled, how, { kind, name, keys })
            const added = how === "add" ? [[readerName({ kind, name }), recipientsIn(keys)] as const] : []
            return { repo: change(repo, kind, name, keys), named: { keys: new Map(added) } }
        },
    })
}
