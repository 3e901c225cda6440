import type { Key } from "../../../repo/repo.ts"
import { unknown } from "../../../repo/refusal.ts"
import { parseKeys } from "../../../repo/keys.ts"
import { printJson } from "../../context.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { plural } from "../../../repo/edits.ts"
import { layoutOf } from "../../repository/layout.ts"
import { loadRepo } from "../../repository/load.ts"
import { readerNames } from "../../repository/names-on-disk.ts"
import { NotRegular, readBounded } from "../../../os/regular-file.ts"

/** Prints the names of all users. */
export async function listUsers(_input: object, context: Context): Promise<void> {
    await listReaders("user", context)
}

/** Prints the names of all machines. */
export async function listMachines(_input: object, context: Context): Promise<void> {
    await listReaders("machine", context)
}

/** Prints a user's keys as clan does: an array with sorted keys and no final newline. */
export async function getUser({ user }: { readonly user: string }, context: Context): Promise<void> {
    const found = await keysOf("user", user, context)
    const keys = found.map(({ publickey, type }) => ({
        publickey,
        source: "key_file",
        type,
        username: user,
    }))
    if (context.flags.json) printJson(context, { keys })
    else context.out(JSON.stringify(keys, undefined, 2))
}

/** Prints a machine's keys, one a line. */
export async function getMachine({ machine }: { readonly machine: string }, context: Context): Promise<void> {
    const keys = await keysOf("machine", machine, context)
    if (context.flags.json) printJson(context, { keys })
    else context.out(keys.map(({ publickey }) => `${publickey}\n`).join(""))
}

/** Prints all groups with their members, as clan does. */
export async function listGroups(_input: object, context: Context): Promise<void> {
    const repo = await loadRepo(flakeDirectory(context), context)
    const groups = [...repo.groups]
        .map(([name, { machines, users }]) => ({
            name,
            machines: [...machines].toSorted(),
            users: [...users].toSorted(),
        }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    if (context.flags.json) return printJson(context, { groups })
    const section = (title: string, names: readonly string[]): string =>
        names.length === 0 ? "" : `${title}:\n${names.map((name) => `  ${name}\n`).join("")}`
    context.out(
        groups
            .map(
                ({ name, machines, users }) =>
                    `${name}\n${section("machines", machines)}${section("users", users)}\n`,
            )
            .join(""),
    )
}

async function listReaders(kind: "user" | "machine", context: Context): Promise<void> {
    const flake = flakeDirectory(context)
    const names =
        layoutOf(flake, context) === "clan"
            ? readerNames(flake, kind)
            : [...(await loadRepo(flake, context))[plural(kind)].keys()].toSorted()
    if (context.flags.json) printJson(context, { [`${kind}s`]: names.map((name) => ({ name })) })
    else context.out(names.map((name) => `${name}\n`).join(""))
}

async function keysOf(kind: "user" | "machine", name: string, context: Context): Promise<readonly Key[]> {
    const flake = flakeDirectory(context)
    if (layoutOf(flake, context) === "clan") return keysOnDisk(kind, name, flake)
    const readers = (await loadRepo(flake, context))[plural(kind)]
    const keys = readers.get(name)
    if (keys === undefined) throw unknown(kind, name, readers.keys())
    return keys
}

function keysOnDisk(kind: "user" | "machine", name: string, flake: string): readonly Key[] {
    const path = `sops/${kind}s/${name}/key.json`
    try {
        const bytes = readBounded(`${flake}/${path}`, 1024 * 1024)
        if (bytes === undefined) throw unknown(kind, name, readerNames(flake, kind))
        return parseKeys(bytes.toString("utf8")).toSorted((a, b) => (a.publickey < b.publickey ? -1 : 1))
    } catch (error) {
        if (error instanceof NotRegular || (error instanceof Error && error.constructor === Error))
            throw new Failure("refused", `${path} cannot be read`, { cause: error })
        throw error
    }
}
