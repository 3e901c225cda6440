import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { loadWorktree, mustBeReadable } from "../../../agent/admin/repository/worktree.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-worktree-"))
afterAll(() => rmSync(root, { recursive: true }))

/** A tree: a string is a file, a list a link. */
function tree(files: Record<string, string | readonly [target: string]>): string {
    const flake = mkdtempSync(join(root, "flake-"))
    for (const [path, content] of Object.entries(files)) {
        mkdirSync(join(flake, dirname(path)), { recursive: true })
        if (typeof content === "string") writeFileSync(join(flake, path), content)
        else symlinkSync(content[0], join(flake, path))
    }
    return flake
}

const key = (name: string): string => `[{"publickey":"age1${name}","type":"age"}]`
const good = {
    "sops/users/alice/key.json": key("alice"),
    "sops/machines/my_machine/key.json": `{"publickey":"age1m","type":"AGE"}`,
    "sops/groups/admins/users/alice": ["../../../users/alice"],
    "sops/secrets/wifi/secret": "{}",
    "sops/secrets/wifi/users/alice": ["../../../users/alice"],
    "sops/secrets/wifi/machines/my_machine": ["../../../machines/my_machine"],
    "sops/secrets/wifi/groups/admins": ["../../../groups/admins"],
    "vars/per-machine/my_machine/users/password/secret": "{}",
    "vars/per-machine/my_machine/users/password/users/alice": ["../../../../../../sops/users/alice"],
    "vars/per-export/e/g/f/secret": "{}",
    "vars/shared/ca/cert/value": "public",
    "vars/shared/ca/.validation-hash": "x",
} as const

test("reads what clan writes: both forms of key.json, groups, secrets and vars", () => {
    const { repo, strays, sealed, dangling, unreadable } = loadWorktree(tree(good))
    expect(repo.users.get("alice")).toEqual([{ publickey: "age1alice", type: "age" }])
    expect(repo.machines.get("my_machine")).toEqual([{ publickey: "age1m", type: "age" }])
    expect([...(repo.groups.get("admins")?.users ?? [])]).toEqual(["alice"])
    expect([...repo.secrets.keys()].toSorted()).toEqual([
        "sops/secrets/wifi",
        "vars/per-export/e/g/f",
        "vars/per-machine/my_machine/users/password",
    ])
    expect(repo.secrets.get("sops/secrets/wifi")).toEqual({
        users: new Set(["alice"]),
        machines: new Set(["my_machine"]),
        groups: new Set(["admins"]),
    })
    expect([...(repo.secrets.get("vars/per-machine/my_machine/users/password")?.users ?? [])]).toEqual([
        "alice",
    ])
    expect(sealed.size).toBe(3)
    expect({ strays, dangling, unreadable }).toEqual({ strays: [], dangling: [], unreadable: [] })
})

test("no folder is an empty repository", () => {
    const { repo } = loadWorktree(tree({}))
    expect(repo.users.size + repo.machines.size + repo.groups.size + repo.secrets.size).toBe(0)
})

describe("tells of what is no part of the layout, and follows nothing", () => {
    const cases: Record<string, [Record<string, string | readonly [string]>, string, RegExp]> = {
        "a link to nobody": [
            { "sops/secrets/wifi/users/bob": ["../../../users/bob"] },
            "sops/secrets/wifi/users/bob",
            /does not exist/u,
        ],
        "a link to another name": [
            { "sops/secrets/wifi/users/bob": ["../../../users/alice"] },
            "sops/secrets/wifi/users/bob",
            /leads to/u,
        ],
        "a link to another kind": [
            { "sops/secrets/wifi/users/my_machine": ["../../../machines/my_machine"] },
            "sops/secrets/wifi/users/my_machine",
            /leads to/u,
        ],
        "a link out of the repository": [
            { "sops/secrets/wifi/users/x": ["../../../../../../../etc"] },
            "sops/secrets/wifi/users/x",
            /outside|leads to/u,
        ],
        "an absolute link": [
            { "sops/groups/admins/users/x": ["/etc"] },
            "sops/groups/admins/users/x",
            /leads to a place outside/u,
        ],
        "a file in the place of a link": [
            { "sops/secrets/wifi/users/x": "x" },
            "sops/secrets/wifi/users/x",
            /is not a link/u,
        ],
        "a folder in the place of a link": [
            { "sops/secrets/wifi/users/x/y": "x" },
            "sops/secrets/wifi/users/x",
            /is not a link/u,
        ],
        "a file in the place of a folder of links": [
            { "sops/secrets/vpn/users": "x" },
            "sops/secrets/vpn/users",
            /not a folder/u,
        ],
        "a link in the place of a secret's file": [
            { "sops/secrets/vpn/secret": ["/etc/passwd"] },
            "sops/secrets/vpn/secret",
            /is not a regular file/u,
        ],
        "a link in the place of a secret": [
            { "sops/secrets/vpn": ["/etc"] },
            "sops/secrets/vpn",
            /is a link/u,
        ],
        "a name that is none": [
            { "sops/secrets/bad name/secret": "{}" },
            "sops/secrets/bad name",
            /is not the name/u,
        ],
        "a link in the place of a user": [{ "sops/users/root": ["/root"] }, "sops/users/root", /is a link/u],
    }
    for (const [what, [files, path, problem]] of Object.entries(cases)) {
        test(what, () => {
            const found = loadWorktree(tree({ ...good, ...files }))
            expect(found.strays).toEqual([{ path, problem: expect.stringMatching(problem) }])
            expect(found.repo).toEqual(loadWorktree(tree(good)).repo)
            if (found.unlinked.length === 0) expect(() => mustBeReadable(found)).not.toThrow()
            else expect(() => mustBeReadable(found)).toThrow(`${path}: a link belongs there`)
            expect(found.unlinked.length === 1).toBe(/ of (a link|a folder of links)$/u.test(what))
        })
    }
    test("links to nobody can be removed by name", () => {
        const { dangling } = loadWorktree(
            tree({ ...good, "sops/groups/admins/machines/m": ["../../../machines/m"] }),
        )
        expect(dangling).toEqual([{ path: "sops/groups/admins/machines/m", kind: "machine", name: "m" }])
    })
    test("control characters in a name do not reach a terminal", () => {
        const { strays } = loadWorktree(tree({ "sops/secrets/\u001b[2J/secret": "{}" }))
        expect(strays[0]?.path).toBe(String.raw`sops/secrets/\x1b[2J`)
    })
})

describe("nothing can be changed while it is unknown who reads what", () => {
    for (const [what, content] of [
        ["text that is not JSON", "{"],
        ["another type of key", `[{"publickey":"x","type":"x"}]`],
        ["a link", ["/etc/passwd"]],
    ] as const) {
        test(what, () => {
            const found = loadWorktree(tree({ ...good, "sops/users/bob/key.json": content }))
            expect(found.repo.users.has("bob")).toBe(false)
            expect(() => mustBeReadable(found)).toThrow("sops/users/bob/key.json")
        })
    }
    test("a FIFO, which is not waited for", () => {
        const flake = tree(good)
        execFileSync("mkdir", [join(flake, "sops/users/bob")])
        execFileSync("mkfifo", [join(flake, "sops/users/bob/key.json")])
        expect(() => mustBeReadable(loadWorktree(flake))).toThrow("is not a regular file")
    })
    test("sops itself is a link", () => {
        const flake = tree({ sops: ["/etc"] })
        expect(() => loadWorktree(flake)).toThrow("sops is a link")
    })
})
