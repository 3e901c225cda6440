import type { Context } from "../../context.ts"
import { printJson } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { layoutOf } from "../../repository/layout.ts"
import { loadWorktree, mustBeReadable } from "../../repository/worktree.ts"
import { configText, rulesFor } from "../../rules/written.ts"

/** Prints a `.sops.yaml` that says what the links say. */
export async function exportRules(_: object, context: Context): Promise<void> {
    const flake = flakeDirectory(context)
    if (layoutOf(flake, context) === "sops")
        throw new Failure("refused", "this repository has a .sops.yaml, and no links to make one of")
    const tree = loadWorktree(flake)
    mustBeReadable(tree)
    const rules = rulesFor(tree.repo, tree.sealed)
    if (context.flags.json) return printJson(context, { version: 1, rules })
    context.out(configText(tree.repo, rules))
}
