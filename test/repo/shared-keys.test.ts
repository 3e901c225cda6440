import { expect, test } from "vitest"
import { keptByOthers, newlyShared } from "../../agent/repo/shared-keys.ts"
import type { Repo } from "../../agent/repo/repo.ts"

const key = (publickey: string) => [{ type: "age", publickey } as const]
const none = new Set<string>()

function repo(users: Record<string, string>, readers: readonly string[]): Repo {
    return {
        users: new Map(Object.entries(users).map(([name, text]) => [name, key(text)])),
        machines: new Map([["web01", key("m")]]),
        groups: new Map(),
        secrets: new Map([
            ["sops/secrets/wifi", { users: new Set(readers), machines: new Set(["web01"]), groups: none }],
        ]),
    }
}

test("names that get a key in common are told once", () => {
    const before = repo({ alice: "a" }, ["alice"])
    const after = repo({ alice: "a", bob: "m" }, ["alice"])
    expect(newlyShared(before, after)).toEqual([['user "bob"', 'machine "web01"']])
    expect(newlyShared(after, after)).toEqual([])
})

test("who is taken away keeps what another name has the same key for", () => {
    const before = repo({ alice: "a", bob: "m" }, ["alice", "bob"])
    const wanted = [{ reader: 'user "bob"', by: 'machine "web01"', secrets: ["sops/secrets/wifi"] }]
    expect(keptByOthers(before, { repo: repo({ alice: "a", bob: "m" }, ["alice"]) })).toEqual(wanted)
    expect(keptByOthers(before, { repo: repo({ alice: "a" }, ["alice"]) })).toEqual(wanted)
    expect(keptByOthers(before, { repo: before })).toEqual([])
    const moved = new Map([["sops/secrets/radio", "sops/secrets/wifi"]])
    const renamed = new Map([["sops/secrets/radio", [...before.secrets.values()][0] ?? expect.unreachable()]])
    expect(keptByOthers(before, { repo: { ...before, secrets: renamed }, moved })).toEqual([])
})

test("where no key is shared nothing is kept", () => {
    const before = repo({ alice: "a", bob: "b" }, ["alice", "bob"])
    expect(keptByOthers(before, { repo: repo({ alice: "a", bob: "b" }, ["alice"]) })).toEqual([])
})
