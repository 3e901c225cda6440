// Names, read from the folders alone: for lists and for completion, which must be quick in any repository.

import { type Dirent, existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { type Named, problemOfOldName } from "../../repo/names.ts"
import type { NamedVar } from "../../repo/vars-of.ts"
import { codeOf } from "../../os/system-error.ts"

/** The secrets that have a value, in code point order. */
export function secretNames(flake: string): readonly string[] {
    return entries(flake, "secret", "sops/secrets", "secret")
}

/** The vars that have a value, by their paths in code point order. */
export function varsOnDisk(flake: string): readonly NamedVar[] {
    const areas = [
        ["vars/shared", 2],
        ["vars/per-machine", 3],
        ["vars/per-export", 3],
    ] as const
    return areas
        .flatMap(([area, depth]) => foldersBelow(flake, area, depth))
        .flatMap((path): readonly NamedVar[] => {
            if (existsSync(join(flake, path, "secret"))) return [{ path, isPublic: false }]
            return existsSync(join(flake, path, "value")) ? [{ path, isPublic: true }] : []
        })
        .toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** The users or machines that have keys, in code point order. */
export function readerNames(flake: string, kind: "user" | "machine"): readonly string[] {
    return entries(flake, kind, `sops/${kind}s`, "key.json")
}

/** The groups, with or without members, in code point order. */
export function groupNames(flake: string): readonly string[] {
    return folders(flake, "group", "sops/groups")
}

/** The links of one kind in the folder of a group or secret. */
export function memberNames(
    flake: string,
    kind: Named | "file" | "directory",
    folder: string,
): readonly string[] {
    return folderEntries(join(flake, folder, `${kind}s`))
        .map(({ name }) => name)
        .toSorted()
}

function entries(flake: string, kind: Named, folder: string, file: string): readonly string[] {
    const base = join(flake, folder)
    return folders(flake, kind, folder).filter((name) => existsSync(`${base}/${name}/${file}`))
}

/** Folders at this depth. A link is none: what lies behind it is not of this repository. */
function foldersBelow(flake: string, folder: string, depth: number): readonly string[] {
    if (depth === 0) return [folder]
    return folderEntries(join(flake, folder))
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
        .flatMap(({ name }) => foldersBelow(flake, `${folder}/${name}`, depth - 1))
}

function folderEntries(folder: string): readonly Dirent[] {
    try {
        return readdirSync(folder, { withFileTypes: true })
    } catch (error) {
        if (codeOf(error) === "ENOENT") return []
        throw error
    }
}

function folders(flake: string, kind: Named, folder: string): readonly string[] {
    const names = folderEntries(join(flake, folder)).map((entry) => entry.name)
    return names.filter((name) => problemOfOldName(kind, name) === undefined).toSorted()
}
