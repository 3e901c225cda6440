import { grantsOf, secretName } from "../../repo/edits.ts"
import { resistances } from "../../repo/post-quantum.ts"
import type { Resistance } from "../../repo/post-quantum.ts"
import { printJson } from "../context.ts"
import type { Context } from "../context.ts"
import { flakeDirectory } from "../flake.ts"
import { pathOfSecret } from "../repository/secret-file.ts"
import { loadWorktree } from "../repository/worktree.ts"

/** Prints who keeps secrets from resisting quantum computers, those first who stand in the way of most. */
export async function report(
    { secret }: { readonly secret: string | undefined },
    context: Context,
): Promise<void> {
    const flake = flakeDirectory(context)
    const { repo } = loadWorktree(flake)
    const path = secret === undefined ? undefined : pathOfSecret(secret, flake, context)
    if (path !== undefined) grantsOf(repo, path)
    const found = resistances(repo).filter((each) => path === undefined || each.secret === path)
    if (context.flags.json) return printJson(context, { secrets: found })

    const strong = found.filter(({ state }) => state === "post-quantum").length
    context.out(
        `${strong} of ${found.length} ${found.length === 1 ? "secret resists" : "secrets resist"} quantum computers\n`,
    )
    for (const [reader, secrets] of byBlocker(found))
        context.out(`${reader} has a classic key: ${listed(secrets)}\n`)
}

function byBlocker(found: readonly Resistance[]): readonly (readonly [string, readonly string[]])[] {
    const blocked = new Map<string, string[]>()
    for (const { secret, blockers } of found) {
        for (const { kind, name } of blockers) {
            const reader = `${kind} ${name}`
            blocked.set(reader, [...(blocked.get(reader) ?? []), secretName(secret)])
        }
    }
    return [...blocked].toSorted(([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1))
}

function listed(names: readonly string[]): string {
    return names.length <= 12
        ? names.join(", ")
        : `${names.slice(0, 10).join(", ")} and ${names.length - 10} more`
}
