import { describe, expect, test } from "vitest"
import { addToGroup, withKeys } from "../../../agent/repo/edits.ts"
import { age, estate, to } from "../estate.ts"
import { decide, give, own, same, shared, shown, tls, withGrants } from "./scene.ts"

describe("members and keys that a writer adds", () => {
    test("a new member of a group is a question where all is wrapped anew, and waits everywhere else", () => {
        const tree = addToGroup(estate, "web", "machine", "web02")
        expect(shown(decide(tls, same, { tree, how: "value" })).unasked).toEqual([
            "gain machine web02 age1web02",
        ])
        expect(
            shown(
                decide(tls, give(tls, { users: ["bob"] }), {
                    tree,
                }),
            ),
        ).toMatchObject({
            wrapped: ["age1bob", "age1bob2"],
            unobeyed: ["age1web02"],
        })
    })
    test("a known name with a further key is somebody new", () => {
        const tree = withKeys(estate, "user", "bob", age("bob", "bob2", "mallory"))
        expect(shown(decide(shared, same, { tree, how: "value" })).unasked).toEqual([
            "gain user bob age1mallory",
        ])
        expect(
            shown(
                decide(own, give(own, { users: ["bob"] }), {
                    tree,
                }),
            ),
        ).toMatchObject({
            recipients: ["age1alice", "age1bob", "age1bob2", "age1mallory"],
            unasked: ["gain user bob age1mallory"],
            known: ["age1alice", "age1bob", "age1bob2"],
        })
    })
    test("a name that takes the key of somebody known is not known by it", () => {
        const tree = withGrants(
            { ...estate, users: new Map([...estate.users, ["mallory", age("alice")]]) },
            own,
            to({ users: ["mallory"] }),
        )
        expect(shown(decide(own, same, { tree, how: "value" })).unasked).toEqual([
            "gain user mallory age1alice now",
        ])
    })
    test("keys that the command names are asked for", () => {
        const tree = withKeys(estate, "user", "alice", age("alice", "token"))
        const named = { keys: new Map([["user:alice", ["age1token"]]]) }
        expect(shown(decide(own, same, { tree, named }))).toMatchObject({
            wrapped: ["age1token"],
            unasked: [],
            known: ["age1alice", "age1token"],
        })
    })
    test("members that the command names are asked for, though they are members already", () => {
        const tree = addToGroup(estate, "web", "machine", "web02")
        const named = { members: new Map([["web", { users: [], machines: ["web02"] }]]) }
        expect(shown(decide(tls, same, { tree, named }))).toMatchObject({
            wrapped: ["age1web02"],
            unasked: [],
        })
    })
    test("links that the command names are asked for, though they are there already", () => {
        const tree = withGrants(estate, own, to({ users: ["alice"], machines: ["web02"], groups: ["web"] }))
        const named = {
            grants: new Map([[own, { users: [], machines: ["web02"], groups: ["web"] }]]),
        }
        const decision = decide(own, same, { tree, named })
        expect(shown(decision)).toMatchObject({ wrapped: ["age1web01", "age1web02"], unasked: [] })
        expect(decision.groups).toEqual(["web"])
    })
})
