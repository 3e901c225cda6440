// What generators make anew because somebody knows it: planned before they are gone, and carried out afterwards.

import { rotationOf } from "../../repo/generators/rotation.ts"
import { workOf } from "../../repo/generators/work.ts"
import { sealOf } from "../change/debts.ts"
import type { Context } from "../context.ts"
import { agesOf } from "../generate/ages.ts"
import { carryOut } from "../generate/carry-out.ts"
import { confirm } from "../generate/confirm.ts"
import { readDeclaration } from "../generate/declaration.ts"
import type { DeclarationInput } from "../generate/declaration.ts"
import { retrying } from "../generate/retry.ts"
import { workLines } from "../generate/show.ts"
import { readFacts } from "../generate/state-file.ts"
import { findGit } from "../git/git.ts"
import { readSecret } from "../repository/secret-file.ts"
import { loadWorktree } from "../repository/worktree.ts"

/** A plan. */
export interface Renewal {
    /** The values that are made anew. */
    readonly paths: readonly string[]
    /** The plan for people. */
    readonly lines: readonly string[]
    /** Has what must not be replaced by mistake typed, or `named`. */
    readonly confirm: (named: readonly string[]) => Promise<void>
    readonly carryOut: (context: Context) => Promise<void>
}

/** Somebody, and the values that they know. */
interface Knower {
    /** `user:bob` */
    readonly lost: string
    readonly paths: readonly string[]
}

/** Plans it. Nothing is changed, and nothing is asked. */
export async function renewalOf(
    input: DeclarationInput,
    { lost, paths }: Knower,
    context: Context,
): Promise<Renewal> {
    const declaration = await readDeclaration(input, context)
    const { flake, all } = declaration
    const now = context.now()
    const made = await agesOf(all, readFacts(flake, all), await findGit(flake, context.env))
    const at = now.toISOString()
    const debts = new Map(paths.map((path) => [path, [{ lost, at }]] as const))
    // As they are now: when somebody is removed, their secrets are sealed anew with the same values.
    const set = new Map<string, string | undefined>()
    const setAt = (path: string): string | undefined => {
        if (!set.has(path)) set.set(path, sealOf(readSecret(flake, path))?.lastModified)
        return set.get(path)
    }
    const wish = { generators: [], machines: [], due: false, debt: true, all: false }
    const plan = () => {
        const facts = readFacts(flake, all)
        const { anew, byHand } = rotationOf(all, facts, { now, made, debts, set: setAt }, wish)
        return { facts, ...workOf(all, facts, { machines: [], only: [], anew }), byHand }
    }
    const { facts, work } = plan()
    return {
        paths: work.flatMap(({ placed, files }) => files.map((file) => `${placed.folder}/${file}`)),
        lines: workLines(loadWorktree(flake).repo, work, []),
        confirm: async (named) => confirm(work, facts, named, context),
        carryOut: async (inner) =>
            retrying(inner, async (kept) =>
                carryOut(declaration, plan(), { verb: "rotate", replan: plan }, kept, inner),
            ),
    }
}
