import type { Context } from "../context.ts"
import { printJson } from "../context.ts"
import { flakeDirectory } from "../flake.ts"
import { layoutOf } from "../repository/layout.ts"
import { loadRepo } from "../repository/load.ts"
import { secretNames } from "../repository/names-on-disk.ts"

/** Prints the names of all secrets. Opens no file and needs no key. */
export async function list({ pattern }: { pattern: string | undefined }, context: Context): Promise<void> {
    const flake = flakeDirectory(context)
    const all =
        layoutOf(flake, context) === "clan"
            ? secretNames(flake)
            : [...(await loadRepo(flake, context)).secrets.keys()]
    const names = all.filter((name) => name.includes(pattern ?? ""))
    if (context.flags.json) printJson(context, { secrets: names.map((name) => ({ name })) })
    else context.out(names.map((name) => `${name}\n`).join(""))
}
