import { visibleName } from "../../error.ts"
import { note } from "../context.ts"
import type { Context } from "../context.ts"
import { quantity } from "../quantity.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { gitOf, verdictOf } from "./check.ts"
import { attestation } from "./commit.ts"
import { introductionOf } from "./introduction.ts"
import { askYesNo } from "../terminal/prompt.ts"

/** Makes a signed commit that changes nothing, by which the caller vouches for the commits that nobody has signed. */
export async function attest(_input: object, context: Context): Promise<void> {
    const git = await gitOf(flakeDirectory(context), context)
    const introduction = await introductionOf(git)
    const { head } = git
    if (introduction === undefined || head === undefined)
        throw new Failure("refused", "this clone has not been told where signed history begins", {
            hint: "hostseal introduce COMMIT FINGERPRINT",
        })
    const { good, bad } = await verdictOf(git, introduction, context)
    if (bad.size === 0) return note(context, "nothing to attest: all commits are good")
    const since = await lastGood(git.run, head, good)
    for (const [id, message] of bad) context.err(`${id.slice(0, 12)} ${visibleName(message)}\n`)
    if (context.flags.dryRun) return
    const text = `Have you looked at ${bad.size === 1 ? "this commit" : `these ${quantity(bad.size, "commit")}`}?`
    if (!context.flags.yes && !(await askYesNo(context.terminal(), { text, instead: "--yes" })))
        throw new Failure("refused", "nothing was attested", { hint: `git log -p ${since}..HEAD` })
    const made = await git.run(["commit-tree", "-S", "-p", head, "-m", attestation(since), `${head}^{tree}`])
    await git.run(["update-ref", "-m", "hostseal attest", "HEAD", made.toString("latin1").trim(), head])
    note(context, `attested ${quantity(bad.size, "commit")} since ${since.slice(0, 12)}`)
}

/** The youngest good commit of which everything descends that is not good. */
async function lastGood(
    git: (args: readonly string[]) => Promise<Buffer>,
    head: string,
    good: ReadonlyMap<string, string>,
): Promise<string> {
    const listed = await git(["-c", "core.useReplaceRefs=false", "rev-list", "--first-parent", head])
    const found = listed
        .toString("latin1")
        .split("\n")
        .find((id) => good.has(id))
    if (found === undefined) throw new Failure("refused", "no commit before HEAD is good")
    return found
}
