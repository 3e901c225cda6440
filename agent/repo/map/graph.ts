// The access map: who may read what, and through which group. Names and recipients only; it needs no private key.

import { type Access, readersOf } from "../access.ts"
import type { Repo } from "../repo.ts"

/** The access map as `graph --json` prints it. Names in code point order, so that two runs agree to the byte. */
export interface AccessMap {
    readonly users: readonly { readonly name: string; readonly keys: number }[]
    readonly machines: readonly { readonly name: string; readonly keys: number }[]
    readonly groups: readonly {
        readonly name: string
        readonly users: readonly string[]
        readonly machines: readonly string[]
    }[]
    readonly secrets: readonly {
        readonly path: string
        readonly users: readonly string[]
        readonly machines: readonly string[]
        readonly groups: readonly string[]
        readonly readers: readonly Access[]
    }[]
}

/** The access map of a repository. */
export function accessMap(repo: Repo): AccessMap {
    const principals = (all: Repo["users"]) =>
        sorted(all.keys()).map((name) => ({ name, keys: all.get(name)?.length ?? 0 }))
    return {
        users: principals(repo.users),
        machines: principals(repo.machines),
        groups: sorted(repo.groups.keys()).map((name) => ({
            name,
            users: sorted(repo.groups.get(name)?.users ?? []),
            machines: sorted(repo.groups.get(name)?.machines ?? []),
        })),
        secrets: sorted(repo.secrets.keys()).flatMap((path) => {
            const grants = repo.secrets.get(path)
            if (grants === undefined) return []
            return [
                {
                    path,
                    users: sorted(grants.users),
                    machines: sorted(grants.machines),
                    groups: sorted(grants.groups),
                    readers: readersOf(repo, grants),
                },
            ]
        }),
    }
}

/**
 * The map as a Mermaid flowchart: members point to their groups, readers and groups to secrets. Labels are quoted
 * and escaped, node names are counted, so no name from a repository can change the structure of the drawing.
 */
export function mermaid(map: AccessMap): string {
    const ids = new Map<string, string>()
    const lines = ["flowchart LR"]
    const node = (kind: string, name: string, open: string, close: string): string => {
        const key = `${kind}:${name}`
        const known = ids.get(key)
        if (known !== undefined) return known
        const id = `${kind.charAt(0)}${ids.size}`
        ids.set(key, id)
        lines.push(`    ${id}${open}"${label(name)}"${close}:::${kind}`)
        return id
    }
    const user = (name: string): string => node("user", name, "([", "])")
    const machine = (name: string): string => node("machine", name, "[", "]")
    const group = (name: string): string => node("group", name, "{{", "}}")

    for (const { name } of map.users) user(name)
    for (const { name } of map.machines) machine(name)
    for (const { name, users, machines } of map.groups) {
        const id = group(name)
        for (const member of [...users.map(user), ...machines.map(machine)])
            lines.push(`    ${member} --> ${id}`)
    }
    for (const { path, users, machines, groups } of map.secrets) {
        const id = node("secret", path, "[(", ")]")
        for (const from of [...users.map(user), ...machines.map(machine), ...groups.map(group)]) {
            lines.push(`    ${from} --> ${id}`)
        }
    }
    return `${lines.join("\n")}\n`
}

function label(text: string): string {
    return text.replaceAll(/[^\w ./-]/gu, (character) => `#${character.codePointAt(0)};`)
}

function sorted(names: Iterable<string>): readonly string[] {
    return [...names].toSorted()
}
