import { expect, test } from "vitest"
import { readersOf } from "../../agent/repo/access.ts"
import { ruledRepo } from "../../agent/repo/ruled.ts"

const key = (recipient: string, name?: string, within: string[] = []) => ({ recipient, name, within })

test("people and machines are told apart by what they are called and where they stand", () => {
    const keys = [
        key("age1a", "alice", ["users"]),
        key("age1b", "web", ["hosts"]),
        key("age1c", "server_db"),
        key("age1d", "bob_gpg"),
        key("pgp:ABCD", "carol"),
        key("age1e", "mail"),
        key("age1f", "unknown"),
    ]
    const { holders } = ruledRepo(keys, new Map(), ["hosts/mail/default.nix", "README.md"])
    expect([...holders.values()]).toEqual([
        { kind: "user", name: "alice", guessed: true },
        { kind: "machine", name: "web", guessed: true },
        { kind: "machine", name: "server_db", guessed: true },
        { kind: "user", name: "bob_gpg", guessed: true },
        { kind: "user", name: "carol", guessed: true },
        { kind: "machine", name: "mail", guessed: true },
        { kind: "user", name: "unknown", guessed: false },
    ])
})

test("a file can be read by the holders of its recipients, also by those whom nobody names", () => {
    const stranger = "age1qqqqqqqqqqqqqqqqqqqq"
    const files = new Map([["secrets/a.yaml", ["age1a", stranger, "kms:arn"]]])
    const { repo } = ruledRepo([key("age1a", "alice")], files, [])
    const grants = repo.secrets.get("secrets/a.yaml")
    expect(grants && readersOf(repo, grants).map(({ name }) => name)).toEqual(["age1qqqqqqqq", "alice"])
})

test("keys with one name are told apart: a rule that names one of them does not name the other", () => {
    const [one, other] = ["age1qqqqqqqqqqqqone", "age1qqqqqqqqqqqqother"]
    const keys = [
        key("age1a", "alice"),
        key("pgp:AB", "alice"),
        key("age1b", "age1qqqqqqqq"),
        key(one),
        key(other),
    ]
    const { repo } = ruledRepo(keys, new Map([["x", ["age1a", one]]]), [])
    expect([...repo.users.keys()]).toEqual(["alice-age1a", "alice-AB", "age1qqqqqqqq-age1b", one, other])
    expect(repo.secrets.get("x")?.users).toEqual(new Set(["alice-age1a", one]))
    // Somebody may have called a key what another is called in the end.
    const hostile = [
        key("age1c", "x-age1a"),
        key("age1d", "x-age1a-age1d"),
        key("age1a", "x"),
        key("age1b", "x"),
    ]
    const { holders } = ruledRepo(hostile, new Map(), [])
    expect(new Set([...holders.values()].map(({ name }) => name)).size).toBe(4)
})

test("keys between the commas of one text are one reader, as long as no file is for one of them alone", () => {
    const keys = [
        { ...key("age1a", "alice"), place: 7 },
        { ...key("age1b", "alice"), place: 7 },
    ]
    const names = (files: Record<string, string[]>): string[] => [
        ...ruledRepo(keys, new Map(Object.entries(files)), []).repo.users.keys(),
    ]
    expect(names({ x: ["age1b", "age1a"], y: [] })).toEqual(["alice"])
    expect(names({ x: ["age1b", "age1a"], y: ["age1a"] })).toEqual(["alice-age1a", "alice-age1b"])
})

test("what keys stand below is a group to look at, and gives access to nothing", () => {
    const files = new Map([["a", ["age1a"]]])
    const { repo } = ruledRepo([key("age1a", "alice", ["users"]), key("age1b", "bob", ["users"])], files, [])
    expect(repo.groups.get("users")?.users).toEqual(new Set(["alice", "bob"]))
    expect(repo.secrets.get("a")?.groups).toEqual(new Set())
})
