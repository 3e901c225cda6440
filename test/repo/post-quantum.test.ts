import { expect, test } from "vitest"
import { addKeys, removeKeys, withKeys } from "../../agent/repo/edits.ts"
import { isMixed, isPostQuantum, resistances } from "../../agent/repo/post-quantum.ts"
import { age, estate } from "./estate.ts"

const told = (repo: typeof estate) =>
    Object.fromEntries(
        resistances(repo).map(({ secret, state, blockers }) => [
            secret,
            [state, ...blockers.map(({ name }) => name)],
        ]),
    )

test("a secret is as strong as the weakest key that can read it, and says whose that is", () => {
    expect(told(estate)["sops/secrets/own"]).toEqual(["classic", "alice"])
    const strong = withKeys(estate, "user", "alice", age("pq1alice"))
    expect(told(strong)).toEqual({
        "sops/secrets/own": ["post-quantum"],
        "sops/secrets/shared": ["mixed", "bob", "web01"],
        "sops/secrets/tls": ["mixed", "web01"],
        "vars/shared/ca/key": ["classic", "bob", "web02"],
    })
})

test("a second, strong key helps only when the first is gone", () => {
    const both = addKeys(estate, "user", "alice", age("pq1alice"))
    expect(told(both)["sops/secrets/own"]).toEqual(["mixed", "alice"])
    expect(told(removeKeys(both, "user", "alice", age("alice")))["sops/secrets/own"]).toEqual([
        "post-quantum",
    ])
})

test("kinds of recipients", () => {
    for (const text of ["age1pq1x", "age1tagpq1x"]) expect(isPostQuantum(text)).toBe(true)
    for (const text of ["age1pqx", "age1tag1x", "age1yubikey1x", "ssh-ed25519 A", "pgp:F"])
        expect(isPostQuantum(text)).toBe(false)
    expect(isMixed(["age1pq1x", "age1x"])).toBe(true)
    expect(isMixed(["age1pq1x"]) || isMixed(["age1x"]) || isMixed([])).toBe(false)
})
