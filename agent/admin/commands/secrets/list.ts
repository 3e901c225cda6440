import { secretPath } from "../../../repo/edits.ts"
import type { Repo } from "../../../repo/repo.ts"
import type { Context } from "../../context.ts"
import { printJson } from "../../context.ts"
import { flakeDirectory } from "../../flake.ts"
import { layoutOf } from "../../repository/layout.ts"
import { secretNames, varsOnDisk } from "../../repository/names-on-disk.ts"

interface Input {
    readonly pattern: string | undefined
    readonly vars: boolean
    readonly long: boolean
    readonly unused: boolean
    readonly olderThan: string | undefined
}

/** Prints the names of all secrets, or the paths of all vars. Opens no value and needs no key. */
export async function list(
    { pattern = "", vars, long, unused, olderThan }: Input,
    context: Context,
): Promise<void> {
    const flake = flakeDirectory(context)
    const isMeant = (name: string): boolean => name.startsWith("vars/") === vars && name.includes(pattern)
    if (unused || olderThan !== undefined) {
        const { sieve } = await import("../../values/sieve.ts")
        const found = await sieve(flake, { unused, olderThan }, context)
        const isFound = (name: string): boolean => isMeant(name) && found.has(name)
        if (long) return (await import("../../values/list-long.ts")).listLong(flake, isFound, context)
        return print([...found].filter(isMeant).toSorted(), vars, context)
    }
    if (long) return (await import("../../values/list-long.ts")).listLong(flake, isMeant, context)
    if (vars) return listVars(flake, pattern, context)
    const all =
        layoutOf(flake, context) === "clan"
            ? secretNames(flake)
            : [...(await ruled(flake, context)).secrets.keys()]
    print(
        all.filter((name) => name.includes(pattern)),
        false,
        context,
    )
}

function print(names: readonly string[], areVars: boolean, context: Context): void {
    const isRuled = layoutOf(flakeDirectory(context), context) === "sops"
    const records = names.map((name) => ({
        secret: areVars || isRuled ? name : secretPath(name),
        name,
        ...(areVars ? { public: false } : {}),
    }))
    if (context.flags.json) printJson(context, areVars ? { vars: records } : { secrets: records })
    else context.out(names.map((name) => `${name}\n`).join(""))
}

function listVars(flake: string, pattern: string, context: Context): void {
    const found = varsOnDisk(flake).filter(({ path }) => path.includes(pattern))
    if (context.flags.json)
        printJson(context, {
            vars: found.map(({ path, isPublic }) => ({ secret: path, name: path, public: isPublic })),
        })
    else context.out(found.map(({ path }) => `${path}\n`).join(""))
}

/** What takes a repository apart stays out of what every command loads at its start. */
async function ruled(flake: string, context: Context): Promise<Repo> {
    return (await import("../../repository/load.ts")).loadRepo(flake, context)
}
