// Real git, real history: a branch that is merged, links that come and go, keys that change.

import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type RunGit, versions } from "../../../agent/admin/git/history.ts"
import type { Reader } from "../../../agent/repo/access.ts"
import { everHeld, type Holding, keysEver, type Version } from "../../../agent/repo/audit.ts"

let folder = ""
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hostseal-history-"))
    run("init", "-q", "-b", "main")
})
afterEach(() => {
    rmSync(folder, { recursive: true })
})

const run = (...args: string[]): Buffer =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", "-C", folder, ...args], {
        stdio: ["ignore", "pipe", "ignore"],
    })
let calls = 0
const git: RunGit = async (args, input) => {
    calls++
    return execFileSync("git", ["-C", folder, ...args], { input: input ?? "", maxBuffer: 1 << 26 })
}
const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
}
const link = (path: string, target: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    symlinkSync(target, join(folder, path))
}
const commit = (message: string): void => {
    run("add", "-A")
    run("commit", "-qm", message)
}
const key = (publickey: string): string => JSON.stringify([{ publickey, type: "age" }])
/** Stands for a SOPS document: its recipients, one in a line. */
const recipientsIn = (file: Buffer): readonly string[] => file.toString().split("\n")

const held = (all: Iterable<Version>, reader: Reader): readonly Holding[] =>
    everHeld(all, reader, keysEver(all, reader.kind).get(reader.name) ?? new Set())
/** Each is good until the next is asked for: what is kept of it is copied. */
const kept = (all: Iterable<Version>): readonly Version[] =>
    Array.from(all, (version) => ({
        ...version,
        recipients: new Map(version.recipients),
        repo: { ...version.repo, secrets: new Map(version.repo.secrets) },
    }))

test("a right that existed only on a merged branch is found, and three git processes suffice", async () => {
    put("sops/users/alice/key.json", key("age1alice"))
    put("sops/users/bob/key.json", key("age1bob"))
    put("sops/secrets/wifi/secret", "age1alice")
    link("sops/secrets/wifi/users/alice", "../../../users/alice")
    commit("begin")
    run("checkout", "-qb", "side")
    link("sops/secrets/wifi/users/bob", "../../../users/bob")
    put("sops/secrets/wifi/secret", "age1alice\nage1bob")
    commit("bob comes")
    rmSync(join(folder, "sops/secrets/wifi/users/bob"))
    put("sops/secrets/wifi/secret", "age1alice")
    commit("bob goes")
    run("checkout", "-q", "main")
    put("README", "unrelated")
    commit("unrelated")
    put("sops/secrets/vpn/secret", "age1alice")
    commit("another")
    run("merge", "-q", "--no-ff", "-m", "merge", "side")

    calls = 0
    const all = await versions(git, recipientsIn, "HEAD")
    expect(calls).toBe(3)
    expect(held(all, { kind: "user", name: "bob" })).toEqual([
        expect.objectContaining({ secret: "sops/secrets/wifi", still: false, shownBy: ["file", "links"] }),
    ])
    expect([...([...all].at(-1)?.repo.secrets.keys() ?? [])].toSorted()).toEqual([
        "sops/secrets/vpn",
        "sops/secrets/wifi",
    ])
    expect(held(all, { kind: "user", name: "alice" }).map(({ secret, still }) => [secret, still])).toEqual([
        ["sops/secrets/vpn", true],
        ["sops/secrets/wifi", true],
    ])
})

test("a flake in a sub-directory, and a state of the past", async () => {
    put("flake/sops/machines/web01/key.json", key("age1web"))
    put("flake/vars/shared/ca/key/secret", "age1web")
    link("flake/vars/shared/ca/key/machines/web01", "../../../../../sops/machines/web01")
    commit("begin")
    rmSync(join(folder, "flake/vars"), { recursive: true })
    commit("end")
    const past = kept(await versions(git, recipientsIn, "HEAD~1", "flake/"))
    expect(past).toHaveLength(1)
    expect(past[0]?.repo.secrets.get("vars/shared/ca/key")?.machines).toEqual(new Set(["web01"]))
    const now = await versions(git, recipientsIn, "HEAD", "flake/")
    expect([...now].at(-1)?.repo.secrets.size).toBe(0)
    expect(held(now, { kind: "machine", name: "web01" })).toEqual([
        expect.objectContaining({ secret: "vars/shared/ca/key", still: false }),
    ])
})

test("secrets that are older than all users and machines", async () => {
    put("sops/secrets/wifi/secret", "age1bob")
    commit("begin")
    put("sops/users/bob/key.json", key("age1bob"))
    commit("a user")
    const seen = kept(await versions(git, recipientsIn, "HEAD")).map(({ repo }) => [...repo.secrets.keys()])
    expect(seen).toEqual([["sops/secrets/wifi"], ["sops/secrets/wifi"]])
})

test("a path that looks like a commit changes nothing", async () => {
    put("sops/secrets/wifi/secret", "age1alice")
    put(`sops/secrets/\n${"0".repeat(40)} \n2020-01-01T00:00:00Z/secret`, "age1evil")
    commit("begin")
    const all = kept(await versions(git, recipientsIn, "HEAD"))
    expect(all).toHaveLength(1)
    expect(all[0]?.recipients.get("sops/secrets/wifi")).toEqual(["age1alice"])
})

test("what a commit has not changed is the same object as before, also where history forks", async () => {
    put("sops/users/bob/key.json", key("age1bob"))
    put("sops/secrets/wifi/secret", "age1bob")
    link("sops/secrets/wifi/users/bob", "../../../users/bob")
    commit("begin")
    for (const name of ["one", "two"]) {
        run("checkout", "-q", "-b", name, "main")
        put(`sops/secrets/${name}/secret`, "age1bob")
        link(`sops/secrets/${name}/users/bob`, "../../../users/bob")
        commit(name)
    }
    run("merge", "-q", "-m", "merge", "one")
    const all = kept(await versions(git, recipientsIn, "HEAD"))
    const seen = all.map(({ repo }) => [...repo.secrets.keys()].map((path) => path.slice(13)).toSorted())
    // Which of the branches comes first is for git to say.
    expect(seen.map((names) => names.join(" ")).toSorted()).toEqual([
        "one two wifi",
        "one wifi",
        "two wifi",
        "wifi",
    ])
    expect(seen.at(-1)).toEqual(["one", "two", "wifi"])
    const grants = all.map(({ repo }) => repo.secrets.get("sops/secrets/wifi"))
    expect(new Set(grants).size).toBe(1)
    expect(new Set(all.map(({ repo }) => repo.users)).size).toBe(1)
    expect(new Set(all.map(({ recipients }) => recipients.get("sops/secrets/wifi"))).size).toBe(1)
})
