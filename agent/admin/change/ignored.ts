// What would be written and never be committed, because git is told to ignore it.

import { Failure } from "../failure.ts"
import { ignoredPaths } from "../git/git.ts"
import type { Checkout } from "../git/git.ts"
import type { Write } from "./staging.ts"

/** Those of the files that may be written, and of what is changed besides, that git is told to ignore. */
export async function ignoredAmong(
    git: Checkout | undefined,
    files: readonly string[],
    changes: readonly Write[],
): Promise<ReadonlySet<string>> {
    const paths = [...files, ...newPaths(changes)]
    return new Set(git === undefined || paths.length === 0 ? [] : await ignoredPaths(git, paths))
}

/** Throws `Failure` if one of them is among those that git ignores. */
export function mustNotBeIgnored(
    ignored: ReadonlySet<string>,
    files: readonly string[],
    changes: readonly Write[],
): void {
    const path = [...files, ...newPaths(changes)].find((each) => ignored.has(each))
    if (path === undefined) return
    throw new Failure("refused", `nothing was changed: git ignores ${path}`, {
        hint: "take it out of .gitignore: a secret that is not committed reaches no machine",
    })
}

function newPaths(changes: readonly Write[]): readonly string[] {
    return changes.filter(isNew).map(({ path }) => path)
}

function isNew({ kind }: Write): boolean {
    return kind === "text" || kind === "link" || kind === "bytes"
}
