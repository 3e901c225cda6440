// verify, audit and debt as whole command lines on a repository of real files, in real git.

import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { printDebts } from "../../agent/repo/debt.ts"
import { alice, bob, commit, folder, git, link, put, run, seal, web } from "./history-scene.ts"

test("verify: a good repository, without any key", () => {
    expect(run("verify")).toEqual({ status: 0, stdout: "", stderr: "2 secrets: everything agrees\n" })
    expect(JSON.parse(run("verify", "--json").stdout)).toEqual({
        version: 1,
        ok: true,
        secrets: 2,
        opened: null,
        problems: [],
    })
})

test("verify --decrypt opens what is mine and counts what is not", () => {
    put("key.txt", `${bob.secret}\n`)
    expect(run("verify", "--decrypt", "-i", "key.txt").stderr).toBe(
        "2 secrets, 1 opened, 1 not encrypted for you: everything agrees\n",
    )
})

test("verify: drift of a file and a link is named with the person, exit code 5 (docs/clan-contract.md#defects, D4)", async () => {
    await seal("sops/secrets/wifi", alice, bob)
    link("sops/secrets/wifi/users/carol", "../../../users/carol")
    const { status, stdout } = run("verify")
    expect(status).toBe(5)
    expect(stdout).toContain(`sops/secrets/wifi: is not encrypted for machine "web01"`)
    expect(stdout).toContain("sops/secrets/wifi/users/carol: leads to sops/users/carol, which does not exist")
})

test("verify: one cause in a thousand places is told three times and counted, and --json has all", () => {
    for (let index = 0; index < 1000; index++)
        link(`sops/secrets/wifi/users/x${index}`, `../../../users/x${index}`)
    const { status, stdout, stderr } = run("verify")
    expect(status).toBe(5)
    expect(stdout.split("\n")).toHaveLength(5)
    expect(stdout).toMatch(
        /^sops\/secrets\/wifi\/users\/x0: leads to sops\/users\/x0, which does not exist$/mu,
    )
    expect(stdout).toContain("and 997 more like this (--json has all)\n")
    expect(stderr).toContain("1000 problems")
    const record: unknown = JSON.parse(run("verify", "--json").stdout)
    expect(record).toMatchObject({ ok: false, problems: { length: 1000 } })
})

test("verify --decrypt finds a value that was changed, which no look at recipients can", () => {
    const path = join(folder, "vars/shared/ca/key/secret")
    const text = readFileSync(path, "utf8")
    const changed = text.replace(/data:(.)/u, (_all, first: string) => `data:${first === "A" ? "B" : "A"}`)
    writeFileSync(path, changed)
    expect(run("verify").status).toBe(0)
    const { status, stdout } = run("verify", "--decrypt", "--identity", "key.txt")
    expect(status).toBe(5)
    expect(stdout).toMatch(/^vars\/shared\/ca\/key: .*does not authenticate/mu)
})

test("verify: files that are none, hostile ones included", () => {
    put("sops/secrets/plain/secret", "CANARY in the clear")
    link("sops/secrets/plain/users/alice", "../../../users/alice")
    link("sops/secrets/linked/secret", "/etc/passwd")
    link("sops/secrets/linked/users/alice", "../../../users/alice")
    put("sops/secrets/..x\u001b[31m/secret", "x")
    const { status, stdout } = run("verify")
    expect(status).toBe(5)
    expect(stdout).toMatch(/^sops\/secrets\/plain: line 1: /mu)
    expect(stdout).toContain("sops/secrets/linked")
    expect(stdout).not.toContain("\u001b")
})

test("audit: who reads a secret and through what, now and then", async () => {
    expect(run("audit", "secret", "wifi").stdout).toBe(
        "user alice: group admins\nuser bob: group admins\nmachine web01: a link of its own\n",
    )
    rmSync(join(folder, "sops/groups/admins/users/bob"))
    await seal("sops/secrets/wifi", alice, web)
    commit("bob goes")
    expect(run("audit", "user", "bob").stdout).toBe("")
    expect(run("audit", "user", "bob", "--at", "HEAD~1").stdout).toBe("wifi: group admins\n")
    expect(run("audit", "user", "bob", "--ever").stdout).toMatch(
        /^wifi: \d{4}-\d\d-\d\d \([0-9a-f]{12}\) to \d{4}-/u,
    )
    expect(JSON.parse(run("audit", "machine", "web01", "--ever", "--json").stdout)).toMatchObject({
        version: 1,
        reader: { kind: "machine", name: "web01" },
        ever: [{ secret: "sops/secrets/wifi", still: true, shownBy: ["file", "links"] }],
    })
    expect(run("audit", "secret", "vars/shared/ca/key").stdout).toBe("user alice: a link of its own\n")
})

test("audit: what does not exist", () => {
    const { status, stderr } = run("audit", "secret", "wfi")
    expect(status).not.toBe(0)
    expect(stderr).toContain(`did you mean "wifi"?`)
    // A name that was mistyped is not somebody who can read nothing.
    for (const words of [
        ["user", "bbo"],
        ["user", "bbo", "--ever"],
        ["machine", "wbe01", "--at", "HEAD"],
    ]) {
        const mistyped = run("audit", ...words)
        expect(mistyped).toMatchObject({ status: 1, stdout: "" })
        expect(mistyped.stderr).toMatch(/did you mean "(?:bob|web01)"\?/u)
    }
    expect(run("audit", "user", "bob", "--at", "nosuch").stderr).toContain(`git knows no commit "nosuch"`)
    expect(run("audit", "user", "bob", "--at", "--output=/tmp/x").status).not.toBe(0)
})

