import type { Grants, Repo } from "./repo.ts"

/** One way in which a reader has access: by a link of its own, or as a member of a group. */
export type Route = { readonly kind: "direct" } | { readonly kind: "group"; readonly group: string }

/** A user or a machine that may read something. */
export interface Reader {
    readonly kind: "user" | "machine"
    readonly name: string
}

/** A reader of one secret, with every route that leads there: access ends only when all of them are gone. */
export interface Access extends Reader {
    readonly routes: readonly Route[]
}

/**
 * Everybody who may read a secret with these grants, users before machines, by name. Links to users, machines or
 * groups that do not exist give access to nobody and are left out.
 */
export function readersOf(repo: Repo, grants: Grants): readonly Access[] {
    return [...readers(repo, grants, "user"), ...readers(repo, grants, "machine")]
}

/** The secrets that a reader may open, by path, with the routes. */
export function secretsOf(repo: Repo, reader: Reader): ReadonlyMap<string, readonly Route[]> {
    const found = new Map<string, readonly Route[]>()
    for (const [path, grants] of [...repo.secrets].toSorted(byKey)) {
        const routes = routesTo(repo, grants, reader)
        if (routes.length > 0) found.set(path, routes)
    }
    return found
}

/**
 * The secrets that a reader may still open, by path, though a way there was taken from them between two states, and the
 * ways that are left.
 */
export function keptAccess(before: Repo, after: Repo, reader: Reader): ReadonlyMap<string, readonly Route[]> {
    const had = secretsOf(before, reader)
    const left = [...secretsOf(after, reader)]
    return new Map(left.filter(([path, routes]) => routes.length < (had.get(path)?.length ?? 0)))
}

/** Whether a reader may open a secret with these grants. */
export function mayRead(repo: Repo, grants: Grants, reader: Reader): boolean {
    return routesTo(repo, grants, reader).length > 0
}

function readers(repo: Repo, grants: Grants, kind: Reader["kind"]): readonly Access[] {
    const plural = kind === "user" ? "users" : "machines"
    const names = new Set(grants[plural])
    for (const group of grants.groups) {
        for (const name of repo.groups.get(group)?.[plural] ?? []) names.add(name)
    }
    return [...names]
        .filter((name) => repo[plural].has(name))
        .toSorted()
        .map((name) => ({ kind, name, routes: routesTo(repo, grants, { kind, name }) }))
}

function routesTo(repo: Repo, grants: Grants, reader: Reader): readonly Route[] {
    const plural = reader.kind === "user" ? "users" : "machines"
    if (!repo[plural].has(reader.name)) return []
    const direct: readonly Route[] = grants[plural].has(reader.name) ? [{ kind: "direct" }] : []
    const groups = [...grants.groups]
        .filter((group) => repo.groups.get(group)?.[plural].has(reader.name) ?? false)
        .toSorted()
        .map((group): Route => ({ kind: "group", group }))
    return [...direct, ...groups]
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
    return a < b ? -1 : a > b ? 1 : 0
}
