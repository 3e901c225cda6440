// What a change means for people, where it is not that somebody gains or loses something: new values, new names, and what
// is gone.

import { visibleName } from "../../error.ts"
import { readersOf } from "../../repo/access.ts"
import { secretName } from "../../repo/edits.ts"
import type { Grants, Members, Repo } from "../../repo/repo.ts"
import { quantity, someOf } from "../quantity.ts"
import type { Plan } from "./plan.ts"

/** A sentence each. */
export function inWords({ before, edit, shifts, tasks, ruled, says }: Plan): readonly string[] {
    const told = new Set(shifts.flatMap(({ gained, lost }) => [...gained, ...lost]).map(({ name }) => name))
    const values = tasks.filter(({ how, path }) => how === "value" && edit.repo.secrets.has(path))
    const origins = new Map([...(edit.moved ?? [])].map(([path, from]) => [from, path]))
    const gone = [...before.secrets].filter(
        ([path]) => !edit.repo.secrets.has(path) && !origins.has(path) && ruled === undefined,
    )
    return [
        ...grouped(
            values.map(({ path }) => [path, edit.repo.secrets.get(path)] as const),
            edit.repo,
        ).map(
            ([names, readers]) =>
                `${names} ${names.includes(", ") ? "have" : "has"} a new value, for ${readers}`,
        ),
        ...grouped(gone, before).map(
            ([names, readers]) =>
                `${names} could be read by ${readers}, and ${names.includes(", ") ? "are" : "is"} gone`,
        ),
        ...(says === undefined
            ? [...origins].map(
                  ([from, path]) => `${named(path)} is what was ${named(from)}, for the same readers`,
              )
            : []),
        ...(ruled === undefined && edit.renamed === undefined ? strangers(before, edit.repo, told) : []),
        ...(ruled === undefined && edit.renamed === undefined ? memberships(before, edit.repo) : []),
    ]
}

/** The sum of a plan: `2 files encrypted, 3 links made and 1 removed`. */
export function summed({ tasks, changes }: Plan): string {
    const count = (...kinds: readonly string[]): number =>
        changes.filter(({ kind }) => kinds.includes(kind)).length
    const parts = [
        [tasks.length, "secret", "encrypted"],
        [count("link"), "link", "made"],
        [count("text", "bytes"), "file", "written"],
        [count("move"), "folder", "moved"],
        [count("unlink", "drop"), "entry", "removed"],
    ] as const
    const said = parts.flatMap(([number, noun, does]) => {
        const what = noun === "entry" && number !== 1 ? `${number} entries` : quantity(number, noun)
        return number === 0 ? [] : [`${what} ${does}`]
    })
    return `in all ${said.join(", ")}; nothing was changed`
}

/** Who is new and can read nothing yet, and who is gone and could read nothing. */
function strangers(before: Repo, after: Repo, told: ReadonlySet<string>): readonly string[] {
    return (["user", "machine"] as const).flatMap((kind) => {
        const [was, is] = kind === "user" ? [before.users, after.users] : [before.machines, after.machines]
        const quiet = (name: string): boolean => !told.has(name)
        return [
            ...[...is.keys()]
                .filter((name) => !was.has(name) && quiet(name))
                .map((name) => `${kind} ${name} can read nothing yet`),
            ...[...was.keys()]
                .filter((name) => !is.has(name) && quiet(name))
                .map((name) => `${kind} ${name} is gone, and could read nothing`),
        ]
    })
}

function memberships(before: Repo, after: Repo): readonly string[] {
    const nobody: Members = { users: new Set(), machines: new Set() }
    return [...new Set([...before.groups.keys(), ...after.groups.keys()])].flatMap((group) => {
        const [was, is] = [before.groups.get(group) ?? nobody, after.groups.get(group) ?? nobody]
        if (was === is) return []
        const reads = [...after.secrets.values()].filter(({ groups }) => groups.has(group)).length
        const what = reads === 0 ? "which can read nothing" : `which can read ${quantity(reads, "secret")}`
        return (["user", "machine"] as const).flatMap((kind) => {
            const [old, next] = kind === "user" ? [was.users, is.users] : [was.machines, is.machines]
            return [
                ...[...next.difference(old)].map((name) => `${kind} ${name} is in group ${group}, ${what}`),
                ...[...old.difference(next)]
                    .filter((name) => (kind === "user" ? after.users : after.machines).has(name))
                    .map((name) => `${kind} ${name} is no longer in group ${group}`),
            ]
        })
    })
}

/** Secrets with the same readers together: their names, and the readers. */
function grouped(
    secrets: readonly (readonly [string, Grants | undefined])[],
    repo: Repo,
): readonly (readonly [names: string, readers: string])[] {
    const readersIn = (grants: Grants | undefined): string =>
        grants === undefined
            ? ""
            : someOf(readersOf(repo, grants).map(({ kind, name }) => `${kind} ${visibleName(name)}`))
    const by = Map.groupBy(secrets, ([, grants]) => readersIn(grants))
    return [...by].map(
        ([readers, all]) => [someOf(all.map(([path]) => named(path))), readers || "nobody"] as const,
    )
}

function named(path: string): string {
    return visibleName(secretName(path))
}
