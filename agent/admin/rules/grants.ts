// Who is in the rule of a file.

import type { Reader } from "../../repo/access.ts"
import { grantsOf, plural } from "../../repo/edits.ts"
import type { Grantees } from "../../repo/edits.ts"
import { Refusal } from "../../repo/refusal.ts"
import { visibleName } from "../../error.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import type { RuledTree } from "../repository/ruled-tree.ts"
import type { TreeEdit } from "../repository/working-tree.ts"
import { withWish } from "./change.ts"
import { mustBeReader, writtenKeys } from "./reader.ts"
import { askAboutOthers } from "./shared.ts"

/** Puts readers into the rules of files; what else these rules are for is asked about. */
export async function granted(
    ruled: RuledTree,
    grantees: Grantees,
    paths: readonly string[],
    context: Context,
): Promise<TreeEdit> {
    const readers = readersIn(ruled, grantees)
    const keys = readers.flatMap((reader) => writtenKeys(ruled, reader))
    const rules = [...new Set(paths.map((path) => ruleOf(ruled, path, keys)))]
    const next = withWish(ruled, { admit: { rules, keys } })
    await askAboutOthers(ruled, next, new Set(paths), context)
    const named = {
        users: readers.filter(({ kind }) => kind === "user").map(({ name }) => name),
        machines: readers.filter(({ kind }) => kind === "machine").map(({ name }) => name),
    }
    return {
        repo: next.repo,
        ...(next.source === ruled.source ? {} : { rules: next }),
        named: { grants: new Map(paths.map((path) => [path, named])) },
    }
}

/** Takes readers out of the rules of files; what else these rules are for is asked about. */
export async function revoked(
    ruled: RuledTree,
    grantees: Grantees,
    paths: readonly string[],
    context: Context,
): Promise<TreeEdit> {
    let next = ruled
    for (const reader of readersIn(ruled, grantees)) {
        const keys = writtenKeys(ruled, reader)
        const mine = paths.filter((path) => has(ruled, path, reader))
        const [path = ""] = paths
        if (mine.length === 0)
            throw new Refusal(
                "not-found",
                `${reader.kind} "${reader.name}" is not in the rule for ${visibleName(path)} (${lineOf(ruled, ruleOf(ruled, path, keys))})`,
                { hint: "hostseal audit secret shows who can read it" },
            )
        const rules = [...new Set(mine.map((each) => ruleOf(ruled, each, keys)))]
        next = withWish(next, { dismiss: { rules, keys, name: reader.name } })
    }
    await askAboutOthers(ruled, next, new Set(paths), context)
    return { repo: next.repo, rules: next }
}

/** Whether a reader is in the rule of a file. */
export function has(ruled: RuledTree, path: string, { kind, name }: Reader): boolean {
    mustBeFile(ruled, path)
    return grantsOf(ruled.repo, path)[plural(kind)].has(name)
}

/** Those who are named. Throws for groups: rules cannot name these. */
export function readersIn(
    ruled: RuledTree,
    { users = [], machines = [], groups = [] }: Grantees,
): readonly Reader[] {
    if ([...groups].length > 0)
        throw new Failure("usage", `a rule of ${ruled.configPath} names keys, and no groups`, {
            hint: "name the users and machines",
        })
    return [
        ...[...users].map((name) => mustBeReader(ruled, "user", name)),
        ...[...machines].map((name) => mustBeReader(ruled, "machine", name)),
    ]
}

/** The rule for a file. Throws `Failure` with one to write where there is none. */
function ruleOf(ruled: RuledTree, path: string, keys: readonly string[]): number {
    mustBeFile(ruled, path)
    const [rule] = ruled.matching(path)
    if (rule !== undefined) return rule
    const pattern = path.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)
    throw new Failure("refused", `no rule in ${ruled.configPath} is for ${visibleName(path)}`, {
        hint: `write one, then: hostseal key update\n  - path_regex: ^${pattern}$\n    age: ${keys.join(",")}`,
    })
}

/** Throws for a path without a file that sops encrypted. */
function mustBeFile({ plain, repo }: RuledTree, path: string): void {
    if (plain.includes(path))
        throw new Failure("refused", `${visibleName(path)} is there, and is not encrypted`, {
            hint: `look at it; sops encrypt -i ${visibleName(path)} encrypts it as it is`,
        })
    grantsOf(repo, path)
}

function lineOf({ config, configPath }: RuledTree, rule: number): string {
    return `${configPath}:${config.rules[rule]?.line ?? 0}`
}
