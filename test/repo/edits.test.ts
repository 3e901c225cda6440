import { describe, expect, test } from "vitest"
import {
    addKeys,
    addReader,
    addSecret,
    addSecrets,
    addToGroup,
    grant,
    grantEach,
    moveSecret,
    removeFromGroup,
    removeKeys,
    removeReader,
    removeSecret,
    renameMember,
    revoke,
    secretName,
    secretPath,
    withKeys,
} from "../../agent/repo/edits.ts"
import { recipientsOf } from "../../agent/repo/recipients.ts"
import { Refusal } from "../../agent/repo/refusal.ts"
import type { Repo } from "../../agent/repo/repo.ts"
import { age, estate, to } from "./estate.ts"
import { cpuTime } from "../cpu-time.ts"

const links = (repo: Repo, path: string) => {
    const grants = repo.secrets.get(path)
    return grants && { users: [...grants.users], machines: [...grants.machines], groups: [...grants.groups] }
}

describe("keys", () => {
    test("a new user has their keys, each once", () => {
        expect(addReader(estate, "user", "carol", age("c", "c")).users.get("carol")).toEqual(age("c"))
    })
    test("replacing keys leaves links and groups alone", () => {
        const repo = withKeys(estate, "user", "bob", age("new"))
        expect(repo.users.get("bob")).toEqual(age("new"))
        expect(repo.groups).toBe(estate.groups)
        expect(repo.secrets).toBe(estate.secrets)
    })
    test("adding a key that is there, with a comment or without, changes nothing", () => {
        const ssh = { publickey: "ssh-ed25519 AAAA me@home", type: "age" } as const
        const repo = addKeys(estate, "user", "alice", [ssh])
        expect(addKeys(repo, "user", "alice", [{ ...ssh, publickey: "ssh-ed25519 AAAA" }])).toBe(repo)
    })
    test("removing a key that is not there changes nothing", () => {
        expect(removeKeys(estate, "user", "bob", age("other"))).toBe(estate)
        expect(removeKeys(estate, "user", "bob", age("bob2")).users.get("bob")).toEqual(age("bob"))
    })
})

describe("removing a user or machine", () => {
    test("takes it out of groups and secrets, and a group that is empty then out of the secrets", () => {
        const repo = removeReader(estate, "machine", "web01")
        expect([...repo.machines.keys()]).toEqual(["web02"])
        expect([...repo.groups.keys()]).toEqual(["admins"])
        expect(links(repo, "sops/secrets/shared")).toEqual({ users: [], machines: [], groups: ["admins"] })
        expect(links(repo, "sops/secrets/tls")).toEqual({ users: ["alice"], machines: [], groups: [] })
    })
    test("leaves what it has nothing to do with as it is, object for object", () => {
        const repo = removeReader(estate, "user", "bob")
        expect(repo.secrets.get("sops/secrets/own")).toBe(estate.secrets.get("sops/secrets/own"))
        expect(repo.groups.get("web")).toBe(estate.groups.get("web"))
    })
})

describe("groups", () => {
    test("begin with their first member and end with their last", () => {
        const begun = addToGroup(estate, "new", "machine", "web02")
        expect([...(begun.groups.get("new")?.machines ?? [])]).toEqual(["web02"])
        const ended = removeFromGroup(begun, "new", "machine", "web02")
        expect(ended.groups.has("new")).toBe(false)
        expect(
            removeFromGroup(estate, "web", "machine", "web01").secrets.get("sops/secrets/tls")?.groups.size,
        ).toBe(0)
    })
    test("adding a member twice changes nothing", () => {
        expect(addToGroup(estate, "admins", "user", "bob")).toBe(estate)
    })
})

describe("secrets", () => {
    test("a grant adds and never removes; a second one changes nothing", () => {
        const repo = grant(estate, "sops/secrets/own", {
            users: ["bob"],
            machines: ["web01"],
            groups: ["web"],
        })
        expect(links(repo, "sops/secrets/own")).toEqual({
            users: ["alice", "bob"],
            machines: ["web01"],
            groups: ["web"],
        })
        expect(grant(repo, "sops/secrets/own", { users: ["alice"] })).toBe(repo)
    })
    test("twenty thousand secrets are made and granted in the time of a few", () => {
        const paths = Array.from({ length: 20_000 }, (_, index) => `sops/secrets/s${index}`)
        const wanted = new Map(paths.map((path) => [path, { users: ["bob"] }]))
        const begin = cpuTime()
        const repo = grantEach(addSecrets(estate, paths), wanted)
        expect(cpuTime() - begin).toBeLessThan(2000)
        expect(links(repo, "sops/secrets/s19999")).toEqual({ users: ["bob"], machines: [], groups: [] })
        expect(repo.secrets.size).toBe(estate.secrets.size + paths.length)
        expect(grantEach(repo, wanted)).toBe(repo)
    })
    test("a revocation takes one link; another way in stays", () => {
        const repo = grant(estate, "sops/secrets/shared", { users: ["bob"] })
        const after = revoke(repo, "sops/secrets/shared", "user", "bob")
        expect(recipientsOf(after, after.secrets.get("sops/secrets/shared") ?? to({}))).toContain("age1bob")
    })
    test("a revocation leaves all other secrets as they are", () => {
        const repo = grant(estate, "sops/secrets/shared", { users: ["bob"] })
        const after = revoke(repo, "sops/secrets/shared", "user", "bob")
        expect([...after.secrets.keys()]).toEqual([...repo.secrets.keys()])
        expect(after.secrets.get("sops/secrets/own")).toBe(repo.secrets.get("sops/secrets/own"))
    })
    test("a new secret has no readers, a moved one keeps them, a removed one is gone", () => {
        expect(links(addSecret(estate, "sops/secrets/new"), "sops/secrets/new")).toEqual({
            users: [],
            machines: [],
            groups: [],
        })
        const moved = moveSecret(estate, "sops/secrets/own", "sops/secrets/mine")
        expect(moved.secrets.get("sops/secrets/mine")).toBe(estate.secrets.get("sops/secrets/own"))
        expect(moved.secrets.has("sops/secrets/own")).toBe(false)
        expect(removeSecret(estate, "sops/secrets/own").secrets.size).toBe(3)
    })
    test("a path is called by its name, a var by its path", () => {
        expect(secretName(secretPath("wifi"))).toBe("wifi")
        expect(secretName("vars/shared/ca/key")).toBe("vars/shared/ca/key")
    })
})

