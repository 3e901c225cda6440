// What a command is about to make: what, why, who reads it, and which units are restarted for it.

import { visibleName } from "../../error.ts"
import { secretName } from "../../repo/edits.ts"
import type { Grantees } from "../../repo/edits.ts"
import { titleOf } from "../../repo/generators/placed.ts"
import { reasonOf } from "../../repo/generators/why.ts"
import type { Why } from "../../repo/generators/why.ts"
import type { Work } from "../../repo/generators/work.ts"
import type { Repo } from "../../repo/repo.ts"
import { secretsOf } from "./readers.ts"

/** What only a person can change. */
export interface ByHand {
    readonly path: string
    readonly why?: Why
}

/** For people, a line each. */
export function workLines(repo: Repo, work: readonly Work[], byHand: readonly ByHand[]): readonly string[] {
    const secrets = secretsOf(work)
    const readers = (path: string): string => {
        const held = repo.secrets.get(path)
        return held === undefined ? newReaders(secrets.get(path)) : `: ${namesOf(held).join(", ")}`
    }
    return [
        ...work.flatMap(({ placed, why, files }) => [
            `${titleOf(placed)}: ${why.map(reasonOf).join(", ")}`,
            ...files.map((file) => {
                const path = `${placed.folder}/${file}`
                return `  ${path}${readers(path)}${unitsOf(placed.generator.files.get(file))}`
            }),
        ]),
        ...byHand.map(
            ({ path, why }) =>
                `${visibleName(secretName(path))}: by hand, hostseal set ${visibleName(secretName(path))}${why === undefined ? "" : ` (${reasonOf(why)})`}`,
        ),
    ]
}

/** For programs. */
export function workRecord(repo: Repo, work: readonly Work[], byHand: readonly ByHand[]) {
    const readers = Object.fromEntries(
        [...secretsOf(work)].map(([path, declared]) => {
            const { users = [], groups = [], machines = [] } = repo.secrets.get(path) ?? declared
            return [path, { users: [...users], groups: [...groups], machines: [...machines] }]
        }),
    )
    return { generate: summaryOf(work), readers, byHand: byHand.map(({ path }) => path) }
}

/** What it comes to, for a comparison with what it comes to later. */
export function summaryOf(work: readonly Work[]) {
    return work.map(({ placed, why, files }) => ({
        folder: placed.folder,
        why,
        files,
        restartUnits: files.flatMap((file) => placed.generator.files.get(file)?.restartUnits ?? []),
    }))
}

function newReaders(grantees: Grantees | undefined): string {
    if (grantees === undefined) return ": public"
    const names = namesOf(grantees)
    return names.length === 0 ? ": you" : `: ${names.join(", ")}, and you`
}

function namesOf({ users = [], groups = [], machines = [] }: Grantees): readonly string[] {
    return [...users, ...[...groups].map((group) => `group ${group}`), ...machines].map(visibleName)
}

function unitsOf(file: { readonly restartUnits: readonly string[] } | undefined): string {
    const units = file?.restartUnits ?? []
    return units.length === 0 ? "" : `; restarts ${units.join(", ")}`
}
