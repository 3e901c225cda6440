// Another name for somebody: nobody reads more or less afterwards, in this clone's list neither.

import { readdirSync } from "node:fs"
import { join } from "node:path"
import type { Renamed } from "../../../repo/difference.ts"
import { moveSecret, renameMember } from "../../../repo/edits.ts"
import type { GranteeKind } from "../../../repo/edits.ts"
import { printDebts } from "../../../repo/debt.ts"
import type { Repo } from "../../../repo/repo.ts"
import { readBounded } from "../../../os/regular-file.ts"
import { mutate } from "../../change/mutation.ts"
import { readDebts } from "../../change/debts.ts"
import type { Write } from "../../change/staging.ts"
import type { Context } from "../../context.ts"
import { flakeDirectory } from "../../flake.ts"
import { varsOnDisk } from "../../repository/names-on-disk.ts"

interface NewName {
    readonly newName: string
}

/** Gives a user another name. */
export async function renameUser(
    { user, newName }: NewName & { readonly user: string },
    context: Context,
): Promise<void> {
    await rename("user", user, newName, context)
}

/** Gives a machine another name; the vars that are its own go with it. */
export async function renameMachine(
    { machine, newName }: NewName & { readonly machine: string },
    context: Context,
): Promise<void> {
    await rename("machine", machine, newName, context)
}

/** Gives a group another name. */
export async function renameGroup(
    { group, newName }: NewName & { readonly group: string },
    context: Context,
): Promise<void> {
    await rename("group", group, newName, context)
}

async function rename(kind: GranteeKind, from: string, to: string, context: Context): Promise<void> {
    const flake = flakeDirectory(context)
    const files: Write[] = []
    await mutate(context, {
        message: `secrets: rename ${kind} ${from} to ${to}`,
        says: `${kind} ${from} is ${kind} ${to} now: nobody can read more or less than before`,
        files,
        edit: ({ repo }) => {
            const named = renameMember(repo, kind, from, to)
            const renamed: Renamed = { kind, from, to, repo: named }
            if (kind === "group") return { repo: named, renamed }
            const moved = kind === "machine" ? varsOfMachine(repo, from, to) : new Map<string, string>()
            if (kind === "machine") files.push(...besideVars(flake, from, to))
            files.push(...debtsOf(flake, named, `${kind}:${from}`, `${kind}:${to}`, moved))
            const next = [...moved].reduce((all, [path, old]) => moveSecret(all, old, path), named)
            return { repo: next, renamed, moved }
        },
    })
}

/** The secret vars of a machine, old paths by new ones. */
function varsOfMachine(repo: Repo, from: string, to: string): ReadonlyMap<string, string> {
    return new Map(
        [...repo.secrets.keys()]
            .filter((path) => path.startsWith(`${folderOf(from)}/`))
            .map((path) => [renamedPath(path, from, to), path]),
    )
}

/** Public vars, and the files of generators that are no values. */
function besideVars(flake: string, from: string, to: string): readonly Write[] {
    const inFolder = varsOnDisk(flake).filter(({ path }) => path.startsWith(`${folderOf(from)}/`))
    const generators = new Set(inFolder.map(({ path }) => path.slice(0, path.lastIndexOf("/"))))
    return [
        ...inFolder
            .filter(({ isPublic }) => isPublic)
            .map(({ path }): Write => ({ kind: "move", path: renamedPath(path, from, to), from: path })),
        ...[...generators].flatMap((folder) =>
            readdirSync(join(flake, folder), { withFileTypes: true }).flatMap((entry): readonly Write[] => {
                const path = `${folder}/${entry.name}`
                const bytes = entry.isFile() ? readBounded(join(flake, path), largest) : undefined
                if (bytes === undefined) return []
                return [
                    { kind: "bytes", path: renamedPath(path, from, to), bytes },
                    { kind: "unlink", path },
                ]
            }),
        ),
    ]
}

const largest = 1024 * 1024

/** What is noted about somebody under their old name is noted under the new one. */
function debtsOf(
    flake: string,
    { secrets }: Repo,
    from: string,
    to: string,
    moved: ReadonlyMap<string, string>,
): readonly Write[] {
    const places = new Map([...moved].map(([path, old]) => [old, path]))
    return [...secrets.keys()].flatMap((path): readonly Write[] => {
        const debts = readDebts(flake, path)
        if (debts.every(({ lost }) => lost !== from)) return []
        const text = printDebts(debts.map((debt) => (debt.lost === from ? { ...debt, lost: to } : debt)))
        return [{ kind: "text", path: `${places.get(path) ?? path}/debt.json`, text }]
    })
}

function folderOf(machine: string): string {
    return `vars/per-machine/${machine}`
}

function renamedPath(path: string, from: string, to: string): string {
    return `${folderOf(to)}${path.slice(folderOf(from).length)}`
}
