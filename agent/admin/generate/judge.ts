// What `status` and `verify` find about generators: with a manifest what is declared, without one what lies beside the
// values. No value is opened.

import {
    findingsOf,
    findingsOfAges,
    findingsOfStates,
    orphanFindings,
    orphansOf,
} from "../../repo/generators/findings.ts"
import type { Finding } from "../../repo/generators/findings.ts"
import type { State } from "../../repo/generators/state.ts"
import type { Repo } from "../../repo/repo.ts"
import { folderOfVar } from "../../repo/var-path.ts"
import type { Context } from "../context.ts"
import { findGit } from "../git/git.ts"
import { varsOnDisk } from "../repository/names-on-disk.ts"
import { agesOf } from "./ages.ts"
import { readDeclaration } from "./declaration.ts"
import { readFacts, readStates } from "./state-file.ts"

/** What values are held against besides what lies beside them. */
interface Measure {
    readonly manifest: string | undefined
    /** How old a value may be, whatever is declared. */
    readonly maxDays?: number | undefined
}

/** Everything that is to be told, in the order of paths. */
export async function judgeGenerators(
    flake: string,
    repo: Repo,
    { manifest, maxDays }: Measure,
    context: Context,
): Promise<readonly Finding[]> {
    const states = readStates(flake)
    const beside = findingsOfStates(states, context.now())
    const found = manifest === undefined ? beside : await withDeclared(flake, repo, manifest, beside, context)
    const due = new Set(found.flatMap(({ code, path }) => (code === "due" ? [path] : [])))
    const old = maxDays === undefined ? [] : await tooOld(flake, states, maxDays, context)
    return [...found, ...old.filter(({ path }) => !due.has(path))].toSorted((a, b) =>
        a.path < b.path ? -1 : a.path > b.path ? 1 : 0,
    )
}

/** Of what is declared, the declaration says more than what lies beside it. */
async function withDeclared(
    flake: string,
    repo: Repo,
    manifest: string,
    beside: readonly Finding[],
    context: Context,
): Promise<readonly Finding[]> {
    const { all, scope } = await readDeclaration({ manifest }, context)
    const facts = readFacts(flake, all)
    const made = await agesOf(all, facts, await findGit(flake, context.env))
    const declared = new Set(all.map(({ folder }) => folder))
    return [
        ...beside.filter(({ path }) => !declared.has(path)),
        ...findingsOf(all, facts, { made, now: context.now() }, repo),
        ...orphanFindings(orphansOf(all, facts.values, scope, repo)),
    ]
}

async function tooOld(
    flake: string,
    states: ReadonlyMap<string, State>,
    maxDays: number,
    context: Context,
): Promise<readonly Finding[]> {
    const values = new Set(varsOnDisk(flake).map(({ path }) => path))
    const folders = [...new Set([...values].map(folderOfVar))].map((folder) => ({ folder }))
    const made = await agesOf(folders, { states, values }, await findGit(flake, context.env))
    return findingsOfAges(made, maxDays, context.now())
}
