import { describe, expect, test } from "vitest"
import { learned, nothingAccepted, onTrust, recipientsIn } from "../../../agent/repo/consent/accepted.ts"
import type { Held } from "../../../agent/repo/consent/accepted.ts"
import { age, estate } from "../estate.ts"

const own = "sops/secrets/own"
const shared = "sops/secrets/shared"

describe("a repository that is taken on trust", () => {
    test("has its names, groups and readers, and says where links have no entry", () => {
        const files = new Map<string, Held | undefined>([
            [own, { labels: ["age1alice", "age1stray"], iv: "iv", blob: "blob" }],
            [shared, { labels: ["age1bob"] }],
        ])
        expect(onTrust(estate, files, "c0ffee")).toEqual({
            trusted: "c0ffee",
            strict: false,
            users: new Map([
                ["alice", ["age1alice"]],
                ["bob", ["age1bob", "age1bob2"]],
            ]),
            machines: new Map([
                ["web01", ["age1web01"]],
                ["web02", ["age1web02"]],
            ]),
            groups: new Map([
                ["admins", { users: ["alice", "bob"], machines: [] }],
                ["web", { users: [], machines: ["web01"] }],
            ]),
            secrets: new Map([
                [own, { recipients: ["age1alice"], unobeyed: [], groups: [], iv: "iv", blob: "blob" }],
                [
                    shared,
                    {
                        recipients: ["age1bob"],
                        unobeyed: ["age1alice", "age1bob2", "age1web01"],
                        groups: ["admins"],
                        iv: undefined,
                        blob: undefined,
                    },
                ],
            ]),
        })
    })
    test("gives a file that makes no sense to whom its links name", () => {
        const { secrets } = onTrust(estate, new Map([[own, undefined]]), undefined)
        expect(secrets.get(own)).toMatchObject({ recipients: ["age1alice"], unobeyed: [] })
    })
})

describe("what a list learns", () => {
    const list = onTrust(estate, new Map([[own, { labels: ["age1alice"] }]]), undefined)
    const nothing = { users: new Map(), machines: new Map(), groups: new Map(), secrets: new Map() }

    test("is added, replaced and forgotten", () => {
        const next = learned(list, {
            ...nothing,
            users: new Map([
                ["bob", undefined],
                ["carol", ["age1carol"]],
            ]),
            secrets: new Map([[own, { recipients: ["age1carol"], groups: [] }]]),
        })
        expect([...next.users.keys()]).toEqual(["alice", "carol"])
        expect(next.secrets.get(own)).toEqual({ recipients: ["age1carol"], groups: [] })
        expect(next.machines).toBe(list.machines)
        expect(list.users.has("bob")).toBe(true)
    })
    test("leaves strictness as it is, unless it says so", () => {
        expect(learned({ ...list, strict: true }, nothing).strict).toBe(true)
        expect(learned(list, { ...nothing, strict: true }).strict).toBe(true)
        expect(learned({ ...list, strict: true }, { ...nothing, strict: false }).strict).toBe(false)
    })
})

test("recipients are told once each, in order", () => {
    expect(recipientsIn(age("b", "a", "b"))).toEqual(["age1a", "age1b"])
})

test("an empty list knows nobody", () => {
    expect(nothingAccepted.strict).toBe(false)
    expect(nothingAccepted.secrets.size + nothingAccepted.users.size + nothingAccepted.machines.size).toBe(0)
})
