// The repository as it lies in the working tree. Only what belongs to the layout is looked at, by name and kind of
// entry; no link is ever followed, so nothing outside the flake can be reached through one. Reading is synchronous:
// it is many tiny calls, and there is nothing else to do meanwhile.

import { type Dirent, lstatSync, readdirSync, readlinkSync } from "node:fs"
import { visibleName } from "../../error.ts"
import type { Dangling } from "../../repo/links.ts"
import { type Entry, type Listed, isPlural, type Plural, repoOf } from "../../repo/listing.ts"
import { type Named, problemOfOldName } from "../../repo/names.ts"
import { Refusal } from "../../repo/refusal.ts"
import type { Stray } from "../../repo/verify.ts"
import { NotRegular, readBounded } from "../../os/regular-file.ts"
import { quantity } from "../quantity.ts"
import { codeOf } from "../../os/system-error.ts"

/** The working tree as found. `sealed` are the folders with a value: read `<flake>/<folder>/secret` of each. */
export interface Worktree extends Listed {
    /** The directory of the flake, absolute. */
    readonly flake: string
    /** Links in their place whose user, machine or group does not exist. They are strays too. */
    readonly dangling: readonly Dangling[]
    /** Why nothing may be changed: with a key file unread, somebody would lose access by mistake. Strays too. */
    readonly unreadable: readonly Stray[]
    /** Where the link of a reader belongs, or a folder of them, and something else lies. Strays too. */
    readonly unlinked: readonly string[]
}

const largestKeyFile = 1024 * 1024

/** Reads the working tree of a flake. A tree without `sops/` is an empty repository; strays are not errors here. */
export function loadWorktree(flake: string): Worktree {
    const reader = new TreeReader(flake)
    reader.keys("users")
    reader.keys("machines")
    for (const group of reader.folders("sops/groups", "group"))
        reader.links(`sops/groups/${group}`, ["users", "machines"])
    for (const secret of reader.folders("sops/secrets", "secret")) reader.secret(`sops/secrets/${secret}`)
    for (const [area, depth] of [
        ["vars/shared", 1],
        ["vars/per-machine", 2],
        ["vars/per-export", 2],
    ] as const) {
        for (const folder of reader.below(area, depth)) reader.secret(folder)
    }

    const found = repoOf(reader.entries)
    const isKeyFile = ({ path }: Stray): boolean => path.endsWith("/key.json")
    return {
        ...found,
        flake,
        strays: [...reader.strays, ...found.strays],
        dangling: danglingLinks(found, reader.entries),
        unreadable: [...reader.strays.filter(isKeyFile), ...found.strays.filter(isKeyFile)],
        unlinked: [
            ...reader.unlinked,
            ...found.strays
                .map(({ path }) => path)
                .filter((path) => isReadersPlace(path) && reader.entries.get(path)?.kind === "file"),
        ],
    }
}

/** Where secrets may lie, as far as can be said at once: the folders, and not what is in them. */
export function secretFolders(flake: string): readonly string[] {
    if (!hasSecrets(flake)) return []
    return readdirSync(`${flake}/sops/secrets`, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `sops/secrets/${name}`)
}

/** How many secrets there are, roughly and at once. */
export function countSecrets(flake: string): number {
    return hasSecrets(flake) ? readdirSync(`${flake}/sops/secrets`).length : 0
}

function hasSecrets(flake: string): boolean {
    return ["sops", "sops/secrets"].every(
        (path) => lstatSync(`${flake}/${path}`, { throwIfNoEntry: false })?.isDirectory() === true,
    )
}

/** Throws unless the tree says who reads what: every key file could be read, and every reader's place holds a link. */
export function mustBeReadable(tree: Worktree): void {
    const { unreadable } = tree
    const problem = problemOfLinks(tree)
    if (problem !== undefined) throw new Refusal("refused", problem.text, { hint: problem.next })
    const [first, ...others] = unreadable
    if (first === undefined) return
    const also = others.length === 0 ? "" : ` (and ${quantity(others.length, "more file")})`
    throw new Refusal("refused", `${first.path}: ${first.problem}${also}`, {
        hint: "mend or remove the file; nothing can be changed while it is unknown who reads what",
    })
}

/** What is wrong with a tree where files lie in the places of links, and what to do: once for all of them. */
export function problemOfLinks({
    flake,
    unlinked,
}: Pick<Worktree, "flake" | "unlinked">): { readonly text: string; readonly next: string } | undefined {
    const [first] = unlinked
    if (first === undefined) return undefined
    const folders = new Set(unlinked.map((path) => path.split("/", 1).join("")))
    const also = unlinked.length === 1 ? "" : ` and ${quantity(unlinked.length - 1, "more place")}`
    return {
        text: `${visibleName(first)}${also}: a link belongs there and none lies there, so it is unknown who reads what`,
        next: isLinkAsText(`${flake}/${first}`)
            ? `git config core.symlinks true && git checkout -- ${[...folders].join(" ")}, on a file system that has links`
            : `look at it, and move it away`,
    }
}

