// Who reads what generators make: those whom they declare, for values that are new. What is there keeps its readers.

import { mayRead } from "../../repo/access.ts"
import { addSecrets, grantEach } from "../../repo/edits.ts"
import type { GranteeKind, Grantees } from "../../repo/edits.ts"
import type { Placed } from "../../repo/generators/placed.ts"
import type { Work } from "../../repo/generators/work.ts"
import type { Repo } from "../../repo/repo.ts"
import { warn } from "../context.ts"
import type { Context } from "../context.ts"

/** The secrets that are made, with those who are declared to read them. */
export function secretsOf(work: readonly Work[]): ReadonlyMap<string, Grantees> {
    return new Map(
        work.flatMap(({ placed: { folder, generator, machines }, files }) =>
            files.flatMap((name) => {
                const file = generator.files.get(name)
                if (file?.secret !== true) return []
                const grantees = { ...generator.readers, machines: file.deploy ? machines : [] }
                return [[`${folder}/${name}`, grantees] as const]
            }),
        ),
    )
}

/** The repository with these secrets, for these readers. Refused where one of them does not exist. */
export function withReaders(repo: Repo, secrets: ReadonlyMap<string, Grantees>): Repo {
    return grantEach(addSecrets(repo, [...secrets.keys()]), secrets)
}

/** Names those who are declared to read what they cannot: they came later, or it was taken from them. */
export function warnOfUnread(repo: Repo, all: readonly Placed[], context: Context): void {
    for (const [reader, paths] of Map.groupBy(unread(repo, all), ({ kind, name }) => `${kind} ${name}`)) {
        const [{ kind, name, path } = { kind: "user", name: "", path: "" } as const] = paths
        const more = paths.length > 1 ? ` and ${paths.length - 1} more` : ""
        const way = repo[`${kind}s`].has(name)
            ? `hostseal ${kind}s add-secret ${name} ${paths.length > 1 ? "PATH…" : path}`
            : `there is no such ${kind}: take it out of what is declared`
        warn(context, `${reader} is declared to read ${path}${more} and cannot: ${way}`)
    }
}

interface Unread {
    readonly kind: GranteeKind
    readonly name: string
    readonly path: string
}

function unread(repo: Repo, all: readonly Placed[]): readonly Unread[] {
    return all.flatMap(({ folder, generator, machines }) =>
        [...generator.files].flatMap(([file, { secret, deploy }]) => {
            const path = `${folder}/${file}`
            const grants = repo.secrets.get(path)
            if (!secret || grants === undefined) return []
            const reads = (kind: "user" | "machine", name: string) => mayRead(repo, grants, { kind, name })
            const { users, groups } = generator.readers
            const missing = (kind: GranteeKind, names: readonly string[]): readonly Unread[] =>
                names.map((name) => ({ kind, name, path }))
            return [
                ...missing(
                    "user",
                    users.filter((name) => !reads("user", name)),
                ),
                ...missing(
                    "group",
                    groups.filter((name) => !grants.groups.has(name)),
                ),
                ...missing(
                    "machine",
                    (deploy ? machines : []).filter((name) => !reads("machine", name)),
                ),
            ]
        }),
    )
}
