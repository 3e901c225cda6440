import { UserError, visibleName } from "../../../error.ts"
import { readersOf } from "../../../repo/access.ts"
import { grantsOf, removeSecret } from "../../../repo/edits.ts"
import { overlapsIn } from "../../../repo/generators/previous.ts"
import type { Overlap } from "../../../repo/generators/previous.ts"
import { unknown } from "../../../repo/refusal.ts"
import type { Repo } from "../../../repo/repo.ts"
import { placeOfVar } from "../../../repo/var-path.ts"
import { mutate } from "../../change/mutation.ts"
import { note } from "../../context.ts"
import type { Context } from "../../context.ts"
import { Failure } from "../../failure.ts"
import { flakeDirectory } from "../../flake.ts"
import { findGit } from "../../git/git.ts"
import { hasArrived } from "../../machines/arrival.ts"
import { readHeard } from "../../machines/heard.ts"
import type { Heard } from "../../machines/heard.ts"
import { quantity } from "../../quantity.ts"
import { needsClan } from "../../repository/layout.ts"
import { loadWorktree } from "../../repository/worktree.ts"

/** Removes the values before of these generators, or of all. Refused while a machine is not known to have the new ones. */
export async function finish(
    {
        generators,
        machines,
    }: { readonly generators: readonly string[]; readonly machines: readonly string[] },
    context: Context,
): Promise<void> {
    const flake = flakeDirectory(context)
    needsClan(flake, context)
    const { repo } = loadWorktree(flake)
    const all = overlapsIn(repo)
    const names = all.flatMap(({ current }) => placeOfVar(current)?.generator ?? [])
    const nothing = generators.find((name) => !names.includes(name))
    if (nothing !== undefined) throw unknown("generator with a value before,", nothing, new Set(names))
    const meant = all.filter(
        ({ current }) =>
            (generators.length === 0 || generators.includes(placeOfVar(current)?.generator ?? "")) &&
            (machines.length === 0 || machinesOf(repo, current).some((name) => machines.includes(name))),
    )
    if (meant.length === 0) return note(context, "nothing to finish: there is no value before")
    const heard = readHeard(flake, await findGit(flake, context.env), context)
    mustHaveArrived(flake, repo, meant, heard)
    await mutate(context, {
        message: `vars: finish ${quantity(meant.length, "value")}, those before are gone`,
        edit: (tree) => ({
            repo: meant.reduce(
                (left, { previous }) => (left.secrets.has(previous) ? removeSecret(left, previous) : left),
                tree.repo,
            ),
        }),
    })
}

function machinesOf(repo: Repo, path: string): readonly string[] {
    return readersOf(repo, grantsOf(repo, path))
        .filter(({ kind }) => kind === "machine")
        .map(({ name }) => name)
}

function mustHaveArrived(
    flake: string,
    repo: Repo,
    overlaps: readonly Overlap[],
    heard: ReadonlyMap<string, Heard>,
): void {
    const open = overlaps.flatMap(({ current }) =>
        machinesOf(repo, current)
            .filter((machine) => !hasArrived(flake, current, heard.get(machine)))
            .map((machine) => ({ current, machine })),
    )
    if (open.length === 0) return
    const lines = [...Map.groupBy(open, ({ machine }) => machine)].map(([machine, own]) => {
        const at = heard.get(machine)?.at
        const what = at === undefined ? "was not asked yet" : `did not have it when it was heard (${at})`
        const [first] = own
        const more = own.length > 1 ? ` and ${own.length - 1} more` : ""
        return new UserError(`${visibleName(first?.current ?? "")}${more}: ${machine} ${what}`)
    })
    const machines = [...new Set(open.map(({ machine }) => machine))]
    throw new Failure("refused", "nothing was changed: a machine may still need the value before", {
        cause: new AggregateError(lines, quantity(machines.length, "machine")),
        hint: `hostseal machines status ${machines.join(" ")} --ssh, or for one that is gone: hostseal remove PATH.previous`,
    })
}
