import { workOf } from "../../../repo/generators/work.ts"
import type { Placed } from "../../../repo/generators/placed.ts"
import { reasonOf } from "../../../repo/generators/why.ts"
import { titleOf } from "../../../repo/generators/placed.ts"
import { note, printJson } from "../../context.ts"
import type { Context } from "../../context.ts"
import { carryOut } from "../../generate/carry-out.ts"
import { confirm } from "../../generate/confirm.ts"
import { readDeclaration } from "../../generate/declaration.ts"
import type { Declaration } from "../../generate/declaration.ts"
import { secretsOf, warnOfUnread, withReaders } from "../../generate/readers.ts"
import { retrying } from "../../generate/retry.ts"
import { workLines, workRecord } from "../../generate/show.ts"
import { readFacts } from "../../generate/state-file.ts"
import { loadWorktree } from "../../repository/worktree.ts"

interface Input {
    readonly machine: readonly string[]
    readonly only: readonly string[]
    readonly changed: boolean
    readonly confirm: readonly string[]
    readonly manifest: string | undefined
    readonly answers: string | undefined
    readonly timeout: string | undefined
    readonly noSandbox: boolean
}

/** Makes the values that are missing or out of date: all of them in one commit, or none. */
export async function generate(input: Input, context: Context): Promise<void> {
    const declaration = await readDeclaration(input, context)
    const { flake, all } = declaration
    const choice = { machines: input.machine, only: input.only, changed: input.changed }
    const plan = () => {
        const facts = readFacts(flake, all)
        return { facts, ...workOf(all, facts, choice) }
    }
    const { facts, work, byHand } = plan()
    const hand = byHand.map((path) => ({ path }))
    const { repo } = loadWorktree(flake)
    // Readers who do not exist are told before anything is asked.
    withReaders(repo, new Map([...secretsOf(work)].filter(([path]) => !facts.values.has(path))))
    if (context.flags.dryRun) return show(workLines(repo, work, hand), workRecord(repo, work, hand), context)
    for (const path of byHand) note(context, `${path} has no value: hostseal set ${path}`)
    warnOfUnread(repo, all, context)
    if (!input.changed) noteRedefined(all, facts.redefined, context)
    if (work.length === 0) {
        note(context, "nothing to generate: every value is there")
        if (context.flags.json) printJson(context, { dryRun: false, generate: [], byHand })
        return
    }
    await confirm(work, facts, input.confirm, context)
    await make(declaration, plan, context)
}

async function make(
    declaration: Declaration,
    plan: () => ReturnType<typeof workOf> & { readonly facts: ReturnType<typeof readFacts> },
    context: Context,
): Promise<void> {
    await retrying(context, async (kept) =>
        carryOut(declaration, plan(), { verb: "generate", replan: plan }, kept, context),
    )
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
