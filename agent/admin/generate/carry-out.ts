// From a plan to a commit: prompts, then values in memory, then one change of the repository with all of them, or none.

import { isDeepStrictEqual } from "node:util"
import { visibleName } from "../../error.ts"
import { removeSecret } from "../../repo/edits.ts"
import { titleOf } from "../../repo/generators/placed.ts"
import { overlapping, previousOf, withPrevious } from "../../repo/generators/previous.ts"
import type { Facts, Work } from "../../repo/generators/work.ts"
import { folderOfVar } from "../../repo/var-path.ts"
import { withCaller } from "../change/own-access.ts"
import { mutate } from "../change/mutation.ts"
import type { Write } from "../change/staging.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { findGit } from "../git/git.ts"
import { noSuchSecret, openSecret } from "../keys/open-secret.ts"
import { quantity } from "../quantity.ts"
import { publicValue, valueFileOf } from "../repository/public-var.ts"
import { agesOf } from "./ages.ts"
import { collectAnswers } from "./answers.ts"
import type { KeptAnswers } from "./answers.ts"
import type { Declaration } from "./declaration.ts"
import { makeAll } from "./make.ts"
import { secretsOf, withReaders } from "./readers.ts"
import { previousReaders } from "./previous-readers.ts"
import { prepareScripts } from "./script/prepare.ts"
import type { Errand, Written } from "./script/run-script.ts"
import { leaveUnchanged } from "./unchanged.ts"
import { summaryOf } from "./show.ts"
import { besidesOf, stateFiles } from "./state-file.ts"
import { withStored } from "./stored.ts"

/** What is to be made, and how to find out once more when nobody else can change anything. */
export interface Plan {
    readonly facts: Facts
    readonly work: readonly Work[]
    /** The paths of values that are removed. */
    readonly pruned?: readonly string[]
}

/** How it is told. */
export interface Wording {
    /** `generate`, or `rotate`. */
    readonly verb: string
    readonly replan: () => Plan
}

/** Makes all of it in one commit, or throws and has changed nothing. */
export async function carryOut(
    { flake, all, given, scripts }: Declaration,
    plan: Plan,
    { verb, replan }: Wording,
    kept: KeptAnswers,
    context: Context,
): Promise<void> {
    const { facts, work, pruned = [] } = plan
    await prepareScripts(work, scripts, context)
    const open = async (path: string): Promise<Buffer> => {
        const value = (await openSecret(flake, path, context)) ?? publicValue(flake, path)
        if (value === undefined) throw await noSuchSecret(flake, path, context)
        return value
    }
    const answers = await collectAnswers(work, await withStored(work, given, facts, open), kept, context)
    const run = async (errand: Errand): Promise<Written> => {
        const { runScript } = await import("./script/run-script.ts")
        return runScript(errand, { ...scripts, env: context.env })
    }
    const clock = context.now()
    const { values, extra, ends } = await makeAll(all, work, { answers, open, run, now: clock })
    const made = new Map(values)
    await leaveUnchanged(work, made, open, context)
    for (const [title, names] of extra) warn(context, unclaimed(title, names))
    const secrets = secretsOf(work)
    const ages = await agesOf(all, facts, await findGit(flake, context.env))
    const files = [...made].flatMap(([path, bytes]): readonly Write[] =>
        secrets.has(path) ? [] : [{ kind: "bytes", path: valueFileOf(path), bytes }],
    )
    const before = new Map<string, Buffer>()
    for (const path of overlapping(work, facts.values)) if (made.has(path)) before.set(path, await open(path))
    // An answer may be a value as it is, and has to be there for another attempt.
    const answered = new Set(answers.values())
    const wipe = (): void => {
        for (const value of [...values.values(), ...before.values()]) if (!answered.has(value)) value.fill(0)
    }
    await mutate(context, {
        message: messageOf(verb, work, pruned),
        values: new Map([
            ...[...made].filter(([path]) => secrets.has(path)),
            ...[...before].map(([path, value]) => [previousOf(path), value] as const),
        ]),
        files: [
            ...files,
            ...stateFiles(work, facts, { now: clock, made: ages, ends }),
            ...removals(flake, pruned, facts),
        ],
        edit: async (tree) => {
            const now = replan()
            if (
                !isDeepStrictEqual(summaryOf(now.work), summaryOf(work)) ||
                !isDeepStrictEqual(now.pruned ?? [], pruned)
            )
                throw new Failure("conflict", "nothing was changed: somebody changed the values meanwhile", {
                    hint: "run it again",
                })
            // A declaration lets nobody read what is there: somebody may have taken it from them.
            const fresh = new Map([...secrets].filter(([path]) => !tree.sealed.has(path)))
            const left = pruned
                .filter((path) => tree.repo.secrets.has(path))
                .reduce((repo, path) => removeSecret(repo, path), tree.repo)
            const next = await withCaller(withReaders(left, fresh), [...fresh.keys()], context)
            const readers = await previousReaders(tree, [...before.keys()], context)
            return {
                repo: withPrevious(next, [...before.keys()]),
                named: { grants: new Map([...fresh, ...readers]) },
            }
        },
    }).finally(wipe)
}

function unclaimed(title: string, names: readonly string[]): string {
    const shown = names.slice(0, 5).map(visibleName).join(", ")
    return `the script of generator ${visibleName(title)} wrote what it does not declare: ${shown}`
}

/** What is no secret of a removed value: a public one, and what lies beside the last of a generator. */
function removals(flake: string, pruned: readonly string[], { values }: Facts): readonly Write[] {
    const gone = new Set(pruned)
    const left = new Set([...values].filter((path) => !gone.has(path)).map(folderOfVar))
    const folders = new Set(pruned.map(folderOfVar)).difference(left)
    return [
        ...pruned
            .filter((path) => publicValue(flake, path) !== undefined)
            .map((path): Write => ({ kind: "drop", path })),
        ...[...folders].flatMap((folder) => besidesOf(flake, folder)),
    ]
}

function messageOf(verb: string, work: readonly Work[], pruned: readonly string[]): string {
    if (work.length === 0)
        return `vars: remove ${quantity(pruned.length, "value")} that no generator declares`
    const count = work.reduce((sum, { files }) => sum + files.length, 0)
    const titles = work.map(({ placed }) => titleOf(placed))
    const more = titles.length > 3 ? ` and ${titles.length - 3} more` : ""
    return `vars: ${verb} ${quantity(count, "value")} (${titles.slice(0, 3).join("; ")}${more})`
}
