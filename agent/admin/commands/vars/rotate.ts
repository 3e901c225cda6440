import { rotationOf } from "../../../repo/generators/rotation.ts"
import type { Wish } from "../../../repo/generators/rotation.ts"
import { workOf } from "../../../repo/generators/work.ts"
import { openDebts, sealOf } from "../../change/debts.ts"
import { note, printJson } from "../../context.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { agesOf } from "../../generate/ages.ts"
import { carryOut } from "../../generate/carry-out.ts"
import { confirm } from "../../generate/confirm.ts"
import { readDeclaration } from "../../generate/declaration.ts"
import type { Declaration } from "../../generate/declaration.ts"
import { warnOfUnread } from "../../generate/readers.ts"
import { retrying } from "../../generate/retry.ts"
import { workLines, workRecord } from "../../generate/show.ts"
import { readFacts } from "../../generate/state-file.ts"
import { findGit } from "../../git/git.ts"
import { quantity } from "../../quantity.ts"
import { loadWorktree } from "../../repository/worktree.ts"
import { readSecret } from "../../repository/secret-file.ts"
import { askYesNo } from "../../terminal/prompt.ts"
import { show } from "./generate.ts"

interface Input extends Omit<Wish, "generators" | "machines"> {
    readonly generator: readonly string[]
    readonly machine: readonly string[]
    readonly finish: boolean
    readonly confirm: readonly string[]
    readonly manifest: string | undefined
    readonly answers: string | undefined
    readonly timeout: string | undefined
    readonly noSandbox: boolean
}

/** Makes values anew, and what is made of them: listed first, and then all of them in one commit, or none. */
export async function rotate(input: Input, context: Context): Promise<void> {
    if (input.finish) {
        if (input.due || input.debt || input.all)
            throw new Failure("usage", "--finish makes nothing anew: it goes without --due, --debt and --all")
        const { finish } = await import("./finish.ts")
        return finish({ generators: input.generator, machines: input.machine }, context)
    }
    const wish = wishOf(input)
    const declaration = await readDeclaration(input, context)
    const { flake, all } = declaration
    const git = await findGit(flake, context.env)
    const now = context.now()
    const made = await agesOf(all, readFacts(flake, all), git)
    const plan = () => {
        const facts = readFacts(flake, all)
        const rotation = rotationOf(all, facts, { now, made, ...pastOf(flake) }, wish)
        const { work } = workOf(all, facts, { machines: [], only: [], anew: rotation.anew })
        return { facts, work, byHand: rotation.byHand }
    }
    const { facts, work, byHand } = plan()
    const { repo } = loadWorktree(flake)
    const lines = workLines(repo, work, byHand)
    if (context.flags.dryRun) return show(lines, workRecord(repo, work, byHand), context)
    for (const line of lines) note(context, line)
    warnOfUnread(repo, all, context)
    if (work.length === 0) {
        note(
            context,
            byHand.length === 0 ? "nothing to rotate" : "nothing that a generator makes is to be rotated",
        )
        if (context.flags.json) printJson(context, { dryRun: false, ...workRecord(repo, work, byHand) })
        return
    }
    await confirm(work, facts, input.confirm, context)
    await agreed(
        work.reduce((sum, { files }) => sum + files.length, 0),
        context,
    )
    await make(declaration, plan, context)
    if (byHand.length > 0) note(context, `${quantity(byHand.length, "value")} left to change by hand`)
}

function wishOf({ generator, machine, due, debt, all }: Input): Wish {
    const ways = [generator.length > 0, due, debt, all].filter(Boolean).length
    if (ways === 1 || (ways === 2 && due && debt && !all && generator.length === 0))
        return { generators: generator, machines: machine, due, debt, all }
    throw new Failure("usage", ways === 0 ? "say what to rotate" : "say it in one way", {
        hint: "names of generators, or --due, --debt or --all",
    })
}

/** What the tree says about the past of values: who knows them, and when they were set. */
function pastOf(flake: string) {
    const { repo } = loadWorktree(flake)
    const debts = new Map(
        [...repo.secrets.keys()].flatMap((path) => {
            const open = openDebts(flake, path)
            return open.length === 0 ? [] : [[path, open] as const]
        }),
    )
    return { debts, set: (path: string) => sealOf(readSecret(flake, path))?.lastModified }
}

async function agreed(count: number, context: Context): Promise<void> {
    if (context.flags.yes) return
    const text = `Replace ${quantity(count, "value")}?`
    if (!(await askYesNo(context.terminal(), { text, instead: "--yes" })))
        throw new Failure("refused", "nothing was changed")
}

async function make(
    declaration: Declaration,
    plan: () => Parameters<typeof carryOut>[1],
    context: Context,
): Promise<void> {
    await retrying(context, async (kept) =>
        carryOut(declaration, plan(), { verb: "rotate", replan: plan }, kept, context),
    )
}
