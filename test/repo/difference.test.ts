import { describe, expect, test } from "vitest"
import { holdersOf, readerName, shifts } from "../../agent/repo/difference.ts"
import type { Edit } from "../../agent/repo/difference.ts"
import {
    addKeys,
    addSecret,
    addToGroup,
    grant,
    moveSecret,
    removeFromGroup,
    removeReader,
    removeSecret,
    withKeys,
} from "../../agent/repo/edits.ts"
import { age, estate } from "./estate.ts"

const told = (edit: Edit) =>
    Object.fromEntries(
        shifts(estate, edit).map(({ path, gained, lost }) => [
            path,
            { gained: gained.map(readerName), lost: lost.map(readerName) },
        ]),
    )

describe("a change shifts exactly the secrets whose recipients change", () => {
    test("none for nothing", () => {
        expect(shifts(estate, { repo: estate })).toEqual([])
        expect(shifts(estate, { repo: withKeys(estate, "user", "alice", age("alice")) })).toEqual([])
    })
    test("who joins a group reads what it reads", () => {
        expect(told({ repo: addToGroup(estate, "web", "machine", "web02") })).toEqual({
            "sops/secrets/tls": { gained: ["machine:web02"], lost: [] },
        })
    })
    test("who leaves a group and has a link of their own loses nothing", () => {
        const repo = grant(estate, "sops/secrets/shared", { users: ["bob"] })
        expect(shifts(repo, { repo: removeFromGroup(repo, "admins", "user", "bob") })).toEqual([])
    })
    test("who is removed loses everything", () => {
        expect(told({ repo: removeReader(estate, "user", "bob") })).toEqual({
            "sops/secrets/shared": { gained: [], lost: ["user:bob"] },
            "vars/shared/ca/key": { gained: [], lost: ["user:bob"] },
        })
    })
    test("another key for somebody who reads already is nobody's gain, but a change of recipients", () => {
        const [shift] = shifts(estate, { repo: addKeys(estate, "machine", "web02", age("spare")) })
        expect(shift).toMatchObject({ path: "vars/shared/ca/key", gained: [], lost: [] })
        expect(shift?.after).toEqual(["age1bob", "age1bob2", "age1spare", "age1web02"])
    })
    test("a key that two people share is one recipient: it stays when one of them goes", () => {
        const repo = withKeys(estate, "user", "alice", age("bob", "bob2"))
        const shared = shifts(repo, { repo: removeReader(repo, "user", "alice") }).map(({ path }) => path)
        expect(shared).not.toContain("sops/secrets/shared")
    })
    test("a new secret shifts, a moved one does not, a removed one is not told of", () => {
        const fresh = grant(addSecret(estate, "sops/secrets/new"), "sops/secrets/new", { users: ["bob"] })
        expect(told({ repo: fresh })).toEqual({ "sops/secrets/new": { gained: ["user:bob"], lost: [] } })
        const repo = moveSecret(estate, "sops/secrets/own", "sops/secrets/mine")
        expect(shifts(estate, { repo, moved: new Map([["sops/secrets/mine", "sops/secrets/own"]]) })).toEqual(
            [],
        )
        expect(shifts(estate, { repo: removeSecret(estate, "sops/secrets/own") })).toEqual([])
    })
    test("says whether a user is among the readers", () => {
        const changed = shifts(estate, { repo: removeReader(estate, "user", "bob") })
        const shift = changed.find(({ path }) => path.startsWith("vars/"))
        expect(shift).toMatchObject({ hadUser: true, hasUser: false })
    })
})

test("holders of recipients, users first", () => {
    expect(holdersOf(estate, new Set(["age1web01", "age1bob2", "age1alice"])).map(readerName)).toEqual([
        "user:alice",
        "user:bob",
        "machine:web01",
    ])
})
