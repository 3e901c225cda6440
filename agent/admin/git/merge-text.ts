// Files that the drivers are called for and that are not encrypted: git merges those as it would without a driver.

import { dirname } from "node:path"
import { Failure } from "../failure.ts"
import type { Context } from "../context.ts"
import { metadataMark, sealedMark } from "../repository/ruled-tree.ts"
import type { Format } from "../../sops/format.ts"
import { findGit, GitError } from "./git.ts"

/** Whether nothing in a file says that it is encrypted. */
export function isPlain(file: Buffer, format: Format): boolean {
    return (
        file.length > 0 && !(file.includes(sealedMark) && metadataMark[format].test(file.toString("latin1")))
    )
}

/** Merges base, ours and theirs by their lines, into the second; the number of conflicts. */
export async function mergeAsText(
    [base = "", ours = "", theirs = ""]: readonly string[],
    context: Context,
): Promise<number> {
    const git = await findGit(dirname(ours), context.env)
    if (git === undefined) throw new Failure("not-found", "git is called by git alone")
    try {
        await git.run(["merge-file", "-L", "ours", "-L", "base", "-L", "theirs", ours, base, theirs])
        return 0
    } catch (error) {
        if (!(error instanceof GitError) || error.status === undefined || error.status > 127) throw error
        return 1
    }
}
