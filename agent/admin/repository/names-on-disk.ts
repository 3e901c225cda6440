// Names, read from the folders alone: for lists and for completion, which must be quick in any repository.

import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { type Named, problemOfOldName } from "../../repo/names.ts"

/** The secrets that have a value, in code point order. */
export function secretNames(flake: string): readonly string[] {
    return entries(flake, "secret", "sops/secrets", "secret")
}

/** The users or machines that have keys, in code point order. */
export function readerNames(flake: string, kind: "user" | "machine"): readonly string[] {
    return entries(flake, kind, `sops/${kind}s`, "key.json")
}

/** The groups, with or without members, in code point order. */
export function groupNames(flake: string): readonly string[] {
    return folders(flake, "group", "sops/groups")
}

function entries(flake: string, kind: Named, folder: string, file: string): readonly string[] {
    const base = join(flake, folder)
    return folders(flake, kind, folder).filter((name) => existsSync(`${base}/${name}/${file}`))
}

function folders(flake: string, kind: Named, folder: string): readonly string[] {
    let names: string[]
    try {
        names = readdirSync(join(flake, folder))
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return []
        throw error
    }
    return names.filter((name) => problemOfOldName(kind, name) === undefined).toSorted()
}
