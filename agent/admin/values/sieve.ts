// Secrets that somebody may want to look at: those that no machine can read, and those with an old value.

import { readersOf } from "../../repo/access.ts"
import { grantsOf, secretName } from "../../repo/edits.ts"
import type { Repo } from "../../repo/repo.ts"
import { openDebts, sealOf } from "../change/debts.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { layoutOf } from "../repository/layout.ts"
import { loadRepo } from "../repository/load.ts"
import { readSecret } from "../repository/secret-file.ts"

interface Wanted {
    readonly unused: boolean
    readonly olderThan: string | undefined
}

/** The names of the secrets and vars that are as wanted. Opens no value and needs no key. */
export async function sieve(
    flake: string,
    { unused, olderThan }: Wanted,
    context: Context,
): Promise<ReadonlySet<string>> {
    if (olderThan !== undefined && !/^\d{1,6}$/u.test(olderThan))
        throw new Failure("usage", "--older-than needs a number of days")
    const repo = await loadRepo(flake, context)
    const isClan = layoutOf(flake, context) === "clan"
    const latest =
        olderThan === undefined ? undefined : context.now().getTime() - Number(olderThan) * 86_400_000
    const isOld = (path: string): boolean =>
        latest === undefined ||
        sealedAt(flake, path) <= latest ||
        (isClan && openDebts(flake, path).some(({ at }) => Date.parse(at) <= latest))
    const paths = [...repo.secrets.keys()]
    return new Set(paths.filter((path) => (!unused || isUnused(repo, path)) && isOld(path)).map(secretName))
}

function isUnused(repo: Repo, path: string): boolean {
    return readersOf(repo, grantsOf(repo, path)).every(({ kind }) => kind === "user")
}

/** When the value was sealed, by what its file says; long ago for a file that does not say it. */
function sealedAt(flake: string, path: string): number {
    const file = readSecret(flake, path)
    const said =
        sealOf(file)?.lastModified ??
        /lastmodified["\s:=]+"?(\S+?)"?\s/u.exec(file?.toString("latin1") ?? "")?.[1]
    return said === undefined ? 0 : Date.parse(said) || 0
}
