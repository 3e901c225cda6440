import { note } from "../context.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { flakeDirectory } from "../flake.ts"
import { gitOf, verdictOf } from "./check.ts"
import { introduce } from "./introduction.ts"

/** Keeps where signed history begins, after a look at whether it does. */
export async function introduceCommit(
    { commit: given, fingerprint }: { readonly commit: string; readonly fingerprint: string },
    context: Context,
): Promise<void> {
    if (!/^(?:SHA256:[A-Za-z0-9+/]{43}|(?:[0-9A-Fa-f]{4} *){10,16})$/u.test(fingerprint))
        throw new Failure(
            "usage",
            "FINGERPRINT is SHA256:…, as of an SSH key, or the forty digits of a PGP key",
        )
    const signer = fingerprint.startsWith("SHA256:")
        ? fingerprint
        : fingerprint.replaceAll(" ", "").toUpperCase()
    const git = await gitOf(flakeDirectory(context), context)
    const resolved = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${given}^{commit}`]
    const output = await git.run(["-c", "core.useReplaceRefs=false", ...resolved]).catch(() => {
        throw new Failure("not-found", "there is no such commit here", { hint: "git fetch" })
    })
    const commit = output.toString("latin1").trim()
    const { good } = await verdictOf(
        { ...git, head: commit },
        { commit, signer, verified: undefined },
        context,
    )
    if (!good.has(commit))
        throw new Failure(
            "refused",
            `${commit.slice(0, 12)} is not signed with this key, or does not name it`,
            {
                hint: "its tree must have the key in sops/users/NAME/signers",
            },
        )
    await introduce(git, commit, signer)
    note(context, `signed history begins with ${commit}`)
}
