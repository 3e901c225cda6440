import { describe, expect, test } from "vitest"
import type { Grants, Repo } from "../../agent/repo/repo.ts"
import { type Evidence, type SecretFile, verify } from "../../agent/repo/verify.ts"

const none: ReadonlySet<string> = new Set()
const of = (grants: Partial<Grants>): Grants => ({ users: none, machines: none, groups: none, ...grants })
const age = (publickey: string) => [{ publickey, type: "age" as const }]
const sealed = (...recipients: string[]) => ({
    kind: "sealed" as const,
    recipients,
    flaws: [],
    iv: undefined,
})
const goodFile = sealed("age1web01", "age1alice")

const repo: Repo = {
    users: new Map([
        ["alice", age("age1alice")],
        ["bob", [{ publickey: "ssh-ed25519 AAAA bob@laptop", type: "age" }]],
    ]),
    machines: new Map([["web01", age("age1web01")]]),
    groups: new Map([["admins", { users: new Set(["alice", "bob"]), machines: none }]]),
    secrets: new Map([
        ["sops/secrets/wifi", of({ users: new Set(["alice"]), machines: new Set(["web01"]) })],
        ["vars/shared/ca/key", of({ groups: new Set(["admins"]) })],
    ]),
}
const good: Evidence = {
    repo,
    strays: [],
    files: new Map([
        ["sops/secrets/wifi", sealed("age1web01", "age1alice")],
        ["vars/shared/ca/key", sealed("age1alice", "ssh-ed25519 AAAA")],
    ]),
    badKey: () => undefined,
}

test("a good repository has no problems, whatever the order of recipients and the comment of an SSH key", () => {
    expect(verify(good)).toEqual([])
})

test("a binding to the place where a file lies says nothing new, however Unicode writes it", () => {
    const files = new Map(good.files).set("sops/secrets/wifi", {
        ...goodFile,
        claim: { place: "sops/secrets/wifi", kind: "bound" },
    })
    expect(verify({ ...good, files })).toEqual([])
})

/** The good repository with one file replaced. */
const withFile = (path: string, file: SecretFile): Evidence => ({
    ...good,
    files: new Map([...good.files, [path, file]]),
})
const withRepo = (change: Partial<Repo>): Evidence => ({ ...good, repo: { ...repo, ...change } })

describe("finds", () => {
    const cases: Record<string, [Evidence, string, string, RegExp]> = {
        "a recipient that a link asks for and the file lacks": [
            withFile("sops/secrets/wifi", sealed("age1alice")),
            "missing-recipient",
            "sops/secrets/wifi",
            /not encrypted for machine "web01" \(age1web01\)/u,
        ],
        "a recipient of the file that no link asks for, and whose it is": [
            withFile("sops/secrets/wifi", sealed("age1web01", "age1alice", "ssh-ed25519 AAAA")),
            "extra-recipient",
            "sops/secrets/wifi",
            /encrypted for ssh-ed25519 AAAA \(user "bob"\)/u,
        ],
        "a binding to another place": [
            withFile("sops/secrets/wifi", {
                ...goodFile,
                claim: { place: "sops/secrets/vpn", kind: "bound" },
            }),
            "binding-disagrees",
            "sops/secrets/wifi",
            /says that it was sealed for sops\/secrets\/vpn/u,
        ],
        "a binding of other readers": [
            withFile("sops/secrets/wifi", {
                ...goodFile,
                claim: { place: "sops/secrets/wifi", kind: "readers" },
            }),
            "binding-disagrees",
            "sops/secrets/wifi",
            /has other readers than those that it says/u,
        ],
        "a binding that makes no sense": [
            withFile("sops/secrets/wifi", { ...goodFile, claim: { place: "", kind: "malformed" } }),
            "binding-disagrees",
            "sops/secrets/wifi",
            /makes no sense/u,
        ],
        "a recipient that is nobody's": [
            withFile("sops/secrets/wifi", sealed("age1web01", "age1alice", "age1stranger")),
            "extra-recipient",
            "sops/secrets/wifi",
            /nobody in this repository/u,
        ],
        "links without a file": [
            withFile("sops/secrets/wifi", { kind: "missing" }),
            "no-file",
            "sops/secrets/wifi",
            /no file named secret/u,
        ],
        "a file that is no SOPS document": [
            withFile("sops/secrets/wifi", { kind: "unreadable", problem: "sops metadata not found" }),
            "unreadable",
            "sops/secrets/wifi",
            /metadata not found/u,
        ],
        "a key that cannot be a recipient": [
            { ...good, badKey: (key) => (key === "age1web01" ? "wrong checksum" : undefined) },
            "bad-key",
            "sops/machines/web01/key.json",
            /wrong checksum/u,
        ],
        "a PGP key that is no fingerprint": [
            withRepo({ users: new Map([...repo.users, ["carol", [{ publickey: "ABCDEF", type: "pgp" }]]]) }),
            "bad-key",
            "sops/users/carol/key.json",
            /fingerprint/u,
        ],
        "a user without a key": [
            withRepo({ users: new Map([...repo.users, ["carol", []]]) }),
            "no-keys",
            "sops/users/carol/key.json",
            /holds no key/u,
        ],
        "names that differ only in case": [
            withRepo({ machines: new Map([...repo.machines, ["WEB01", age("age1other")]]) }),
            "name-clash",
            "sops/machines/WEB01",
            /differs from sops\/machines\/web01 only in case/u,
        ],
        "what is no entry at all": [
            { ...good, strays: [{ path: "sops/secrets/wifi/machines/web02", problem: "leads nowhere" }] },
            "stray",
            "sops/secrets/wifi/machines/web02",
            /leads nowhere/u,
        ],
    }
    for (const [name, [evidence, code, path, message]] of Object.entries(cases)) {
        test(name, () => {
            expect(verify(evidence)).toEqual([
                expect.objectContaining({ code, path, message: expect.stringMatching(message) }),
            ])
        })
    }

    test("a secret that only machines can read", () => {
        const secrets = new Map(repo.secrets).set("sops/secrets/wifi", of({ machines: new Set(["web01"]) }))
        const evidence = { ...withFile("sops/secrets/wifi", sealed("age1web01")), repo: { ...repo, secrets } }
        expect(verify(evidence).map(({ code }) => code)).toEqual(["no-user"])
    })
})

test("names that are one to a file system that knows Unicode", () => {
    const vars = (name: string): [string, Grants] => [
        `vars/shared/${name}/key`,
        of({ groups: new Set(["admins"]) }),
    ]
    const clash = (one: string, two: string) => {
        const secrets = new Map([vars(one), vars(two)])
        return verify(withRepo({ secrets })).filter(({ code }) => code === "name-clash")
    }
    expect(clash("caf\u00e9", "cafe\u0301")).toHaveLength(1)
    expect(clash("\ufb01le", "file")[0]?.message).toMatch(/only in how Unicode writes it/u)
    expect(clash("\u212b", "\u00e5")).toHaveLength(1)
    expect(clash("file", "FILE")[0]?.message).toMatch(/only in case/u)
    expect(clash("file", "files")).toEqual([])
})
