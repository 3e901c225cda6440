import { visibleName } from "../../../error.ts"
import { type Context, note, printJson } from "../../context.ts"
import { flakeDirectory } from "../../flake.ts"
import { quantity } from "../../quantity.ts"
import { machineNeeds } from "../../repository/machine-needs.ts"

const disagreement = 5

/** Prints the files that a machine takes secrets from; the exit code is 5 when it cannot open one of them. */
export async function showNeeds(
    { machine, manifest }: { readonly machine: string; readonly manifest: string | undefined },
    context: Context,
): Promise<number> {
    const { files, unneeded } = await machineNeeds(flakeDirectory(context), machine, manifest, context)
    const locked = files.filter(({ why }) => why !== undefined).length
    const exitCode = locked === 0 ? 0 : disagreement
    if (context.flags.json) {
        const records = files.map(({ path, secrets, why }) => ({
            path,
            secrets,
            opens: why === undefined,
            reason: why ?? null,
        }))
        printJson(context, { machine, files: records, unneeded })
        return exitCode
    }
    for (const { path, secrets, why } of files) {
        const from = secrets.length === 0 ? "" : ` (${secrets.map(visibleName).join(", ")})`
        context.out(`${visibleName(path)}: ${why ?? "opens"}${from}\n`)
    }
    for (const path of unneeded) note(context, `${visibleName(path)}: opens, and is not needed`)
    note(
        context,
        `${quantity(files.length, "file")}: ${locked === 0 ? "it opens all of them" : `it cannot open ${locked}`}`,
    )
    return exitCode
}
