import { describe, expect, test } from "vitest"
import { learned } from "../../../agent/repo/consent/accepted.ts"
import type { Accepted, Held, Lesson } from "../../../agent/repo/consent/accepted.ts"
import { Consent } from "../../../agent/repo/consent/consent.ts"
import type { Touch } from "../../../agent/repo/consent/consent.ts"
import { lessonOf } from "../../../agent/repo/consent/lesson.ts"
import { Request } from "../../../agent/repo/consent/request.ts"
import type { Edit } from "../../../agent/repo/difference.ts"
import { addToGroup, moveSecret, removeReader, removeSecret, withKeys } from "../../../agent/repo/edits.ts"
import type { Repo } from "../../../agent/repo/repo.ts"
import { age, estate, none, to } from "../estate.ts"
import { agreed, filesOf, give, own, same, shared, tls } from "./scene.ts"

interface Scene {
    readonly tree?: Repo
    readonly accepted?: Accepted
    readonly how?: Touch["how"]
    readonly held?: Held
    readonly edit?: Omit<Edit, "repo">
    /** Whether everybody who is asked about was accepted. */
    readonly isAccepted?: boolean
}

/** What the list learns from an edit that touches these secrets, and wrote their files anew. */
const lesson = (paths: readonly string[], change: (repo: Repo) => Repo, scene: Scene = {}): Lesson => {
    const { tree = estate, accepted = agreed, how = "asked", edit = {}, isAccepted = true } = scene
    const request = new Request(tree, { ...edit, repo: change(tree) }, accepted)
    const consent = new Consent(request)
    const decisions = paths.map((path) => consent.decide({ path, held: filesOf(estate).get(path), how }))
    const written = scene.held ?? { labels: [], iv: "iv 1", blob: "blob 1", key: "key 1" }
    const unasked = isAccepted ? decisions.flatMap((decision) => decision.unasked) : []
    return lessonOf(request, new Map(decisions.map((decision) => [decision, written])), unasked)
}

describe("a secret", () => {
    test("is known with its readers, its value and its file", () => {
        const { secrets } = lesson([own], give(own, { users: ["bob"] }))
        expect(secrets.get(own)).toEqual({
            recipients: ["age1alice", "age1bob", "age1bob2"],
            unobeyed: [],
            groups: [],
            iv: "iv 1",
            past: [`iv of ${own}`],
            blob: "blob 1",
            key: "key 1",
        })
    })
    test("has no value of the past while it has the same", () => {
        const held = { labels: [], iv: `iv of ${own}` }
        expect(lesson([own], same, { held }).secrets.get(own)?.past).toBeUndefined()
    })
    test("remembers sixteen values", () => {
        let accepted = agreed
        for (let round = 1; round <= 20; round++)
            accepted = learned(
                accepted,
                lesson([own], same, { accepted, how: "value", held: { labels: [], iv: `iv ${round}` } }),
            )
        const past = accepted.secrets.get(own)?.past
        expect(past).toHaveLength(16)
        expect(past?.[0]).toBe("iv 4")
        expect(past?.at(-1)).toBe("iv 19")
    })
    test("is forgotten when it is removed, and goes where it is moved", () => {
        expect([...lesson([], (repo) => removeSecret(repo, own)).secrets]).toEqual([[own, undefined]])
        const other = "sops/secrets/other"
        const moved = lesson([], (repo) => moveSecret(repo, own, other), {
            edit: { moved: new Map([[other, own]]) },
        })
        expect(moved.secrets.get(own)).toBeUndefined()
        expect(moved.secrets.has(own)).toBe(true)
        expect(moved.secrets.get(other)).toEqual(agreed.secrets.get(own))
    })
    test("that was removed and never known is nothing to forget", () => {
        const accepted = { ...agreed, secrets: new Map() }
        expect(lesson([], (repo) => removeSecret(repo, own), { accepted }).secrets.size).toBe(0)
    })
})

describe("links that a writer added", () => {
    const tree: Repo = {
        ...estate,
        secrets: new Map([
            ...estate.secrets,
            [own, to({ users: ["alice"], machines: ["web02"], groups: ["web"] })],
        ]),
    }

    test("are learned when somebody accepted them", () => {
        const { secrets, groups } = lesson([own], same, { tree, how: "value" })
        expect(secrets.get(own)).toMatchObject({
            recipients: ["age1alice", "age1web01", "age1web02"],
            groups: ["web"],
            unobeyed: [],
        })
        expect(groups.get("web")).toEqual({ users: [], machines: ["web01"] })
    })
    test("are not learned when nobody did", () => {
        const { secrets } = lesson([own], same, { tree, how: "value", isAccepted: false })
        expect(secrets.get(own)).toMatchObject({ recipients: ["age1alice"], groups: [] })
    })
    test("stay a question after a command that asked for somebody else", () => {
        const { secrets } = lesson([own], give(own, { users: ["bob"] }), { tree })
        expect(secrets.get(own)?.unobeyed).toEqual([])
    })
    test("that were passed over before are passed over still", () => {
        const place = { recipients: ["age1alice"], groups: [], unobeyed: ["age1web02"] }
        const accepted = { ...agreed, secrets: new Map([...agreed.secrets, [own, place]]) }
        const { secrets } = lesson([own], give(own, { users: ["bob"] }), {
            tree,
            accepted,
        })
        expect(secrets.get(own)?.unobeyed).toEqual(["age1web02"])
    })
    test("that somebody declined are passed over from then on", () => {
        const request = new Request(tree, { repo: tree }, agreed)
        const decision = new Consent(request).decide(
            { path: own, held: filesOf(estate).get(own), how: "value" },
            { has: ({ recipient }) => recipient.startsWith("age1web") },
        )
        const { secrets } = lessonOf(request, new Map([[decision, undefined]]), [])
        expect(secrets.get(own)?.unobeyed).toEqual(["age1web01", "age1web02"])
    })
})

