// What `status`, `verify` and `vars check` find about generators: with a manifest what is declared, without one what lies
// beside the values. No value is opened.

import { findingsOf, findingsOfStates, orphanFindings, orphansOf } from "../../repo/generators/findings.ts"
import type { Finding } from "../../repo/generators/findings.ts"
import type { Repo } from "../../repo/repo.ts"
import type { Context } from "../context.ts"
import { findGit } from "../git/git.ts"
import { agesOf } from "./ages.ts"
import { readDeclaration } from "./declaration.ts"
import { readFacts, readStates } from "./state-file.ts"

/** Everything that is to be told, in the order of paths. */
export async function judgeGenerators(
    flake: string,
    repo: Repo,
    manifest: string | undefined,
    context: Context,
): Promise<readonly Finding[]> {
    const now = context.now()
    const found: Finding[] = [...findingsOfStates(readStates(flake), now)]
    if (manifest !== undefined) {
        const { all, scope } = await readDeclaration({ manifest }, context)
        const facts = readFacts(flake, all)
        const made = await agesOf(all, facts, await findGit(flake, context.env))
        const declared = new Set(all.map(({ folder }) => folder))
        const rest = found.filter(({ path }) => !declared.has(path))
        const orphans = orphanFindings(orphansOf(all, facts.values, scope, repo))
        found.splice(0, found.length, ...rest, ...findingsOf(all, facts, { made, now }, repo), ...orphans)
    }
    return found.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}
