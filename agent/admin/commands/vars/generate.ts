import { visibleName } from "../../../error.ts"
import { orphansOf } from "../../../repo/generators/findings.ts"
import { workOf } from "../../../repo/generators/work.ts"
import type { Placed } from "../../../repo/generators/placed.ts"
import { reasonOf } from "../../../repo/generators/why.ts"
import { titleOf } from "../../../repo/generators/placed.ts"
import { note, printJson } from "../../context.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { carryOut } from "../../generate/carry-out.ts"
import type { Plan } from "../../generate/carry-out.ts"
import { confirm } from "../../generate/confirm.ts"
import { readDeclaration } from "../../generate/declaration.ts"
import type { Declaration } from "../../generate/declaration.ts"
import { secretsOf, warnOfUnread, withReaders } from "../../generate/readers.ts"
import { retrying } from "../../generate/retry.ts"
import { workLines, workRecord } from "../../generate/show.ts"
import { readFacts } from "../../generate/state-file.ts"
import { quantity } from "../../quantity.ts"
import { loadWorktree } from "../../repository/worktree.ts"
import { askYesNo } from "../../terminal/prompt.ts"

interface Input {
    readonly machine: readonly string[]
    readonly only: readonly string[]
    readonly changed: boolean
    readonly prune: boolean
    readonly confirm: readonly string[]
    readonly manifest: string | undefined
    readonly answers: string | undefined
    readonly timeout: string | undefined
    readonly noSandbox: boolean
}

/** How often a flake is evaluated: what one generator makes, the declaration of another may need. */
const mostRounds = 3

/** Makes the values that are missing or out of date: all of them in one commit, or none. */
export async function generate(input: Input, context: Context): Promise<void> {
    for (let round = 1; round <= mostRounds; round++) {
        const { hasMade, isWhole } = await generateOnce(input, context)
        if (!hasMade || isWhole || input.manifest !== undefined) return
        if (round < mostRounds) note(context, "evaluating once more what had to wait")
    }
}

interface Done {
    readonly hasMade: boolean
    /** Whether all that is declared could be evaluated. */
    readonly isWhole: boolean
}

async function generateOnce(input: Input, context: Context): Promise<Done> {
    const declaration = await readDeclaration(input, context)
    const { flake, all, scope } = declaration
    const { repo } = loadWorktree(flake)
    const choice = { machines: input.machine, only: input.only, changed: input.changed }
    const plan = () => {
        const facts = readFacts(flake, all)
        const pruned = input.prune ? orphansOf(all, facts.values, scope, repo) : []
        return { facts, pruned, ...workOf(all, facts, choice) }
    }
    if (input.prune && !scope.isWhole)
        throw new Failure("refused", "what could not be evaluated may declare what looks undeclared", {
            hint: "generate without --prune first",
        })
    const { facts, work, byHand, pruned } = plan()
    const hand = byHand.map((path) => ({ path }))
    // Readers who do not exist are told before anything is asked.
    withReaders(repo, new Map([...secretsOf(work)].filter(([path]) => !facts.values.has(path))))
    const gone = pruned.map((path) => `${visibleName(path)}: no generator declares it, and it is removed`)
    if (context.flags.dryRun) {
        const record = { ...workRecord(repo, work, hand), prune: pruned }
        show([...workLines(repo, work, hand), ...gone], record, context)
        return { hasMade: false, isWhole: scope.isWhole }
    }
    for (const path of byHand) note(context, `${path} has no value: hostseal set ${path}`)
    warnOfUnread(repo, all, context)
    if (!input.changed) noteRedefined(all, facts.redefined, context)
    if (work.length + pruned.length === 0) {
        note(context, "nothing to generate: every value is there")
        if (context.flags.json) printJson(context, { dryRun: false, generate: [], byHand })
        return { hasMade: false, isWhole: scope.isWhole }
    }
    await confirm(work, facts, input.confirm, context)
    await agreeToRemove(gone, context)
    await make(declaration, plan, context)
    return { hasMade: true, isWhole: scope.isWhole }
}

async function make(declaration: Declaration, plan: () => Plan, context: Context): Promise<void> {
    await retrying(context, async (kept) =>
        carryOut(declaration, plan(), { verb: "generate", replan: plan }, kept, context),
    )
}

/** What is removed is told first, each by its path, and asked about once. */
async function agreeToRemove(lines: readonly string[], context: Context): Promise<void> {
    if (lines.length === 0) return
    for (const line of lines) note(context, line)
    if (context.flags.yes) return
    const text = `Remove ${quantity(lines.length, "value")}?`
    if (!(await askYesNo(context.terminal(), { text, instead: "--yes" })))
        throw new Failure("refused", "nothing was changed")
}

/** Declared in another way is no reason to replace a value, but worth a word. */
function noteRedefined(all: readonly Placed[], redefined: ReadonlySet<string>, context: Context): void {
    const names = all.filter(({ folder }) => redefined.has(folder)).map(titleOf)
    if (names.length === 0) return
    const shown = `${names.slice(0, 3).join("; ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`
    note(context, `${shown}: ${reasonOf({ kind: "definition" })}; --changed makes them anew`)
}

/** The plan, for `--dry-run`. */
export function show(
    lines: readonly string[],
    record: Readonly<Record<string, unknown>>,
    context: Context,
): void {
    if (context.flags.json) return printJson(context, { dryRun: true, ...record })
    context.out(lines.length === 0 ? "nothing to do\n" : lines.map((line) => `${line}\n`).join(""))
}
