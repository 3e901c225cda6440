// What else a change of a rule opens, or closes: a rule is for many files, and a command may have named one of them.

import { visible } from "../../error.ts"
import { shifts } from "../../repo/difference.ts"
import type { Shift } from "../../repo/difference.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { severalNames } from "../keys/error.ts"
import type { RuledTree } from "../repository/ruled-tree.ts"
import { askYesNo } from "../terminal/prompt.ts"

/** Has somebody agree to what happens to files that the command does not name. `--yes` is an answer: it names the rule. */
export async function askAboutOthers(
    before: RuledTree,
    after: RuledTree,
    named: ReadonlySet<string>,
    context: Context,
): Promise<void> {
    const others = shifts(before.repo, after).filter(({ path }) => !named.has(path) && before.files.has(path))
    const lines = [...sentences(others, "gained", "read"), ...sentences(others, "lost", "lose")]
    if (lines.length === 0) return
    const text = `by the same rule, ${lines.join("; ")}`
    if (context.flags.dryRun) return warn(context, `${text}: that would be a question`)
    if (context.flags.yes) return
    if (await askYesNo(context.terminal(), { text: `${visible(text)}. Go on?`, instead: "--yes" })) return
    const [path = ""] = named
    throw new Failure("refused", "nothing was changed", {
        hint: visible(`a rule of its own above that one makes ${path} a matter of its own`),
    })
}

function sentences(others: readonly Shift[], side: "gained" | "lost", does: string): readonly string[] {
    const files = new Map<string, string[]>()
    for (const shift of others)
        for (const { kind, name } of shift[side]) {
            const reader = `${kind} ${name}`
            files.set(reader, [...(files.get(reader) ?? []), shift.path])
        }
    return [...files].map(([reader, paths]) => `${reader} would also ${does} ${severalNames(paths)}`)
}
