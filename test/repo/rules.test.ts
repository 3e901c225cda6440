import { describe, expect, test } from "vitest"
import { shifts } from "../../agent/repo/difference.ts"
import { addKeys, addSecret, grant, removeReader, revoke, withKeys } from "../../agent/repo/edits.ts"
import type { Repo } from "../../agent/repo/repo.ts"
import { checkNames, checkRules, takesAccess } from "../../agent/repo/rules.ts"
import { age, estate } from "./estate.ts"

const stranger = { recipients: new Set<string>(), allowLockout: false, allowMixed: false }
const alice = { ...stranger, recipients: new Set(["age1alice"]) }
const check =
    (repo: Repo, caller = stranger, before = estate) =>
    () =>
        checkRules(shifts(before, { repo }), caller)

describe("allows", () => {
    test("what leaves a user", () => expect(check(removeReader(estate, "machine", "web01"))).not.toThrow())
    test("what has nothing to do with a secret that was broken before", () => {
        const broken = grant(addSecret(estate, "sops/secrets/x"), "sops/secrets/x", { machines: ["web01"] })
        expect(check(grant(broken, "sops/secrets/own", { users: ["bob"] }), alice, broken)).not.toThrow()
        // More machines do not make it worse.
        expect(check(grant(broken, "sops/secrets/x", { machines: ["web02"] }), alice, broken)).not.toThrow()
    })
    test("the caller to change their own key for another one they hold", () => {
        const both = { ...alice, recipients: new Set(["age1alice", "age1new"]) }
        expect(check(withKeys(estate, "user", "alice", age("new")), both)).not.toThrow()
    })
    test("the caller to go when they say so", () => {
        const repo = grant(estate, "sops/secrets/own", { users: ["bob"] })
        const going = revoke(repo, "sops/secrets/own", "user", "alice")
        expect(check(going, alice, repo)).toThrow("you yourself could no longer read: own")
        expect(check(going, { ...alice, allowLockout: true }, repo)).not.toThrow()
    })
})

describe("refuses", () => {
    test("a secret without a reader", () => {
        expect(check(revoke(estate, "sops/secrets/own", "user", "alice"))).toThrow("nobody could read: own")
    })
    test("a secret that only machines could read, and names each", () => {
        const repo = removeReader(estate, "user", "bob")
        expect(check(repo)).toThrow("no user could read: vars/shared/ca/key")
    })
    test("a new secret that only machines could read", () => {
        const repo = grant(addSecret(estate, "sops/secrets/x"), "sops/secrets/x", { machines: ["web01"] })
        expect(check(repo)).toThrow("no user could read: x")
    })
    test("post-quantum and classic keys on one secret, unless that is allowed or was so", () => {
        const mixed = addKeys(estate, "user", "alice", [{ publickey: "age1pq1strong", type: "age" }])
        expect(check(mixed)).toThrow("post-quantum and classic keys could both read: own, shared, tls")
        expect(check(mixed, { ...stranger, allowMixed: true })).not.toThrow()
        expect(check(grant(mixed, "sops/secrets/own", { users: ["bob"] }), stranger, mixed)).not.toThrow()
        expect(check(withKeys(estate, "user", "alice", age("pq1strong")))).toThrow("shared, tls")
    })
})

test("access is taken when a recipient goes, whoever else comes", () => {
    expect(takesAccess(shifts(estate, { repo: addKeys(estate, "user", "alice", age("more")) }))).toBe(false)
    expect(takesAccess(shifts(estate, { repo: withKeys(estate, "user", "alice", age("other")) }))).toBe(true)
})

describe("names that differ only in case", () => {
    test("a new one is refused, whichever comes first", () => {
        for (const name of ["OWN", "Shared"]) {
            const repo = addSecret(estate, `sops/secrets/${name}`)
            expect(() => checkNames(estate, repo)).toThrow(`secret "${name}" would differ from`)
        }
    })
    test("two that were there before are left alone, and so is what differs in more", () => {
        const both = addSecret(addSecret(estate, "sops/secrets/x"), "sops/secrets/X")
        expect(() => checkNames(both, both)).not.toThrow()
        expect(() => checkNames(both, addSecret(both, "sops/secrets/y"))).not.toThrow()
    })
})
