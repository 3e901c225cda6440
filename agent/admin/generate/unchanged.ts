// A new value that is the old one pays nothing: whoever knew it knows it.

import { visibleName } from "../../error.ts"
import type { Work } from "../../repo/generators/work.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"

/** Kinds whose value comes from somewhere else, and may come again. */
const given: ReadonlySet<string> = new Set(["prompt", "template", "script"])

/** Leaves out the values that somebody knows and that have become what they were, and says so. */
export async function leaveUnchanged(
    work: readonly Work[],
    made: Map<string, Buffer>,
    open: (path: string) => Promise<Buffer>,
    context: Context,
): Promise<void> {
    for (const { placed, why } of work) {
        const owed = why.flatMap((each) => (each.kind === "debt" ? each.files : []))
        for (const file of owed) {
            const path = `${placed.folder}/${file}`
            const value = made.get(path)
            const kind = placed.generator.files.get(file)?.make.kind ?? ""
            if (value === undefined || !given.has(kind)) continue
            const old = await open(path)
            const isSame = old.equals(value)
            old.fill(0)
            if (!isSame) continue
            made.delete(path)
            warn(context, `${visibleName(path)} would be what it was: it stays to be changed`)
        }
    }
}
