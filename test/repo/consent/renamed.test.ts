import { expect, test } from "vitest"
import type { Accepted } from "../../../agent/repo/consent/accepted.ts"
import { learned } from "../../../agent/repo/consent/accepted.ts"
import { both, lessonOfName } from "../../../agent/repo/consent/renamed.ts"
import { emptyRepo } from "../../../agent/repo/repo.ts"

const accepted: Accepted = {
    strict: false,
    users: new Map([
        ["alice", ["age-a"]],
        ["bob", ["age-b"]],
    ]),
    machines: new Map([["bob", ["age-m"]]]),
    groups: new Map([["ops", { users: ["alice", "bob"], machines: ["bob"] }]]),
    secrets: new Map([
        ["sops/secrets/wifi", { recipients: ["age-a", "age-b"], groups: ["ops", "web"] }],
        ["sops/secrets/vpn", { recipients: ["age-a"], groups: [] }],
    ]),
}
const named = (kind: "user" | "machine" | "group", from: string, to: string) =>
    learned(accepted, lessonOfName(accepted, { kind, from, to, repo: emptyRepo }))

test("what was agreed to for a user is agreed to for their new name, and for nobody else's", () => {
    const next = named("user", "bob", "rob")
    expect([...next.users]).toEqual([
        ["alice", ["age-a"]],
        ["rob", ["age-b"]],
    ])
    expect(next.groups.get("ops")).toEqual({ users: ["alice", "rob"], machines: ["bob"] })
    expect(next.machines).toEqual(accepted.machines)
    expect(next.secrets).toEqual(accepted.secrets)
})

test("a group keeps its members and its secrets", () => {
    const next = named("group", "ops", "zoo")
    expect(next.groups).toEqual(new Map([["zoo", { users: ["alice", "bob"], machines: ["bob"] }]]))
    expect(next.secrets.get("sops/secrets/wifi")?.groups).toEqual(["web", "zoo"])
    expect(next.secrets.get("sops/secrets/vpn")).toBe(accepted.secrets.get("sops/secrets/vpn"))
})

test("a name that the list does not know stays unknown", () => {
    const next = named("user", "eve", "alice2")
    expect(next.users.get("alice2")).toBeUndefined()
    expect(next.users.get("eve")).toBeUndefined()
})

test("nobody renamed, nothing learned; of two lessons the second has the last word", () => {
    const nothing = lessonOfName(accepted, undefined)
    expect(learned(accepted, nothing)).toEqual(accepted)
    const later = { ...nothing, users: new Map([["rob", ["age-c"]]]), strict: true }
    const joined = both(
        lessonOfName(accepted, { kind: "user", from: "bob", to: "rob", repo: emptyRepo }),
        later,
    )
    expect(joined.users.get("rob")).toEqual(["age-c"])
    expect(joined.users.has("bob")).toBe(true)
    expect(joined.strict).toBe(true)
})
