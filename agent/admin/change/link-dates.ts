// Since when somebody could read a secret: the commits that made the links know it.

import { readersOf } from "../../repo/access.ts"
import type { Reader, Route } from "../../repo/access.ts"
import { plural } from "../../repo/edits.ts"
import { secretFolderOf } from "../../repo/listing.ts"
import type { Repo } from "../../repo/repo.ts"
import type { Checkout } from "../git/git.ts"
import { isShallow } from "../git/history.ts"

/** When a reader got the access to a secret that they have in `repo`; null where git does not know. RFC 3339, UTC. */
export type Since = (repo: Repo, path: string, reader: Reader) => string | null

/** When readers got their access, see `linksMade`. */
export async function linkDates(git: Checkout): Promise<Since> {
    const made = await linksMade(git)
    if (made === undefined) return () => null
    return (repo, path, { kind, name }) => {
        const grants = repo.secrets.get(path)
        const access = grants && readersOf(repo, grants).find((one) => one.kind === kind && one.name === name)
        let first: string | undefined
        for (const route of access?.routes ?? []) {
            const date = routeDate(made, path, { kind, name }, route)
            if (date === undefined) return null
            if (first === undefined || date < first) first = date
        }
        return first ?? null
    }
}

/**
 * When each link was made, by its path of today: RFC 3339, UTC. Reads all of the history, in two processes of git. A
 * secret that was renamed keeps its dates. Undefined for a clone that has no past, or not the whole of it.
 */
export async function linksMade({
    run: git,
    head,
    prefix,
}: Checkout): Promise<ReadonlyMap<string, string> | undefined> {
    if (head === undefined) return undefined
    if (await isShallow(git)) return undefined
    const log = await git([
        "log",
        "-z",
        "--topo-order",
        "--name-status",
        "--find-renames=80%",
        "--diff-filter=AR",
        "--no-relative",
        "--format=%cI",
        "--",
        "sops",
        "vars",
    ])
    return whenMade(log.toString("utf8"), prefix)
}

/** A route through a group is open when both of its links are there. */
function routeDate(
    made: ReadonlyMap<string, string>,
    path: string,
    { kind, name }: Reader,
    route: Route,
): string | undefined {
    if (route.kind === "direct") return made.get(`${path}/${plural(kind)}/${name}`)
    const [one, other] = [
        made.get(`${path}/groups/${route.group}`),
        made.get(`sops/groups/${route.group}/${plural(kind)}/${name}`),
    ]
    return one === undefined || other === undefined ? undefined : one > other ? one : other
}

/**
 * When each path was made last, by its name of today. Commits come newest first; a secret's file that has moved says
 * that its folder has, whose links git may take for each other's.
 */
function whenMade(log: string, prefix: string): ReadonlyMap<string, string> {
    const made = new Map<string, string>()
    /** The folders of today by those of the time; undefined for a folder whose name another secret got later. */
    const today = new Map<string, string | undefined>()
    for (const { date, added, moved } of commitsIn(log, prefix)) {
        const arrived = new Set(moved.values())
        for (const path of added) {
            const folder = secretFolderOf(path)
            if (folder !== undefined && arrived.has(folder)) continue
            const now = folder !== undefined && today.has(folder) ? today.get(folder) : folder
            const name =
                folder === undefined ? path : now === undefined ? undefined : now + path.slice(folder.length)
            if (name !== undefined && !made.has(name)) made.set(name, date)
        }
        for (const [from, to] of moved) {
            const now = today.has(to) ? today.get(to) : to
            today.set(to, undefined)
            today.set(from, now)
        }
    }
    return made
}

interface Commit {
    readonly date: string
    readonly added: string[]
    /** Folders of secrets, the old by the new name turned around: from -> to. */
    readonly moved: Map<string, string>
}

/** A date begins with a digit and follows a NUL, a status is one letter and its number, and takes one path or two. */
function commitsIn(log: string, prefix: string): readonly Commit[] {
    const commits: Commit[] = []
    const tokens = log.split("\0")
    for (let index = 0; index < tokens.length; index++) {
        const token = tokens[index]?.trim() ?? ""
        const commit = commits.at(-1)
        if (/^\d/u.test(token)) {
            const date = new Date(token).toISOString().replace(/\.\d+Z$/u, "Z")
            commits.push({ date, added: [], moved: new Map() })
        } else if (/^[A-Z]\d*$/u.test(token)) {
            const from = token.startsWith("R") ? relative(tokens[++index], prefix) : undefined
            const to = relative(tokens[++index], prefix)
            commit?.added.push(to)
            if (from?.endsWith("/secret") === true && to.endsWith("/secret"))
                commit?.moved.set(from.slice(0, -"/secret".length), to.slice(0, -"/secret".length))
        }
    }
    return commits
}

function relative(path: string | undefined, prefix: string): string {
    return (path ?? "").slice(prefix.length)
}
