import { describe, expect, test } from "vitest"
import { onTrust } from "../../../agent/repo/consent/accepted.ts"
import type { Accepted, Held } from "../../../agent/repo/consent/accepted.ts"
import { Consent } from "../../../agent/repo/consent/consent.ts"
import { Request } from "../../../agent/repo/consent/request.ts"
import { addToGroup, moveSecret, revoke, withKeys } from "../../../agent/repo/edits.ts"
import type { Repo } from "../../../agent/repo/repo.ts"
import { age, estate, to } from "../estate.ts"
import { agreed, decide, filesOf, give, own, same, shared, shown, tls, withGrants } from "./scene.ts"

describe("what a command asks for", () => {
    test("a new reader is wrapped for with each key, and nobody else is", () => {
        expect(shown(decide(own, give(own, { users: ["bob"] })))).toEqual({
            recipients: ["age1alice", "age1bob", "age1bob2"],
            wrapped: ["age1bob", "age1bob2"],
            unasked: [],
            unobeyed: [],
            gained: ["age1bob", "age1bob2"],
            known: ["age1alice", "age1bob", "age1bob2"],
        })
    })
    test("a new member reads what the group reads", () => {
        const added = decide(tls, (repo) => addToGroup(repo, "web", "machine", "web02"))
        expect(shown(added)).toMatchObject({
            recipients: ["age1alice", "age1web01", "age1web02"],
            wrapped: ["age1web02"],
            unasked: [],
        })
        expect(added.groups).toEqual(["web"])
    })
    test("whoever is taken away has no entry, and everybody else is wrapped for anew", () => {
        expect(shown(decide(shared, (repo) => revoke(repo, shared, "machine", "web01")))).toEqual({
            recipients: ["age1alice", "age1bob", "age1bob2"],
            wrapped: ["age1alice", "age1bob", "age1bob2"],
            unasked: [],
            unobeyed: [],
            gained: [],
            known: ["age1alice", "age1bob", "age1bob2"],
        })
    })
    test("whoever has another way to the secret keeps it when one is taken away", () => {
        const tree = withGrants(estate, shared, to({ users: ["alice"], groups: ["admins"] }))
        const accepted = onTrust(tree, filesOf(tree), undefined)
        const held = filesOf(tree).get(shared)
        const decision = decide(shared, (repo) => revoke(repo, shared, "user", "alice"), {
            tree,
            accepted,
            held,
        })
        expect(shown(decision)).toMatchObject({
            recipients: ["age1alice", "age1bob", "age1bob2"],
            wrapped: [],
            unasked: [],
        })
    })
    test("a key that is replaced loses the secret, and the new one has it", () => {
        const edit = (repo: Repo): Repo => withKeys(repo, "user", "alice", age("alice-new"))
        expect(shown(decide(own, edit))).toEqual({
            recipients: ["age1alice-new"],
            wrapped: ["age1alice-new"],
            unasked: [],
            unobeyed: [],
            gained: ["age1alice-new"],
            known: ["age1alice-new"],
        })
    })
    test("a secret keeps its readers when it moves", () => {
        const moved = new Map([["sops/secrets/other", own]])
        const decision = decide("sops/secrets/other", (repo) => moveSecret(repo, own, "sops/secrets/other"), {
            moved,
            held: filesOf(estate).get(own),
        })
        expect(shown(decision)).toMatchObject({ recipients: ["age1alice"], wrapped: [], unasked: [] })
    })
})

