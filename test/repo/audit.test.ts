import { expect, test } from "vitest"
import type { Reader } from "../../agent/repo/access.ts"
import { everHeld, type Holding, keysEver, type Version } from "../../agent/repo/audit.ts"
import { emptyRepo, type Repo } from "../../agent/repo/repo.ts"

const none: ReadonlySet<string> = new Set()
const age = (...keys: string[]) => keys.map((publickey) => ({ publickey, type: "age" as const }))
const repo = (users: Repo["users"], readers: Record<string, string[]>): Repo => ({
    ...emptyRepo,
    users,
    secrets: new Map(
        Object.entries(readers).map(([path, names]) => [
            path,
            { users: new Set(names), machines: none, groups: none },
        ]),
    ),
})
const version = (commit: string, state: Repo, files: Record<string, string[]>): Version => ({
    commit,
    date: `2026-01-0${commit}T00:00:00Z`,
    repo: state,
    recipients: new Map(Object.entries(files)),
})

const held = (versions: readonly Version[], reader: Reader): readonly Holding[] =>
    everHeld(versions, reader, keysEver(versions, reader.kind).get(reader.name) ?? none)

const past = [
    version("1", repo(new Map([["bob", age("age1old")]]), { wifi: ["bob"] }), { wifi: ["age1old"] }),
    version("2", repo(new Map([["bob", age("age1new")]]), { wifi: ["bob"], vpn: [] }), {
        wifi: ["age1old"],
        vpn: ["age1new"],
    }),
    version("3", repo(new Map([["bob", age("age1new")]]), { vpn: ["bob"], root: [] }), {
        vpn: ["age1new"],
        root: ["age1x"],
    }),
]

test("what somebody could ever read, from the first commit that shows it to the last", () => {
    expect(held(past, { kind: "user", name: "bob" })).toEqual([
        {
            secret: "vpn",
            since: { commit: "2", date: "2026-01-02T00:00:00Z" },
            until: { commit: "3", date: "2026-01-03T00:00:00Z" },
            still: true,
            shownBy: ["file", "links"],
        },
        {
            secret: "wifi",
            since: { commit: "1", date: "2026-01-01T00:00:00Z" },
            until: { commit: "2", date: "2026-01-02T00:00:00Z" },
            still: false,
            shownBy: ["file", "links"],
        },
    ])
})

test("a file that was never rewrapped counts, although no link says so any more", () => {
    const users = new Map([["bob", age("age1bob")]])
    const versions = [
        version("1", repo(users, { wifi: ["bob"] }), {}),
        version("2", repo(users, { wifi: [] }), { wifi: ["age1bob"] }),
    ]
    expect(held(versions, { kind: "user", name: "bob" })).toEqual([
        expect.objectContaining({ secret: "wifi", still: true, shownBy: ["file", "links"] }),
    ])
})

test("everybody who ever was, and all keys they had", () => {
    expect(keysEver(past, "user")).toEqual(new Map([["bob", new Set(["age1old", "age1new"])]]))
    expect(keysEver(past, "machine")).toEqual(new Map())
})

test("an unknown reader held nothing", () => {
    expect(held(past, { kind: "machine", name: "web01" })).toEqual([])
    expect(held([], { kind: "user", name: "bob" })).toEqual([])
})
