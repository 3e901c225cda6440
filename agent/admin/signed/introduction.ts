// What a clone knows before it believes anything: the commit that it begins with and who has signed that, and the last
// commit that was found good, which what comes later must descend from. Both lie in git's own configuration of the
// clone, where nobody who may only write to the repository can put them.

import { GitError } from "../git/git.ts"
import type { Checkout } from "../git/git.ts"

export interface Introduction {
    readonly commit: string
    /** The fingerprint of the key that has signed it. */
    readonly signer: string
    /** The last commit that was good. */
    readonly verified: string | undefined
}

/** The introduction of a clone; undefined when there has been none. */
export async function introductionOf({ run: git }: Checkout): Promise<Introduction | undefined> {
    const read = async (name: string): Promise<string> => {
        try {
            return (await git(["config", "--local", "--get", `hostseal.${name}`])).toString("utf8").trim()
        } catch (error) {
            if (error instanceof GitError && error.status === 1) return ""
            throw error
        }
    }
    const [commit = "", signer = ""] = (await read("introduction")).split(" ")
    if (!/^[0-9a-f]{40,64}$/u.test(commit) || signer === "") return undefined
    const verified = await read("verified")
    return { commit, signer, verified: /^[0-9a-f]{40,64}$/u.test(verified) ? verified : undefined }
}

/** Begins anew with this commit. */
export async function introduce({ run: git }: Checkout, commit: string, signer: string): Promise<void> {
    await git(["config", "--local", "hostseal.introduction", `${commit} ${signer}`])
    await git(["config", "--local", "hostseal.verified", commit])
}

/** Remembers the last good commit. */
export async function remember({ run: git }: Checkout, commit: string): Promise<void> {
    await git(["config", "--local", "hostseal.verified", commit])
}
