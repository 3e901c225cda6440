import { canonicalRecipient } from "../age/canonical.ts"
import { readersOf } from "./access.ts"
import type { Grants, Key, Repo } from "./repo.ts"

/**
 * The name of a key in a SOPS file: an age or SSH recipient without its comment, or `pgp:` and the fingerprint.
 * Two keys with the same name are the same key.
 */
export function recipientOf(key: Key): string {
    if (key.type === "pgp") return `pgp:${key.publickey.replaceAll(" ", "").toUpperCase()}`
    return canonicalRecipient(key.publickey)
}

/** The name of a key (`recipientOf`) that the list of a file speaks of. */
export function nameOf(recipient: string): string {
    return recipient.startsWith("pgp:")
        ? recipientOf({ publickey: recipient.slice(4), type: "pgp" })
        : canonicalRecipient(recipient)
}

/**
 * Every recipient that a secret with these grants must have: all keys of all readers, each once, in code point
 * order, so that the same links give the same file (docs/clan-contract.md#defects, D15).
 */
export function recipientsOf(repo: Repo, grants: Grants): readonly string[] {
    const found = new Set<string>()
    for (const { kind, name } of readersOf(repo, grants)) {
        for (const key of keysOf(repo, kind, name)) found.add(recipientOf(key))
    }
    return [...found].toSorted()
}

/** Whose a recipient is, as people say it: `user "alice"`, `machine "web01"`; several when a key is shared. */
export function ownersOf(repo: Repo): ReadonlyMap<string, readonly string[]> {
    const owners = new Map<string, string[]>()
    for (const kind of ["user", "machine"] as const) {
        for (const name of [...repo[kind === "user" ? "users" : "machines"].keys()].toSorted()) {
            for (const key of keysOf(repo, kind, name)) {
                const recipient = recipientOf(key)
                owners.set(recipient, [...(owners.get(recipient) ?? []), `${kind} "${name}"`])
            }
        }
    }
    return owners
}

function keysOf(repo: Repo, kind: "user" | "machine", name: string): readonly Key[] {
    return repo[kind === "user" ? "users" : "machines"].get(name) ?? []
}
