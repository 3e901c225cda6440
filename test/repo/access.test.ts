import { expect, test } from "vitest"
import { keptAccess, readersOf, secretsOf } from "../../agent/repo/access.ts"
import type { Repo } from "../../agent/repo/repo.ts"
import { loose as repo, none } from "./estate.ts"

test("a reader has every route that leads to the secret", () => {
    const wifi = repo.secrets.get("sops/secrets/wifi")
    expect(wifi && readersOf(repo, wifi)).toEqual([
        { kind: "user", name: "alice", routes: [{ kind: "direct" }, { kind: "group", group: "admins" }] },
        { kind: "user", name: "bob", routes: [{ kind: "group", group: "admins" }] },
        { kind: "machine", name: "web01", routes: [{ kind: "group", group: "web" }] },
    ])
})

test("links to what does not exist give access to nobody", () => {
    const lost = repo.secrets.get("sops/secrets/lost")
    expect(lost && readersOf(repo, lost)).toEqual([])
    expect(secretsOf(repo, { kind: "machine", name: "gone" }).size).toBe(0)
})

test("the secrets of a reader", () => {
    expect([...secretsOf(repo, { kind: "user", name: "bob" })]).toEqual([
        ["sops/secrets/wifi", [{ kind: "group", group: "admins" }]],
    ])
})

test("who lost one way to a secret and has another keeps it; who lost none, or all, does not", () => {
    const alice = { kind: "user", name: "alice" } as const
    const grants = (users: string[], groups: string[]) => ({
        users: new Set(users),
        machines: none,
        groups: new Set(groups),
    })
    const state = (wifi: ReturnType<typeof grants>): Repo => ({
        ...repo,
        secrets: new Map([["sops/secrets/wifi", wifi]]),
    })
    const before = state(grants(["alice"], ["admins"]))
    expect([...keptAccess(before, state(grants([], ["admins"])), alice)]).toEqual([
        ["sops/secrets/wifi", [{ kind: "group", group: "admins" }]],
    ])
    expect([...keptAccess(before, state(grants(["alice"], [])), alice)]).toEqual([
        ["sops/secrets/wifi", [{ kind: "direct" }]],
    ])
    expect(keptAccess(before, before, alice).size).toBe(0)
    expect(keptAccess(before, state(grants([], [])), alice).size).toBe(0)
    expect(keptAccess(before, state(grants([], ["admins"])), { kind: "user", name: "bob" }).size).toBe(0)
})