test("audit works in a flake that is a folder of a git repository", () => {
    mkdirSync(join(folder, "flake"))
    for (const part of ["sops", "vars"]) renameSync(join(folder, part), join(folder, "flake", part))
    put("flake/.clan-flake", "")
    git("add", "-A", "flake")
    git("commit", "-qam", "move")
    expect(run("--flake", "flake", "audit", "user", "alice", "--at", "HEAD").stdout).toContain(
        "wifi: group admins\n",
    )
})

test("debt: listed with its age; too old an age is a failure", () => {
    expect(run("debt")).toEqual({ status: 0, stdout: "", stderr: "no value waits to be changed\n" })
    const at = new Date(Date.now() - 10 * 86_400_000).toISOString()
    put(
        "sops/secrets/wifi/debt.json",
        printDebts([{ lost: "user:bob", since: null, at, recipients: [bob.recipient] }]),
    )
    const { status, stdout } = run("debt", "--max-days", "10")
    expect(status).toBe(0)
    expect(stdout).toMatch(/^wifi: user "bob" could read it to \d{4}-\d\d-\d\d \(10 days ago\)\n$/u)
    expect(run("debt", "--max-days", "9").status).toBe(5)
    expect(run("debt", "--max-days", "soon").status).toBe(2)
    put("sops/secrets/wifi/debt.json", "<<<<<<< HEAD")
    expect(run("debt").stderr).toContain("sops/secrets/wifi/debt.json cannot be read")
})

test("verify: an entry that cannot be what its label says, and a value that was copied (exit code 5)", async () => {
    const file = join(folder, "sops/secrets/wifi/secret")
    const sealed = readFileSync(file, "utf8")
    const entry = /"enc": "[^"]*"/u
    writeFileSync(file, sealed.replace(entry, '"enc": "CANARY"'))
    expect(run("verify").stdout).toMatch(/^sops\/secrets\/wifi: the entry for age1\w+ is no age file/mu)
    expect(run("verify").status).toBe(5)
    await seal("sops/secrets/wifi", alice, bob, web)
    cpSync(join(folder, "sops/secrets/wifi"), join(folder, "sops/secrets/pub"), {
        recursive: true,
        verbatimSymlinks: true,
    })
    const { status, stdout } = run("verify")
    expect(status).toBe(5)
    expect(stdout).toMatch(
        /^sops\/secrets\/\w+: holds the very value of sops\/secrets\/\w+: one of them was copied/u,
    )
    expect(stdout.trim().split("\n")).toHaveLength(1)
})

for (const [what, path] of Object.entries({
    "clan's age files": "secrets/clan-vars/shared/ca/key/key.age",
    "a password-store": ".gpg-id",
    agenix: "secrets/secrets.nix",
    "age files": "secrets/wifi.age",
})) {
    test(`verify: names ${what} that it does not read, and never says that everything agrees`, () => {
        rmSync(join(folder, "sops/secrets"), { recursive: true })
        rmSync(join(folder, "vars"), { recursive: true })
        expect(run("verify")).toEqual({ status: 0, stdout: "", stderr: "0 secrets: everything agrees\n" })
        put(path, "CANARY")
        const { status, stdout, stderr } = run("verify")
        expect(status).toBe(5)
        expect(stdout).toContain("is not read: ")
        expect(stderr).toBe("0 secrets: 1 problem\n")
    })
}

test("verify: a directory without a repository of secrets is not one where everything agrees", () => {
    rmSync(join(folder, "sops"), { recursive: true })
    rmSync(join(folder, "vars"), { recursive: true })
    const { status, stdout } = run("verify")
    expect(status).toBe(5)
    expect(stdout).toContain("nothing was verified")
})

test("status: a repository with a .sops.yaml, and what it holds that is not committed", () => {
    rmSync(join(folder, "sops"), { recursive: true })
    rmSync(join(folder, "vars"), { recursive: true })
    put(".sops.yaml", `keys:\n  - &alice ${alice.recipient}\ncreation_rules:\n  - age: *alice\n`)
    expect(run("status").stdout).toContain("you have no private key\n    hostseal key generate\n")
    put("bob.txt", `${bob.secret}\n`)
    const { status, stdout } = run("status", "--identity", "bob.txt")
    expect(status).toBe(5)
    expect(stdout).toContain("belongs to nobody in this repository\n    somebody who can read adds it to")
    expect(stdout).toContain(
        ".sops.yaml: is not committed\n    git add .sops.yaml && git commit .sops.yaml\n",
    )
    git("add", ".sops.yaml")
    git("commit", "-qm", "begin anew", ".sops.yaml")
    expect(run("status", "--identity", "key.txt")).toMatchObject({ status: 0, stderr: "" })
    expect(run("--identity", "key.txt").stdout).toMatch(/^you are user alice .*: opens 0 of 0\n/u)
})
