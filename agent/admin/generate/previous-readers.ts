// Whom a command means with the value before: those who read it until now, and nobody whom somebody else has linked since.

import { readersOf } from "../../repo/access.ts"
import type { Grantees } from "../../repo/edits.ts"
import { previousOf } from "../../repo/generators/previous.ts"
import { recipientOf } from "../../repo/recipients.ts"
import type { Repo } from "../../repo/repo.ts"
import { recallOf } from "../change/accepted.ts"
import type { Context } from "../context.ts"
import { heldIn } from "../change/held.ts"
import { findGit } from "../git/git.ts"
import { readSecret } from "../repository/secret-file.ts"

/**
 * By the paths of the values before. Where this clone knows who may read a secret, it is those; else those whom its file
 * names besides its links.
 */
export async function previousReaders(
    { flake, repo }: { readonly flake: string; readonly repo: Repo },
    paths: readonly string[],
    { env }: Context,
): Promise<ReadonlyMap<string, Grantees>> {
    const git = paths.length === 0 ? undefined : await findGit(flake, env)
    const accepted = git && recallOf(git, git.prefix)
    const found = new Map<string, Grantees>()
    for (const path of paths) {
        const grants = repo.secrets.get(path)
        if (grants === undefined) continue
        const known = accepted?.secrets.get(path)?.recipients ?? (await labelsOf(flake, path))
        const readers = readersOf(repo, grants).filter(({ kind, name }) =>
            (repo[`${kind}s`].get(name) ?? []).every((key) => known.includes(recipientOf(key))),
        )
        const of = (wanted: "user" | "machine"): readonly string[] =>
            readers.filter(({ kind }) => kind === wanted).map(({ name }) => name)
        found.set(previousOf(path), { users: of("user"), machines: of("machine") })
    }
    return found
}

async function labelsOf(flake: string, path: string): Promise<readonly string[]> {
    const file = readSecret(flake, path)
    return (file && (await heldIn(file, undefined))?.labels) ?? []
}