describe("links that a writer adds", () => {
    const tree = withGrants(estate, own, to({ users: ["alice"], machines: ["web02"] }))

    test("are not obeyed by a command that asks for somebody else", () => {
        expect(
            shown(
                decide(own, give(own, { users: ["bob"] }), {
                    tree,
                }),
            ),
        ).toMatchObject({
            wrapped: ["age1bob", "age1bob2"],
            unasked: [],
            unobeyed: ["age1web02"],
            known: ["age1alice", "age1bob", "age1bob2"],
        })
    })
    test("are a question where all is wrapped anew", () => {
        expect(shown(decide(own, same, { tree, how: "value" }))).toEqual({
            recipients: ["age1alice", "age1web02"],
            wrapped: ["age1alice", "age1web02"],
            unasked: ["gain machine web02 age1web02"],
            unobeyed: [],
            gained: ["age1web02"],
            known: ["age1alice"],
        })
    })
    test("are left out when somebody declines, and only they are", () => {
        const declined = ["age1web02", "age1alice"]
        expect(shown(decide(own, same, { tree, how: "value", declined }))).toMatchObject({
            recipients: ["age1alice"],
            unasked: [],
            unobeyed: ["age1web02"],
        })
    })
    test("with a label on an entry are somebody who seems to read it already", () => {
        const held = { labels: ["age1alice", "age1web02"] }
        expect(shown(decide(own, same, { tree, held, how: "value" })).unasked).toEqual([
            "gain machine web02 age1web02 now",
        ])
        expect(
            shown(
                decide(own, give(own, { users: ["bob"] }), {
                    tree,
                    held,
                }),
            ),
        ).toMatchObject({
            recipients: ["age1alice", "age1bob", "age1bob2", "age1web02"],
            wrapped: ["age1bob", "age1bob2"],
            known: ["age1alice", "age1bob", "age1bob2"],
        })
    })
    test("are left out of what is wrapped anew for somebody who loses it, unless they have a label", () => {
        const planted = withGrants(estate, shared, to({ groups: ["admins"], machines: ["web01", "web02"] }))
        const edit = (repo: Repo): Repo => revoke(repo, shared, "machine", "web01")
        expect(shown(decide(shared, edit, { tree: planted }))).toMatchObject({
            wrapped: ["age1alice", "age1bob", "age1bob2"],
            unasked: [],
            unobeyed: ["age1web02"],
        })
        const labels = ["age1alice", "age1bob", "age1bob2", "age1web01", "age1web02"]
        expect(shown(decide(shared, edit, { tree: planted, held: { labels } })).unasked).toEqual([
            "gain machine web02 age1web02 now",
        ])
    })
    test("that were known to have no entry are not asked about again, but with a label they are", () => {
        const place = agreed.secrets.get(own) ?? { recipients: [], groups: [] }
        const accepted: Accepted = {
            ...agreed,
            secrets: new Map([...agreed.secrets, [own, { ...place, unobeyed: ["age1web02"] }]]),
        }
        expect(shown(decide(own, same, { tree, accepted, how: "value" }))).toMatchObject({
            recipients: ["age1alice"],
            unasked: [],
            unobeyed: ["age1web02"],
        })
        const held = { labels: ["age1alice", "age1web02"] }
        expect(shown(decide(own, same, { tree, accepted, held, how: "value" })).unasked).toHaveLength(1)
        expect(shown(decide(own, same, { tree, accepted, how: "all" })).unasked).toHaveLength(1)
    })
    test("to a group that the list does not know of a secret bring nobody in", () => {
        const planted = withGrants(estate, own, to({ users: ["alice"], groups: ["web"] }))
        const decision = decide(own, (repo) => addToGroup(repo, "web", "machine", "web02"), { tree: planted })
        expect(shown(decision)).toMatchObject({ recipients: ["age1alice"], wrapped: [] })
        expect(decision.groups).toEqual([])
    })
})

