// The value before: where a generator wants it, it stays beside the new one for its readers, until every machine has that.

import type { Repo } from "../repo.ts"
import { placeOfVar } from "../var-path.ts"
import type { Work } from "./work.ts"

const suffix = ".previous"

/** Where the value before lies. */
export function previousOf(path: string): string {
    return `${path}${suffix}`
}

/** The var whose value before lies at this path; `undefined` where that is not so. */
export function currentOf(path: string): string | undefined {
    return path.endsWith(suffix) && placeOfVar(path) !== undefined ? path.slice(0, -suffix.length) : undefined
}

/** The secrets that are made anew and whose value before stays. */
export function overlapping(work: readonly Work[], values: ReadonlySet<string>): readonly string[] {
    return work.flatMap(({ placed: { folder, generator }, files }) =>
        files
            .filter((file) => generator.rotate.overlap && generator.files.get(file)?.secret === true)
            .map((file) => `${folder}/${file}`)
            .filter((path) => values.has(path)),
    )
}

/** The repository with these values before, for exactly those who read the secrets now. */
export function withPrevious(repo: Repo, paths: readonly string[]): Repo {
    const secrets = new Map(repo.secrets)
    for (const path of paths) {
        const grants = repo.secrets.get(path)
        if (grants !== undefined) secrets.set(previousOf(path), grants)
    }
    return { ...repo, secrets }
}

/** A value before, and the one that has taken its place. */
export interface Overlap {
    readonly previous: string
    readonly current: string
}

/** Every value before that there is. */
export function overlapsIn({ secrets }: Repo): readonly Overlap[] {
    return [...secrets.keys()].flatMap((previous) => {
        const current = currentOf(previous)
        return current !== undefined && secrets.has(current) ? [{ previous, current }] : []
    })
}
