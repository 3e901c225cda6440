import { isUtf8 } from "node:buffer"
import { visible, visibleName } from "../../../error.ts"
import { unknown } from "../../../repo/refusal.ts"
import { varsOf } from "../../../repo/vars-of.ts"
import type { NamedVar } from "../../../repo/vars-of.ts"
import { printJson } from "../../context.ts"
import type { Context } from "../../context.ts"
import { flakeDirectory } from "../../flake.ts"
import { varsOnDisk } from "../../repository/names-on-disk.ts"
import { publicValue } from "../../repository/public-var.ts"
import { loadWorktree } from "../../repository/worktree.ts"

interface One {
    readonly machine: string
    readonly var: string
}

/** Prints the vars of a machine as clan does: `GENERATOR/FILE: value`, and stars for a secret. */
export async function listVars({ machine }: { readonly machine: string }, context: Context): Promise<void> {
    const { flake, found } = varsFor(machine, context)
    if (context.flags.json)
        return printJson(context, {
            vars: [...found].map(([name, { path, isPublic }]) => ({
                secret: path,
                name,
                path,
                public: isPublic,
            })),
        })
    for (const [name, each] of found) context.out(`${visibleName(name)}: ${shown(flake, each)}\n`)
}

/** Prints the value of a var of a machine, with a line end behind it on a terminal. */
export async function getVar(input: One, context: Context): Promise<void> {
    const { get } = await import("../secrets/get.ts")
    await get({ secret: [pathOf(input, context)], as: undefined, force: false }, context)
}

/** Gives a var of a machine another value, from standard input or a hidden prompt. */
export async function setVar(input: One, context: Context): Promise<void> {
    const { set } = await import("../secrets/set.ts")
    const secret = pathOf(input, context)
    const usual = {
        user: [],
        machine: [],
        group: [],
        edit: false,
        from: undefined,
        file: undefined,
        force: false,
        allowEmpty: false,
    }
    await set({ ...usual, secret }, context)
}

/** The path of a var that exists, by its name in clan. */
function pathOf({ machine, var: name }: One, context: Context): string {
    const { found } = varsFor(machine, context)
    const each = found.get(name)
    if (each === undefined) throw unknown(`var of ${machine},`, name, found.keys())
    return each.path
}

function varsFor(
    machine: string,
    context: Context,
): { readonly flake: string; readonly found: ReadonlyMap<string, NamedVar> } {
    const flake = flakeDirectory(context)
    const { repo } = loadWorktree(flake)
    const found = varsOf(repo, varsOnDisk(flake), machine)
    if (!repo.machines.has(machine) && found.size === 0)
        throw unknown("machine", machine, repo.machines.keys())
    return { flake, found }
}

function shown(flake: string, { path, isPublic }: NamedVar): string {
    if (!isPublic) return "********"
    const value = publicValue(flake, path) ?? Buffer.alloc(0)
    return isUtf8(value) ? visible(value.toString("utf8").trimEnd()) : `(${value.length} bytes)`
}
