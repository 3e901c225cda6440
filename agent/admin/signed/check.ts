import { UserError } from "../../error.ts"
import type { Problem } from "../../repo/verify.ts"
import { note, warn } from "../context.ts"
import type { Context } from "../context.ts"
import { quantity } from "../quantity.ts"
import { Failure } from "../failure.ts"
import { findGit } from "../git/git.ts"
import type { Checkout } from "../git/git.ts"
import { isShallow } from "../git/history.ts"
import { introductionOf, remember } from "./introduction.ts"
import type { Introduction } from "./introduction.ts"
import { judge } from "./judge.ts"
import type { Verdict } from "./judge.ts"
import { mergedTree, pastOf } from "./past.ts"
import { Signatures } from "./signature.ts"

/** What is wrong with the signatures of the history; when nothing is, HEAD is remembered as good. */
export async function problemsOfHistory(flake: string, context: Context): Promise<readonly Problem[]> {
    const git = await gitOf(flake, context)
    const introduction = await introductionOf(git)
    if (introduction === undefined)
        throw new Failure("refused", "this clone has not been told where signed history begins", {
            hint: "hostseal introduce COMMIT FINGERPRINT, with what somebody you trust tells you",
            exitCode: 5,
        })
    const { head } = git
    if (head === undefined) return []
    const { good, bad } = await verdictOf(git, introduction, context)
    const problems = [...bad].map(([id, message]): Problem => problem(id, message))
    if (problems.length === 0 && !good.has(head))
        problems.push(problem(head, "does not descend from the introduction"))
    if (introduction.verified !== undefined && !(await descends(git, introduction.verified, head)))
        problems.push(
            problem(
                head,
                `does not descend from ${introduction.verified.slice(0, 12)}, which was good before`,
            ),
        )
    const changed = await git.run([
        "status",
        "--porcelain",
        "-z",
        "--untracked-files=all",
        "--",
        "sops",
        "vars",
    ])
    if (changed.length > 0) warn(context, "what is not committed yet is signed by nobody")
    if (problems.length === 0) {
        await remember(git, head)
        note(
            context,
            `${quantity(good.size, "commit")} since ${introduction.commit.slice(0, 12)}: all are signed`,
        )
    }
    return problems
}

/** The git of a flake that has its whole history. Throws `Failure` otherwise: of what is not there nothing is known. */
export async function gitOf(flake: string, context: Context): Promise<Checkout> {
    const git = await findGit(flake, context.env)
    if (git === undefined)
        throw new Failure("refused", "only commits can be signed, and this is no git repository")
    if (await isShallow(git.run))
        throw new Failure("refused", "this clone has not its whole history, so nothing can be said of it", {
            hint: "git fetch --unshallow",
            exitCode: 5,
        })
    return git
}

/** Judges everything from the introduction to HEAD. */
export async function verdictOf(
    git: Checkout,
    { commit, signer }: Introduction,
    context: Context,
): Promise<Verdict> {
    const past = await pastOf(git, commit, git.head ?? commit)
    if (past.commits[0]?.id !== commit)
        throw new UserError(`the commit of the introduction is not in this repository: ${commit}`, {
            hint: "git fetch, or look at how it was introduced: git config --get hostseal.introduction",
        })
    using signatures = new Signatures(context.env)
    return await judge(past, signer, {
        signer: async (each, namedIn) => signatures.signerOf(each, past.signers.get(namedIn) ?? []),
        mergedTree: async (one, other) => mergedTree(git, one, other),
    })
}

function problem(id: string, message: string): Problem {
    return { code: "unsigned", path: id.slice(0, 12), message }
}

async function descends({ run: git }: Checkout, from: string, head: string): Promise<boolean> {
    try {
        await git(["-c", "core.useReplaceRefs=false", "merge-base", "--is-ancestor", from, head])
        return true
    } catch {
        return false
    }
}
