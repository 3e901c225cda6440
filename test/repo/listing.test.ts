import { expect, test } from "vitest"
import { type Entry, repoOf } from "../../agent/repo/listing.ts"

const key: Entry = { kind: "file", text: `[{"publickey":"age1x","type":"age"}]` }
const file: Entry = { kind: "file" }
const link = (target: string): Entry => ({ kind: "link", target })

const good: [string, Entry][] = [
    ["sops/users/alice/key.json", key],
    ["sops/machines/web01/key.json", key],
    ["sops/groups/admins/users/alice", link("../../../users/alice")],
    ["sops/secrets/wifi/secret", file],
    ["sops/secrets/wifi/groups/admins", link("../../../groups/admins")],
    ["vars/shared/ca/key/secret", file],
    ["vars/shared/ca/key/machines/web01", link("../../../../../sops/machines/web01")],
    ["vars/per-machine/web01/ssh/id/users/alice", link("../../../../../../sops/users/alice")],
    ["vars/per-export/inst/gen/token/secret", file],
    ["vars/shared/ca/.validation-hash", file],
    ["vars/shared/ca/cert/value", file],
]

test("plain secrets and vars of every kind are read alike", () => {
    const { repo, strays, sealed } = repoOf(new Map(good))
    expect(strays).toEqual([])
    expect([...repo.secrets.keys()]).toEqual([
        "sops/secrets/wifi",
        "vars/per-export/inst/gen/token",
        "vars/per-machine/web01/ssh/id",
        "vars/shared/ca/key",
    ])
    expect(repo.secrets.get("vars/shared/ca/key")?.machines).toEqual(new Set(["web01"]))
    expect(repo.groups.get("admins")?.users).toEqual(new Set(["alice"]))
    expect([...sealed]).not.toContain("vars/per-machine/web01/ssh/id")
})

const strays: Record<string, [string, Entry, RegExp]> = {
    "a dangling link": ["sops/secrets/wifi/users/bob", link("../../../users/bob"), /does not exist/u],
    "a link of the wrong kind": [
        "sops/secrets/wifi/users/web01",
        link("../../../machines/web01"),
        /leads to sops\/machines\/web01/u,
    ],
    "a link to another name": [
        "sops/secrets/wifi/users/eve",
        link("../../../users/alice"),
        /leads to sops\/users\/alice/u,
    ],
    "a link out of the repository": [
        "sops/secrets/wifi/users/eve",
        link("../../../../../../etc"),
        /outside/u,
    ],
    "an absolute link": ["sops/secrets/wifi/users/eve", link("/sops/users/eve"), /outside/u],
    "a file where a link belongs": ["sops/secrets/wifi/users/alice", file, /not a link/u],
    "a broken key file": ["sops/users/bob/key.json", { kind: "file", text: "{" }, /not JSON/u],
}
for (const [why, [path, entry, problem]] of Object.entries(strays)) {
    test(`${why} gives nobody access and is reported`, () => {
        const found = repoOf(new Map([...good, [path, entry]]))
        expect(found.strays).toEqual([{ path, problem: expect.stringMatching(problem) }])
        expect(found.repo.secrets.get("sops/secrets/wifi")?.users.size).toBe(0)
    })
}