describe("refuses", () => {
    const cases: Record<string, [() => Repo, string, RegExp]> = {
        "a user who exists": [
            () => addReader(estate, "user", "bob", age("x")),
            "exists",
            /"bob" exists already/u,
        ],
        "keys of nobody": [
            () => addKeys(estate, "user", "nobody", age("x")),
            "not-found",
            /user "nobody" does not exist/u,
        ],
        "to take the last key": [
            () => removeKeys(estate, "machine", "web01", age("web01")),
            "refused",
            /no key would remain/u,
        ],
        "to remove nobody": [() => removeReader(estate, "machine", "web03"), "not-found", /machine "web03"/u],
        "a member who does not exist": [
            () => addToGroup(estate, "web", "user", "carol"),
            "not-found",
            /user "carol"/u,
        ],
        "a group that does not exist": [
            () => removeFromGroup(estate, "none", "user", "bob"),
            "not-found",
            /group "none"/u,
        ],
        "to remove who is not in the group": [
            () => removeFromGroup(estate, "web", "user", "bob"),
            "not-found",
            /not in group "web"/u,
        ],
        "a secret that does not exist": [
            () => grant(estate, "sops/secrets/x", {}),
            "not-found",
            /secret "x"/u,
        ],
        "a grant to nobody": [
            () => grant(estate, "sops/secrets/own", { users: ["carol"] }),
            "not-found",
            /user "carol"/u,
        ],
        "a grant to a group without members": [
            () => grant(estate, "sops/secrets/own", { groups: ["x"] }),
            "not-found",
            /group "x"/u,
        ],
        "to take a link that is not there": [
            () => revoke(estate, "sops/secrets/shared", "user", "bob"),
            "not-found",
            /has no link/u,
        ],
        "a name that is taken": [
            () => moveSecret(estate, "sops/secrets/own", "sops/secrets/tls"),
            "exists",
            /"tls" exists already/u,
        ],
        "to move nothing": [
            () => moveSecret(estate, "sops/secrets/x", "sops/secrets/y"),
            "not-found",
            /secret "x"/u,
        ],
        "to remove nothing": [() => removeSecret(estate, "sops/secrets/x"), "not-found", /secret "x"/u],
    }
    for (const [what, [edit, code, message]] of Object.entries(cases)) {
        test(what, () => {
            expect(edit).toThrow(Refusal)
            expect(edit).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
        })
    }
    test("and says which names there are, or what was probably meant", () => {
        expect(() => removeReader(estate, "user", "bbo")).toThrow(
            expect.objectContaining({ hint: `did you mean "bob"?` }),
        )
        expect(() => removeReader(estate, "user", "zacharias")).toThrow(
            expect.objectContaining({ hint: "there is alice, bob" }),
        )
    })
})

describe("another name", () => {
    test("keys, members and links go with it", () => {
        const repo = renameMember(estate, "user", "bob", "robert")
        expect(repo.users.get("robert")).toBe(estate.users.get("bob"))
        expect(repo.users.has("bob")).toBe(false)
        for (const path of estate.secrets.keys())
            expect(recipientsOf(repo, repo.secrets.get(path) ?? to({}))).toEqual(
                recipientsOf(estate, estate.secrets.get(path) ?? to({})),
            )
    })
    test("a group too", () => {
        const [group = ""] = estate.groups.keys()
        const repo = renameMember(estate, "group", group, "renamed")
        expect(repo.groups.get("renamed")).toBe(estate.groups.get(group))
        for (const path of estate.secrets.keys()) expect(links(repo, path)?.groups).not.toContain(group)
    })
    test("there and back again is the same", () => {
        const there = renameMember(estate, "user", "alice", "zoe")
        const back = renameMember(there, "user", "zoe", "alice")
        for (const path of estate.secrets.keys())
            expect(new Set(links(back, path)?.users)).toEqual(new Set(links(estate, path)?.users))
    })
    test("a name that is taken, or that nobody has, is refused", () => {
        expect(() => renameMember(estate, "user", "bob", "alice")).toThrow(Refusal)
        expect(() => renameMember(estate, "machine", "nobody", "web09")).toThrow(Refusal)
    })
})
