// The secrets repository as a value: who exists, and who may read what. It says nothing about the values
// themselves, knows no files, and every operation on it is a function from one `Repo` to the next.

/** A public key as key.json holds it. For `pgp`, `publickey` is the fingerprint without spaces. */
export interface Key {
    readonly publickey: string
    readonly type: "age" | "pgp"
}

/** Names of users and machines; a group is nothing but its members. */
export interface Members {
    readonly users: ReadonlySet<string>
    readonly machines: ReadonlySet<string>
}

/** To whom a secret is addressed: its links. */
export interface Grants extends Members {
    readonly groups: ReadonlySet<string>
}

/**
 * A secrets repository.
 *
 * `secrets` is keyed by the folder of the secret relative to the flake, so that plain secrets and vars are one
 * kind of thing: `sops/secrets/wifi`, `vars/shared/ca/key`, `vars/per-machine/web01/ssh/key`.
 */
export interface Repo {
    readonly users: ReadonlyMap<string, readonly Key[]>
    readonly machines: ReadonlyMap<string, readonly Key[]>
    readonly groups: ReadonlyMap<string, Members>
    readonly secrets: ReadonlyMap<string, Grants>
}

export const emptyRepo: Repo = {
    users: new Map(),
    machines: new Map(),
    groups: new Map(),
    secrets: new Map(),
}
