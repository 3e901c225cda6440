import { describe, expect, test } from "vitest"
import {
    addReader,
    addSecret,
    addToGroup,
    grant,
    moveSecret,
    removeFromGroup,
    removeReader,
    removeSecret,
} from "../../agent/repo/edits.ts"
import { linkChanges, linkTarget } from "../../agent/repo/links.ts"
import type { Dangling } from "../../agent/repo/links.ts"
import { emptyRepo } from "../../agent/repo/repo.ts"
import { age, estate } from "./estate.ts"

for (const [path, target] of [
    ["sops/groups/g/users/a", "../../../users/a"],
    ["sops/secrets/s/users/a", "../../../users/a"],
    ["vars/shared/g/f/users/a", "../../../../../sops/users/a"],
    ["vars/per-machine/m/g/f/users/a", "../../../../../../sops/users/a"],
    ["vars/per-export/k/g/f/users/a", "../../../../../../sops/users/a"],
] as const) {
    test(`a link at ${path} leads up as clan's does`, () =>
        expect(linkTarget(path, "user", "a")).toBe(target))
}

describe("the steps from one state to the other", () => {
    test("none for the same state", () => expect(linkChanges(estate, { repo: estate }, [])).toEqual([]))
    test("a key file for a new user, as clan writes it", () => {
        expect(
            linkChanges(emptyRepo, { repo: addReader(emptyRepo, "user", "alice", age("b", "a")) }, []),
        ).toEqual([
            {
                kind: "text",
                path: "sops/users/alice/key.json",
                text: '[\n  {\n    "publickey": "age1a",\n    "type": "age"\n  },\n  {\n    "publickey": "age1b",\n    "type": "age"\n  }\n]',
            },
        ])
    })
    test("a user who goes: the folder, and every link", () => {
        expect(linkChanges(estate, { repo: removeReader(estate, "user", "bob") }, [])).toEqual([
            { kind: "drop", path: "sops/users/bob" },
            { kind: "unlink", path: "sops/groups/admins/users/bob" },
            { kind: "unlink", path: "vars/shared/ca/key/users/bob" },
        ])
    })
    test("the last member of a group: the group's links too", () => {
        expect(linkChanges(estate, { repo: removeFromGroup(estate, "web", "machine", "web01") }, [])).toEqual(
            [
                { kind: "unlink", path: "sops/groups/web/machines/web01" },
                { kind: "unlink", path: "sops/secrets/tls/groups/web" },
            ],
        )
    })
    test("grants and members", () => {
        const repo = addToGroup(
            grant(estate, "vars/shared/ca/key", { groups: ["web"] }),
            "web",
            "user",
            "bob",
        )
        expect(linkChanges(estate, { repo }, [])).toEqual([
            { kind: "link", path: "sops/groups/web/users/bob", target: "../../../users/bob" },
            { kind: "link", path: "vars/shared/ca/key/groups/web", target: "../../../../../sops/groups/web" },
        ])
    })
    test("a secret that moves, goes, or comes", () => {
        const [mine, own] = ["sops/secrets/mine", "sops/secrets/own"]
        const moved = { repo: moveSecret(estate, own, mine), moved: new Map([[mine, own]]) }
        expect(linkChanges(estate, moved, [])).toEqual([{ kind: "move", path: mine, from: own }])
        expect(linkChanges(estate, { repo: removeSecret(estate, own) }, [])).toEqual([
            { kind: "drop", path: own },
        ])
        const fresh = grant(addSecret(estate, mine), mine, { users: ["bob"] })
        expect(linkChanges(estate, { repo: fresh }, [])).toEqual([
            { kind: "link", path: "sops/secrets/mine/users/bob", target: "../../../users/bob" },
        ])
    })
})

describe("a name that begins to exist", () => {
    const dangling: readonly Dangling[] = [
        { path: "sops/groups/web/machines/new", kind: "machine", name: "new" },
        { path: "sops/secrets/own/machines/new", kind: "machine", name: "new" },
        { path: "sops/secrets/own/machines/other", kind: "machine", name: "other" },
    ]
    const repo = addReader(estate, "machine", "new", age("new"))
    test("inherits no link that another program left behind", () => {
        expect(linkChanges(estate, { repo }, dangling).slice(1)).toEqual([
            { kind: "unlink", path: "sops/groups/web/machines/new" },
            { kind: "unlink", path: "sops/secrets/own/machines/new" },
        ])
    })
    test("but gets those that the same change makes", () => {
        const granted = grant(repo, "sops/secrets/own", { machines: ["new"] })
        expect(linkChanges(estate, { repo: granted }, dangling).slice(1)).toEqual([
            { kind: "unlink", path: "sops/groups/web/machines/new" },
            { kind: "link", path: "sops/secrets/own/machines/new", target: "../../../machines/new" },
        ])
    })
})