describe("what a writer takes away", () => {
    test("a link that is gone is a loss that nobody asked for, where all is wrapped anew", () => {
        const tree = withGrants(estate, shared, to({ groups: ["admins"] }))
        expect(shown(decide(shared, same, { tree, how: "value" }))).toMatchObject({
            recipients: ["age1alice", "age1bob", "age1bob2"],
            unasked: ["loss machine web01 age1web01 now"],
        })
        expect(shown(decide(shared, give(shared, { machines: ["web02"] }), { tree }))).toMatchObject({
            recipients: ["age1alice", "age1bob", "age1bob2", "age1web01", "age1web02"],
            unasked: [],
        })
    })
    test("a key that is gone from a name likewise", () => {
        const tree = withKeys(estate, "user", "bob", age("bob"))
        expect(shown(decide(shared, same, { tree, how: "value" })).unasked).toEqual([
            "loss user bob age1bob2 now",
        ])
    })
    test("a person who is gone altogether is named by the list", () => {
        const users = new Map([...estate.users].filter(([name]) => name !== "alice"))
        const tree = withGrants({ ...estate, users }, own, to({ users: ["bob"] }))
        expect(shown(decide(own, same, { tree, how: "value" })).unasked).toEqual([
            "gain user bob age1bob",
            "gain user bob age1bob2",
            "loss user alice age1alice now",
        ])
    })
})

describe("a file that is brought into line", () => {
    test("is wrapped for whom it lacks, if it has nobody whom the links do not name", () => {
        const held = { labels: ["age1alice", "age1bob"] }
        expect(shown(decide(shared, same, { held, how: "all" }))).toMatchObject({
            recipients: ["age1alice", "age1bob", "age1bob2", "age1web01"],
            wrapped: ["age1bob2", "age1web01"],
            unasked: [],
        })
    })
    test("is wrapped anew for all, if it has somebody whom they do not name", () => {
        const held = { labels: ["age1alice", "age1web02"] }
        expect(shown(decide(own, same, { held, how: "all" }))).toMatchObject({
            recipients: ["age1alice"],
            wrapped: ["age1alice"],
        })
    })
    test("is bound with those who have an entry, and with nobody else", () => {
        const tree = withGrants(estate, own, to({ users: ["alice"], machines: ["web02"] }))
        expect(shown(decide(own, same, { tree, how: "bind" }))).toMatchObject({
            recipients: ["age1alice"],
            wrapped: ["age1alice"],
            unobeyed: ["age1web02"],
        })
    })
    test("is wrapped for all, if it makes no sense", () => {
        expect(shown(decide(own, same, { held: undefined }))).toMatchObject({
            recipients: ["age1alice"],
            wrapped: ["age1alice"],
        })
    })
})

describe("a secret that this clone has not seen", () => {
    const fresh = "sops/secrets/fresh"
    const tree = withGrants(estate, fresh, to({ users: ["alice", "bob"] }))
    const held = { labels: ["age1alice", "age1bob"] }

    test("is read by those whom links and file name", () => {
        expect(
            shown(
                decide(fresh, give(fresh, { machines: ["web01"] }), {
                    tree,
                    held,
                }),
            ),
        ).toEqual({
            recipients: ["age1alice", "age1bob", "age1web01"],
            wrapped: ["age1web01"],
            unasked: [],
            unobeyed: ["age1bob2"],
            gained: ["age1web01"],
            known: ["age1alice", "age1bob", "age1web01"],
        })
    })
    test("asks about everybody at its first value, but those who are vouched for", () => {
        const decision = decide(fresh, same, { tree, held, how: "value", vouched: ["age1alice"] })
        expect(shown(decision)).toMatchObject({
            unasked: ["gain user bob age1bob now", "gain user bob age1bob2"],
            known: ["age1alice"],
        })
    })
})

describe("who may have a data key", () => {
    const holders = (path: string, tree: Repo, held: Held | undefined): string[] =>
        [...new Consent(new Request(tree, { repo: tree }, agreed)).holders(path, held)].toSorted()

    test("is said by the list, not by links or labels", () => {
        const tree = withGrants(estate, own, to({ users: ["alice", "bob"] }))
        expect(holders(own, tree, { labels: ["age1alice", "age1bob"] })).toEqual(["age1alice"])
    })
    test("is said by links and labels together, where the list says nothing", () => {
        const path = "sops/secrets/fresh"
        const tree = withGrants(estate, path, to({ users: ["bob"] }))
        expect(holders(path, tree, { labels: ["age1bob", "age1web02"] })).toEqual(["age1bob"])
        expect(holders(path, tree, undefined)).toEqual([])
    })
})
