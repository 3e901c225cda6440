// From names and links to a repository. The judgement of what is a user, a grant or a stray is made here, on a plain
// listing, so that the working tree and any commit of the past are read by the same rules (docs/clan-contract.md#layout).

import { parseKeys } from "./keys.ts"
import type { Grants, Key, Members, Repo } from "./repo.ts"
import type { Stray } from "./verify.ts"

/** An entry below `sops/` or `vars/`: a link with its target, a key.json with its text, or any other file. */
export type Entry =
    | { readonly kind: "link"; readonly target: string }
    | { readonly kind: "file"; readonly text?: string }

/** A repository as found, with everything in it that is no entry. */
export interface Listed {
    readonly repo: Repo
    readonly strays: readonly Stray[]
    /** Folders that hold a file named `secret`. */
    readonly sealed: ReadonlySet<string>
}

/** How deep a secret lies: the number of folders in its path, its own included. */
const depths = [
    ["sops/secrets/", 3],
    ["vars/shared/", 4],
    ["vars/per-machine/", 5],
    ["vars/per-export/", 5],
] as const

/**
 * The repository that a listing describes. Paths are relative to the flake, separated by `/`; the order does not
 * matter. A link counts only if it leads to a user, machine or group of the kind of the folder it stands in.
 */
export function repoOf(entries: ReadonlyMap<string, Entry>): Listed {
    const strays: Stray[] = []
    const users = principals(entries, "users", strays)
    const machines = principals(entries, "machines", strays)
    const known = { users, machines, groups: new Set(groupNames(entries)) }
    const groups = new Map<string, Names<"users" | "machines">>()
    const secrets = new Map<string, Names<Plural>>()
    const sealed = new Set<string>()

    for (const path of [...entries.keys()].toSorted()) {
        const entry = entries.get(path)
        const place = placeOf(path)
        if (entry === undefined || place === undefined) continue
        if (place.rest.length === 1 && place.kind === "secret") {
            if (place.rest[0] !== "secret") continue
            sealed.add(place.folder)
            secrets.set(place.folder, secrets.get(place.folder) ?? noGrants())
            continue
        }
        const [plural = "", name = ""] = place.rest
        if (place.rest.length !== 2 || !isPlural(plural) || (place.kind === "group" && plural === "groups"))
            continue
        const problem = linkProblem(path, entry, plural, name, known)
        if (problem !== undefined) {
            strays.push({ path, problem })
            continue
        }
        if (place.kind === "secret") {
            const grants = secrets.get(place.folder) ?? noGrants()
            grants[plural] = withName(grants[plural], name)
            secrets.set(place.folder, grants)
        } else if (plural !== "groups") {
            const group = place.folder.slice("sops/groups/".length)
            const members = groups.get(group) ?? { users: none, machines: none }
            members[plural] = withName(members[plural], name)
            groups.set(group, members)
        }
    }
    const repo: {
        users: Repo["users"]
        machines: Repo["machines"]
        groups: ReadonlyMap<string, Members>
        secrets: ReadonlyMap<string, Grants>
    } = { users, machines, groups, secrets }
    return { repo, strays, sealed }
}

/** The folders that links to users, machines and groups lie in. */
export type Plural = "users" | "machines" | "groups"

/** Whether a folder of this name holds links. */
export function isPlural(text: string): text is Plural {
    return text === "users" || text === "machines" || text === "groups"
}

type Names<Kind extends Plural> = Record<Kind, Set<string>>

/** Ten thousand secrets have thirty thousand sets of names. Most are empty, and this one. */
const none = new Set<string>()

function noGrants(): Names<Plural> {
    return { users: none, machines: none, groups: none }
}

function withName(names: Set<string>, name: string): Set<string> {
    return names === none ? new Set([name]) : names.add(name)
}

/** The folder of the secret that a path lies in; undefined for what belongs to no secret. */
export function secretFolderOf(path: string): string | undefined {
    const place = placeOf(path)
    return place?.kind === "secret" ? place.folder : undefined
}

/** The secret or group that a path belongs to, and what is left of the path below it. */
function placeOf(
    path: string,
): { kind: "secret" | "group"; folder: string; rest: readonly string[] } | undefined {
    const kind = path.startsWith("sops/groups/") ? "group" : "secret"
    const depth = kind === "group" ? 3 : depthOf(path)
    const end = depth === undefined ? -1 : nthSlash(path, depth)
    return end < 0 ? undefined : { kind, folder: path.slice(0, end), rest: path.slice(end + 1).split("/") }
}

/** vars/<area>/…/<generator>/<file>: the folder is as deep as its area says. */
function depthOf(path: string): number | undefined {
    for (const [area, depth] of depths) if (path.startsWith(area)) return depth
    return undefined
}

/** Where the n-th slash stands. Tens of thousands of paths are taken apart, so not by splitting them. */
function nthSlash(path: string, n: number): number {
    let at = -1
    for (let count = 0; count < n; count++) {
        at = path.indexOf("/", at + 1)
        if (at < 0) return -1
    }
    return at
}

function principals(
    entries: ReadonlyMap<string, Entry>,
    plural: "users" | "machines",
    strays: Stray[],
): ReadonlyMap<string, readonly Key[]> {
    const found = new Map<string, readonly Key[]>()
    for (const [path, entry] of entries) {
        if (!path.startsWith(`sops/${plural}/`)) continue
        const [name = "", last, more] = path.split("/").slice(2)
        if (last !== "key.json" || more !== undefined) continue
        if (entry.kind !== "file" || entry.text === undefined) {
            strays.push({ path, problem: "is not a file with keys" })
            continue
        }
        try {
            found.set(name, parseKeys(entry.text))
        } catch (error) {
            strays.push({ path, problem: error instanceof Error ? error.message : "cannot be read" })
        }
    }
    return found
}

function groupNames(entries: ReadonlyMap<string, Entry>): readonly string[] {
    return [...entries.keys()]
        .filter((path) => path.startsWith("sops/groups/"))
        .map((path) => path.split("/")[2] ?? "")
}

function linkProblem(
    path: string,
    entry: Entry,
    plural: Plural,
    name: string,
    known: {
        users: ReadonlyMap<string, unknown>
        machines: ReadonlyMap<string, unknown>
        groups: ReadonlySet<string>
    },
): string | undefined {
    if (entry.kind !== "link") return "is not a link"
    const wanted = `sops/${plural}/${name}`
    const target = entry.target === usual(path, wanted) ? wanted : resolve(path, entry.target)
    if (target !== wanted)
        return `leads to ${target ?? "a place outside the repository"} and not to ${wanted}`
    return known[plural].has(name) ? undefined : `leads to ${wanted}, which does not exist`
}

/** The link that this program and clan write: what nearly all links are, known without taking a path apart. */
function usual(path: string, wanted: string): string {
    let folders = 0
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) folders++
    return path.startsWith("sops/") ? up(folders - 1) + wanted.slice("sops/".length) : up(folders) + wanted
}

function up(folders: number): string {
    return "../../../../../../../".slice(0, Math.max(0, folders) * 3)
}

/** Where a relative link leads, or undefined when it leaves the repository or is absolute. */
function resolve(path: string, target: string): string | undefined {
    if (target.startsWith("/")) return undefined
    const parts = path.split("/").slice(0, -1)
    for (const part of target.split("/")) {
        if (part === "" || part === ".") continue
        if (part !== "..") parts.push(part)
        else if (parts.pop() === undefined) return undefined
    }
    return parts.join("/")
}
