import { describe, expect, test } from "vitest"
import { chartOf } from "../../../agent/repo/map/chart.ts"
import type { ChartSecret } from "../../../agent/repo/map/chart.ts"
import type { Repo } from "../../../agent/repo/repo.ts"
import { estate, to } from "../estate.ts"

const chart = chartOf(estate)
const secret = (all: readonly ChartSecret[], path: string): ChartSecret | undefined =>
    all.find((each) => each.path === path)

test("a chart has every name once, users before machines, and readers by number", () => {
    expect(chart.readers.map(({ kind, name, keys }) => `${kind} ${name} ${keys}`)).toEqual([
        "user alice 1",
        "user bob 2",
        "machine web01 1",
        "machine web02 1",
    ])
    expect(chart.groups).toEqual([
        { name: "admins", members: [0, 1] },
        { name: "web", members: [2] },
    ])
    expect(chart.secrets.map(({ path }) => path)).toEqual([
        "sops/secrets/own",
        "sops/secrets/shared",
        "sops/secrets/tls",
        "vars/shared/ca/key",
    ])
    const { links = -1 } = secret(chart.secrets, "sops/secrets/shared") ?? {}
    expect(chart.links[links]).toEqual({ readers: [2], groups: [0] })
    expect(chart.comparedWith).toBeNull()
})

test("secrets with the same links share them", () => {
    const twin: Repo = {
        ...estate,
        secrets: new Map([...estate.secrets, ["sops/secrets/twin", to({ users: ["alice"] })]]),
    }
    const { links, secrets } = chartOf(twin)
    expect(secret(secrets, "sops/secrets/twin")?.links).toBe(secret(secrets, "sops/secrets/own")?.links)
    expect(links).toHaveLength(chart.links.length)
})

test("links to names that are not there are not drawn", () => {
    const repo: Repo = {
        ...estate,
        secrets: new Map([["sops/secrets/x", to({ users: ["nobody"], groups: ["none"] })]]),
    }
    expect(chartOf(repo).links).toEqual([{ readers: [], groups: [] }])
})

test("dates of links stand in the order of links, and null where git does not know", () => {
    const made = new Map([
        ["sops/secrets/shared/machines/web01", "2026-01-01T00:00:00Z"],
        ["sops/groups/admins/users/bob", "2026-02-01T00:00:00Z"],
    ])
    const { groups, secrets } = chartOf(estate, { made })
    expect(secret(secrets, "sops/secrets/shared")?.since).toEqual(["2026-01-01T00:00:00Z", null])
    expect(groups[0]?.since).toEqual([null, "2026-02-01T00:00:00Z"])
})

test("marks stand at their secret", () => {
    const marks = new Map([["sops/secrets/own", [{ kind: "owed" as const, text: "bob" }]]])
    expect(secret(chartOf(estate, { marks }).secrets, "sops/secrets/own")?.marks).toEqual([
        { kind: "owed", text: "bob" },
    ])
})

describe("compared with an earlier state", () => {
    const earlier: Repo = {
        ...estate,
        users: new Map([...estate.users, ["carol", []]]),
        secrets: new Map([
            ["sops/secrets/own", to({ users: ["alice", "carol"] })],
            ["sops/secrets/shared", to({ groups: ["admins"] })],
            ["sops/secrets/gone", to({ users: ["bob"] })],
            ["vars/shared/ca/key", to({ users: ["bob"], machines: ["web02"] })],
        ]),
    }
    const { readers, secrets, comparedWith } = chartOf(estate, { before: { repo: earlier, name: "v1" } })
    const names = (all: readonly number[] = []): string[] =>
        all.flatMap((index) => readers[index]?.name ?? [])

    test("it says who gained and who lost, also who is not there any more", () => {
        expect(comparedWith).toBe("v1")
        expect(names(secret(secrets, "sops/secrets/own")?.lost)).toEqual(["carol"])
        expect(names(secret(secrets, "sops/secrets/shared")?.gained)).toEqual(["web01"])
        expect(secret(secrets, "vars/shared/ca/key")).not.toHaveProperty("gained")
    })
    test("it says what is new and what is gone", () => {
        expect(secret(secrets, "sops/secrets/tls")?.only).toBe("now")
        expect(secret(secrets, "sops/secrets/gone")).toMatchObject({ only: "then", lost: [1] })
    })
    test("another way to a secret is no change", () => {
        const other: Repo = {
            ...estate,
            secrets: new Map([["sops/secrets/own", to({ groups: ["admins"] })]]),
        }
        const was: Repo = {
            ...estate,
            secrets: new Map([["sops/secrets/own", to({ users: ["alice", "bob"] })]]),
        }
        const [only] = chartOf(other, { before: { repo: was, name: "v1" } }).secrets
        expect(only).not.toHaveProperty("gained")
        expect(only).not.toHaveProperty("lost")
    })
})
