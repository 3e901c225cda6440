// A small repository for tests: two people, two machines, two groups, and secrets addressed in every way.

import type { Grants, Key, Repo } from "../../agent/repo/repo.ts"

export const none: ReadonlySet<string> = new Set()

/** An age key by a name that says whose it is. */
export function age(...names: readonly string[]): readonly Key[] {
    return names.map((name) => ({ publickey: `age1${name}`, type: "age" }))
}

/** Grants to some. */
export function to(some: { users?: string[]; machines?: string[]; groups?: string[] }): Grants {
    const { users = [], machines = [], groups = [] } = some
    return { users: new Set(users), machines: new Set(machines), groups: new Set(groups) }
}

export const estate: Repo = {
    users: new Map([
        ["alice", age("alice")],
        ["bob", age("bob", "bob2")],
    ]),
    machines: new Map([
        ["web01", age("web01")],
        ["web02", age("web02")],
    ]),
    groups: new Map([
        ["admins", { users: new Set(["alice", "bob"]), machines: none }],
        ["web", { users: none, machines: new Set(["web01"]) }],
    ]),
    secrets: new Map([
        ["sops/secrets/own", to({ users: ["alice"] })],
        ["sops/secrets/shared", to({ groups: ["admins"], machines: ["web01"] })],
        ["sops/secrets/tls", to({ users: ["alice"], groups: ["web"] })],
        ["vars/shared/ca/key", to({ users: ["bob"], machines: ["web02"] })],
    ]),
}

/** Names out of order, and links that lead nowhere. */
export const loose: Repo = {
    users: new Map([
        ["bob", age("x")],
        ["alice", age("x")],
    ]),
    machines: new Map([["web01", age("x")]]),
    groups: new Map([
        ["admins", { users: new Set(["bob", "alice"]), machines: none }],
        ["web", { users: none, machines: new Set(["web01", "gone"]) }],
    ]),
    secrets: new Map([
        [
            "sops/secrets/wifi",
            { users: new Set(["alice"]), machines: none, groups: new Set(["admins", "web"]) },
        ],
        ["sops/secrets/lost", { users: new Set(["nobody"]), machines: none, groups: new Set(["nogroup"]) }],
    ]),
}