describe("names", () => {
    test("are known by the keys that a command gives them, and forgotten when it takes them away", () => {
        const changed = lesson([], (repo) => withKeys(repo, "user", "bob", age("bob", "new")))
        expect([...changed.users]).toEqual([["bob", ["age1bob", "age1new"]]])
        const removed = lesson([], (repo) => removeReader(repo, "machine", "web02"))
        expect([...removed.machines]).toEqual([["web02", undefined]])
    })
    test("are known from the first secret that is wrapped for them", () => {
        const users = new Map([...agreed.users].filter(([name]) => name !== "bob"))
        const granted = lesson([own], give(own, { users: ["bob"] }), {
            accepted: { ...agreed, users },
        })
        expect([...granted.users]).toEqual([["bob", ["age1bob", "age1bob2"]]])
        expect(lesson([own], give(own, { users: ["bob"] })).users.size).toBe(0)
    })
    test("have a key that somebody accepted for one secret accepted for all that they read", () => {
        const tree = withKeys(estate, "user", "bob", age("bob", "bob2", "token"))
        const { users, secrets } = lesson([shared], same, { tree, how: "value" })
        expect(users.get("bob")).toEqual(["age1bob", "age1bob2", "age1token"])
        expect(secrets.get("vars/shared/ca/key")?.recipients).toContain("age1token")
        expect(secrets.has(own)).toBe(false)
    })
    test("do not have a key that nobody accepted", () => {
        const tree = withKeys(estate, "user", "bob", age("bob", "bob2", "token"))
        const { users, secrets } = lesson([shared], same, { tree, how: "value", isAccepted: false })
        expect(users.size).toBe(0)
        expect(secrets.has("vars/shared/ca/key")).toBe(false)
    })
    test("that lost something keep their keys", () => {
        const tree: Repo = {
            ...estate,
            secrets: new Map([...estate.secrets, [shared, to({ groups: ["admins"] })]]),
        }
        const { machines, secrets } = lesson([shared], same, { tree, how: "value" })
        expect(machines.size).toBe(0)
        expect(secrets.get(shared)?.recipients).toEqual(["age1alice", "age1bob", "age1bob2"])
    })
})

describe("groups", () => {
    test("are known by the members that a command gives them", () => {
        const { groups } = lesson([tls], (repo) => addToGroup(repo, "web", "machine", "web02"))
        expect([...groups]).toEqual([["web", { users: [], machines: ["web01", "web02"] }]])
    })
    test("do not bring in members that a writer added when a command adds another", () => {
        const tree = addToGroup(estate, "web", "user", "bob")
        const { groups } = lesson([tls], (repo) => addToGroup(repo, "web", "machine", "web02"), { tree })
        expect(groups.get("web")).toEqual({ users: [], machines: ["web01", "web02"] })
    })
    test("have a member that was accepted, and only that one", () => {
        const tree = addToGroup(addToGroup(estate, "web", "user", "bob"), "web", "machine", "web02")
        const request = new Request(tree, { repo: tree }, agreed)
        const decision = new Consent(request).decide({
            path: tls,
            held: filesOf(estate).get(tls),
            how: "value",
        })
        const accepted = decision.unasked.filter(({ reader }) => reader.name === "bob")
        const { groups } = lessonOf(request, new Map([[decision, undefined]]), accepted)
        expect(groups.get("web")).toEqual({ users: ["bob"], machines: ["web01"] })
    })
    test("are forgotten when they are removed", () => {
        const change = (repo: Repo): Repo => ({
            ...repo,
            groups: new Map([...repo.groups].filter(([name]) => name !== "web")),
        })
        expect([...lesson([], change).groups]).toEqual([["web", undefined]])
    })
    test("that the list does not know are known from the first secret of theirs that is written", () => {
        const accepted = { ...agreed, groups: new Map() }
        const change = give(own, { groups: ["web"] })
        expect(lesson([own], change, { accepted }).groups.has("web")).toBe(true)
        expect(lesson([own], same, { accepted, how: "all" }).groups.has("web")).toBe(false)
    })
    test("that are named with members they have already are known with those", () => {
        const tree: Repo = {
            ...estate,
            groups: new Map([...estate.groups, ["ops", { users: new Set(["bob"]), machines: none }]]),
        }
        const edit = { named: { members: new Map([["ops", { users: ["bob"], machines: [] }]]) } }
        expect(lesson([], same, { tree, edit }).groups.get("ops")).toEqual({ users: ["bob"], machines: [] })
    })
})