/** Whether a file is what git makes of a link where it is told that there are none. */
function isLinkAsText(path: string): boolean {
    try {
        return /^(?:\.\.\/)+[^\0\n]+$/u.test(readBounded(path, 4096)?.toString("utf8") ?? "")
    } catch {
        return false
    }
}

/** One for all of them: there are ten thousand, of each of which only that it is there is kept. */
const file: Entry = { kind: "file" }

class TreeReader {
    readonly entries = new Map<string, Entry>()
    readonly strays: Stray[] = []
    readonly unlinked: string[] = []
    readonly #flake: string

    constructor(flake: string) {
        this.#flake = flake
        for (const path of ["sops", "vars"]) this.#mustBeFolder(path)
    }

    keys(plural: "users" | "machines"): void {
        for (const name of this.folders(`sops/${plural}`, plural === "users" ? "user" : "machine")) {
            const path = `sops/${plural}/${name}/key.json`
            try {
                const bytes = readBounded(`${this.#flake}/${path}`, largestKeyFile)
                // A folder without key.json is no user yet: clan leaves some behind.
                if (bytes !== undefined)
                    this.entries.set(path, { kind: "file", text: bytes.toString("utf8") })
            } catch (error) {
                this.#stray(
                    path,
                    error instanceof NotRegular
                        ? error.message
                        : `cannot be read: ${codeOf(error) ?? "unknown"}`,
                )
            }
        }
    }

    secret(folder: string): void {
        for (const entry of this.#read(folder)) {
            const path = `${folder}/${entry.name}`
            if (entry.name === "secret") {
                if (entry.isFile()) this.entries.set(path, file)
                else this.#stray(path, "is not a regular file")
            } else if (isPlural(entry.name)) this.#linksIn(path, entry)
        }
    }

    links(folder: string, wanted: readonly Plural[]): void {
        for (const entry of this.#read(folder)) {
            if (wanted.some((plural) => plural === entry.name))
                this.#linksIn(`${folder}/${entry.name}`, entry)
        }
    }

    /** The names of real folders in a folder, as far as they can be names at all. */
    folders(path: string, kind: Named): readonly string[] {
        return this.#read(path)
            .filter((entry) => {
                const problem = problemOfOldName(kind, entry.name)
                if (problem !== undefined)
                    this.#stray(`${path}/${entry.name}`, `is not the name of a ${kind}: ${problem}`)
                else if (entry.isSymbolicLink())
                    this.#stray(`${path}/${entry.name}`, "is a link and not a folder")
                return problem === undefined && entry.isDirectory()
            })
            .map(({ name }) => name)
    }

    /** The folders that lie `depth` folders below those in `path`. */
    below(path: string, depth: number): readonly string[] {
        const here = this.#read(path)
            .filter((entry) => entry.isDirectory())
            .map(({ name }) => `${path}/${name}`)
        return depth === 0 ? here : here.flatMap((folder) => this.below(folder, depth - 1))
    }

    #linksIn(folder: string, entry: Dirent): void {
        if (!entry.isDirectory()) {
            this.#stray(folder, "is not a folder")
            this.unlinked.push(folder)
            return
        }
        for (const { name } of this.#read(folder)) {
            const path = `${folder}/${name}`
            try {
                this.entries.set(path, { kind: "link", target: readlinkSync(`${this.#flake}/${path}`) })
            } catch {
                this.entries.set(path, file)
            }
        }
    }

    #read(path: string): readonly Dirent[] {
        try {
            return readdirSync(`${this.#flake}/${path}`, { withFileTypes: true })
        } catch (error) {
            const code = codeOf(error) ?? "unknown"
            if (code === "ENOENT") return []
            if (code !== "ENOTDIR") throw error
            this.#stray(path, "is not a folder")
            return []
        }
    }

    #mustBeFolder(path: string): void {
        const entry = this.#read("").find(({ name }) => name === path)
        if (entry?.isSymbolicLink() === true)
            throw new Refusal("refused", `${path} is a link; the folder itself is needed`, {
                hint: `name the directory that it really lies in with --flake`,
            })
    }

    #stray(path: string, problem: string): void {
        this.strays.push({ path: visibleName(path), problem })
    }
}

function danglingLinks({ repo, strays }: Listed, entries: ReadonlyMap<string, Entry>): readonly Dangling[] {
    return strays.flatMap(({ path }): readonly Dangling[] => {
        const [plural = "", name = ""] = path.split("/").slice(-2)
        if (!isPlural(plural) || entries.get(path)?.kind !== "link" || repo[plural].has(name)) return []
        return [{ path, kind: singular[plural], name }]
    })
}

/** Whether a path is one that the link of a user, machine or group has. */
function isReadersPlace(path: string): boolean {
    const [plural = "", name = ""] = path.split("/").slice(-2)
    return isPlural(plural) && problemOfOldName(singular[plural], name) === undefined
}

const singular = { users: "user", machines: "machine", groups: "group" } as const
