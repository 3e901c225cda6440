// `key update` under a `.sops.yaml`: files become what their rules say, and then the real sops finds nothing to do.

import { existsSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { alice, bob, committed, configuration, file, found, git } from "./ruled-tree.ts"
import { openedBy, read, run, sealed, sops, tree, web } from "./ruled-tree.ts"

const yaml =
    "# who uses it: web\ndb:\n    password: CANARY\n    port: 5432 # the default\nlist:\n    - CANARY 1\n    - true\n"
const files: Readonly<Record<string, string>> = {
    "secrets/web.yaml": yaml,
    "secrets/b.json": '{"a":"CANARY","b":{"c":1.5}}',
    "secrets/c.env": "# note\nA=CANARY\n",
    "secrets/d.ini": "[a]\nb = CANARY\n",
    "secrets/key.pem": "CANARY\n",
}

/** The lines of a file that hold its values, without its metadata. */
function values(path: string): string[] {
    return read(path)
        .split("\n")
        .filter((line) => line.includes("ENC[") && !line.includes("mac"))
}

test("wraps in who only gains, when somebody accepts it, and keeps every value", async () => {
    file(".sops.yaml", configuration({ "secrets/": ["alice"] }))
    for (const [path, text] of Object.entries(files)) sealed(path, text)
    committed()
    file(".sops.yaml", configuration({ "secrets/": ["alice", "bob"] }))
    const before = new Map(Object.keys(files).map((path) => [path, values(path)]))

    const refused = await run("key", "update", "--yes")
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("user bob would gain") })
    expect(refused.err).toContain("--accept user:bob")
    expect((await run("key", "update", "--dry-run")).out).toContain("re-encrypt secrets/web.yaml")
    expect(git("status", "--short")).toBe(" M .sops.yaml\n")

    expect(await run("key", "update", "--accept", "user:bob")).toMatchObject({ code: 0 })
    for (const [path, text] of Object.entries(files)) {
        expect(openedBy(bob.secret, path)).toBe(openedBy(alice.secret, path))
        expect(openedBy(bob.secret, path)).toContain("CANARY")
        expect(values(path), text).toEqual(before.get(path))
        expect(openedBy(web.secret, path)).toBeUndefined()
        expect(sops("updatekeys", "-y", path)).toMatchObject({
            status: 0,
            stderr: expect.stringContaining("already up to date"),
        })
    }
    // The rules that it was brought to belong to it.
    expect(git("show", "--name-only", "--format=%B")).toBe(
        `secrets: update with new keys\n\nuser bob can now read ${Object.keys(files).toSorted().join(", ")}\n\n\n` +
            `.sops.yaml\n${Object.keys(files).toSorted().join("\n")}\n`,
    )
    expect(existsSync(join(tree, "sops"))).toBe(false)
    expect(await found()).toMatchObject({ code: 0 })
    expect((await run("key", "update")).err).toContain("nothing to do")
})

test("gives a new data key to a file that somebody loses, and notes which values are to be changed", async () => {
    file(".sops.yaml", configuration({ "secrets/": ["alice", "bob", "host_web"] }))
    for (const [path, text] of Object.entries(files)) sealed(path, text)
    committed()
    const plain = new Map(Object.keys(files).map((path) => [path, openedBy(alice.secret, path)]))
    file(".sops.yaml", configuration({ "secrets/": ["alice", "host_web"] }))
    const first = await run("key", "update", "secrets/web.yaml")
    expect(first).toMatchObject({
        code: 1,
        err: expect.stringMatching(/user bob would lose .*secrets\/web\.yaml .*; not committed/u),
    })
    expect(await run("key", "update", "secrets/web.yaml", "--accept", "user:bob")).toMatchObject({ code: 0 })
    expect(openedBy(bob.secret, "secrets/b.json")).toBeDefined()
    expect(await run("key", "update", "--accept", "all")).toMatchObject({ code: 0 })
    for (const path of Object.keys(files)) {
        expect(openedBy(bob.secret, path)).toBeUndefined()
        for (const { secret } of [alice, web]) expect(openedBy(secret, path)).toBe(plain.get(path))
        expect(sops("updatekeys", "-y", path).stderr).toContain("already up to date")
    }
    expect(read("secrets/web.yaml")).toMatch(/^#ENC\[.*\ndb:\n {4}password: ENC\[/u)
    const ledger = JSON.parse(read(".sops.debt.json"))
    expect(Object.keys(ledger)).toEqual(Object.keys(files).toSorted())
    expect(ledger["secrets/web.yaml"]).toMatchObject([
        { lost: "user:bob", recipients: [bob.recipient], values: { "db/password": expect.any(String) } },
    ])
    expect(Object.keys(ledger["secrets/web.yaml"][0].values)).toEqual([
        "db/password",
        "db/port",
        "list/0",
        "list/1",
    ])
})

test("settles a debt value by value, also when sops itself has set it", async () => {
    file(".sops.yaml", configuration({ "secrets/": ["alice", "bob"] }))
    sealed("secrets/web.yaml", yaml)
    sealed("secrets/key.pem", "CANARY\n")
    committed()
    file(".sops.yaml", configuration({ "secrets/": ["alice"] }))
    expect(await run("key", "update", "--accept", "user:bob")).toMatchObject({ code: 0 })
    const owed = async (): Promise<string[]> => {
        const { debts }: { debts: { secret: string; key?: string; lost: string }[] } = JSON.parse(
            (await run("debt", "--json")).out,
        )
        return debts.map(({ secret, key, lost }) => `${secret} ${key ?? "-"} ${lost}`)
    }
    const all = [
        "secrets/key.pem - user:bob",
        "secrets/web.yaml db/password user:bob",
        "secrets/web.yaml db/port user:bob",
        "secrets/web.yaml list/0 user:bob",
        "secrets/web.yaml list/1 user:bob",
    ]
    expect(await owed()).toEqual(all)
    expect((await run("debt")).out).toContain('secrets/web.yaml db/password: user "bob" could read it')
    expect(sops("rotate", "-i", "secrets/web.yaml")).toMatchObject({ status: 0 })
    expect(await owed()).toEqual(all)
    expect(sops("set", "secrets/web.yaml", '["db"]["password"]', '"CANARY 3"')).toMatchObject({ status: 0 })
    expect(await owed()).toEqual(all.filter((each) => !each.includes("password")))
})

test("leaves out what sops alone can write, and says so once", async () => {
    file(".sops.yaml", configuration({ "secrets/": ["alice"] }))
    sealed("secrets/a.yaml")
    sealed("secrets/b.yaml")
    const groups = [alice, bob].map(({ recipient }) => `      - age:\n          - ${recipient}\n`).join("")
    file(".sops.yaml", `creation_rules:\n  - path_regex: shared/\n    key_groups:\n${groups}`)
    sealed("shared/c.yaml")
    sealed("shared/d.yaml")
    committed()
    const before = read("shared/c.yaml")
    const rule = `creation_rules:\n  - path_regex: shared/\n    age: ${alice.recipient}\n  - path_regex: secrets/\n    age: ${alice.recipient},${bob.recipient}\n`
    file(".sops.yaml", rule)
    const { code, err } = await run("key", "update", "--accept", "all")
    expect({ code, err }).toMatchObject({ code: 0 })
    expect(err.match(/several key groups.*/gu)).toEqual([
        "several key groups, which sops updatekeys changes: shared/c.yaml, shared/d.yaml",
    ])
    expect(read("shared/c.yaml")).toBe(before)
    expect(openedBy(bob.secret, "secrets/b.yaml")).toBe("a: CANARY\n")
})
