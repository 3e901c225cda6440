import { expect, test } from "vitest"
import { ownersOf, recipientOf, recipientsOf } from "../../agent/repo/recipients.ts"
import { emptyRepo, type Repo } from "../../agent/repo/repo.ts"

test("a key is named without its comment, a fingerprint in capitals without spaces", () => {
    expect(recipientOf({ publickey: " age1x \n", type: "age" })).toBe("age1x")
    expect(recipientOf({ publickey: "ssh-ed25519 AAAA me@home", type: "age" })).toBe("ssh-ed25519 AAAA")
    expect(recipientOf({ publickey: "9a9b 2741", type: "pgp" })).toBe("pgp:9A9B2741")
})

test("recipients: all keys of all readers, each once, in a fixed order", () => {
    const repo: Repo = {
        ...emptyRepo,
        users: new Map([
            ["bob", [{ publickey: "age1b", type: "age" }]],
            [
                "alice",
                [
                    { publickey: "age1c", type: "age" },
                    { publickey: "age1a", type: "age" },
                ],
            ],
        ]),
        machines: new Map([["web01", [{ publickey: "age1b", type: "age" }]]]),
        groups: new Map([["admins", { users: new Set(["bob", "alice"]), machines: new Set(["gone"]) }]]),
    }
    const grants = { users: new Set(["alice"]), machines: new Set(["web01"]), groups: new Set(["admins"]) }
    expect(recipientsOf(repo, grants)).toEqual(["age1a", "age1b", "age1c"])
    expect(ownersOf(repo).get("age1b")).toEqual([`user "bob"`, `machine "web01"`])
})
