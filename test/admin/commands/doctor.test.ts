import { execFileSync } from "node:child_process"
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Readable } from "node:stream"
import { afterAll, expect, test } from "vitest"
import { generateIdentity } from "../../../agent/age/identity.ts"
import { keyRoom, sshKey } from "../key-room.ts"
import { pluginRecipientText, writePlugin } from "../plugin-program.ts"
import { repository } from "../repository.ts"
import type { Repository } from "../repository.ts"
import { hostseal } from "../world.ts"

const { root, home } = keyRoom()
afterAll(() => rmSync(root, { recursive: true }))
const PATH = "/usr/bin:/bin"

test("says that all is well, and who one is", async () => {
    const repo = await repository(root)
    const { out } = await repo.must(["doctor"])
    expect(out).toMatch(/^ok keys {8}\S+keys\.txt: age1\S{4}…\S{8}$/mu)
    expect(out).toContain(`${repo.flake}: 1 user, 0 machines, 0 secrets`)
    expect(out).toContain(`you are user "alice"`)
    expect(out).toContain(`commits go to ${repo.flake}/.git`)
    expect(out).toMatch(/^ok editor/mu)
    expect(out).not.toMatch(/^!!|next:/mu)
})

test("tells somebody who has nothing where it looked, and what to do first", async () => {
    const { code, out } = await hostseal(["doctor"], { HOME: "/nonexistent", PATH }, { cwd: "/" })
    expect(code).toBe(5)
    expect(out).toContain("!! keys        no private key was found")
    expect(out).toContain("/nonexistent/.config/sops/age/keys.txt: not there")
    expect(out).toMatch(/next:\n {2}hostseal key generate\n/u)
})

test("tells somebody with a key that is nobody's how to become a user", async () => {
    const repo = await repository(root)
    const mine = generateIdentity()
    const { code, out } = await repo.run(["doctor"], { env: { ...repo.env, SOPS_AGE_KEY: mine.secret } })
    expect(code).toBe(5)
    expect(out).toContain("!! you         none of your keys belongs to a user of this repository")
    expect(out).toContain(`hostseal users add YOUR_NAME "${mine.recipient}", or ask an admin`)
    expect(out).not.toContain("AGE-SECRET")
})

test("knows who one is by a locked key, without asking", async () => {
    const repo = await repository(root)
    const key = sshKey(root, "locked")
    await repo.must(["users", "add", "bob", key.line])
    const env = { ...repo.env, HOME: home({ ".ssh/id_ed25519": key.file }) }
    const { code, out } = await repo.run(["doctor"], { env, terminal: () => expect.unreachable("asked") })
    expect(code).toBe(0)
    expect(out).toContain(`you are user "bob"`)
})

test("says what is wrong with a key file, and how to mend it", async () => {
    const repo = await repository(root)
    chmodSync(join(repo.env["HOME"] ?? "", ".config/sops/age/keys.txt"), 0o644)
    const { code, out } = await repo.run(["doctor"])
    expect(code).toBe(5)
    expect(out).toMatch(/its mode is 0644 \(chmod 0600/u)
    expect(out).toMatch(/^next:\n {2}chmod 0600 \S+keys\.txt\n$/mu)
    // Another key that is nobody's is not what to go on with.
    const HOME = repo.env["HOME"] ?? ""
    mkdirSync(join(HOME, ".ssh"))
    cpSync(sshKey(root, "plain").path, join(HOME, ".ssh/id_ed25519"))
    const other = await repo.run(["doctor"])
    expect(other.out).toMatch(/^next:\n {2}chmod 0600 \S+keys\.txt\n$/mu)
    expect(other.out).not.toContain("users add")
})

test("a key file of Windows: its first step makes it one that can be read", async () => {
    const repo = await repository(root)
    const file = join(repo.env["HOME"] ?? "", ".config/sops/age/keys.txt")
    for (const text of [
        Buffer.from(`\ufeff${repo.alice.secret}\r\n`, "utf16le"),
        Buffer.from(`\ufeff${repo.alice.secret}\r\n`, "utf16le").swap16(),
        Buffer.from(`${repo.alice.secret}\n`, "utf16le"),
    ]) {
        writeFileSync(file, text)
        const { code, out } = await repo.run(["doctor"])
        expect(code).toBe(5)
        expect(out).toContain("it is UTF-16, and keys are plain text")
        expect((await repo.run(["get", "wifi"])).err).not.toContain("key generate")
        doFirstStep(out, repo)
        expect((await repo.must(["doctor"])).out).toContain(`you are user "alice"`)
        expect(statSync(file).mode & 0o777).toBe(0o600)
    }
    writeFileSync(file, `\ufeff${repo.alice.secret}\n`)
    expect((await repo.must(["doctor"])).out).toContain(`you are user "alice"`)
})

test("a tree that cannot be written to: its first step makes a clone that can", async () => {
    const repo = await repository(root)
    execFileSync("mount", ["--bind", repo.flake, repo.flake])
    try {
        execFileSync("mount", ["-o", "remount,bind,ro", repo.flake])
        const { code, out } = await repo.run(["doctor"])
        expect(code).toBe(5)
        expect(out).toContain(
            `!! repository  ${repo.flake}/sops cannot be written to: its file system is read-only`,
        )
        doFirstStep(out, repo)
        const [, clone = ""] = /git clone \S+ (\S+)$/mu.exec(out) ?? []
        const there = await repo.run(["doctor"], { cwd: clone })
        expect(there.out).toContain(`${clone}: 1 user`)
        expect(there.out).not.toContain("cannot be written to")
        // What is there is not overwritten the next time.
        expect((await repo.run(["doctor"])).out).toContain(`git clone ${repo.flake} ${clone}-2`)
    } finally {
        execFileSync("umount", [repo.flake])
    }
})

test("a repository of somebody else: git does not trust it, and the first step says that it may", async () => {
    const repo = await repository(root)
    const env = { ...repo.env, PATH: ownedByAnother(repo) }
    const { code, out } = await repo.run(["doctor"], { env })
    expect(code).toBe(5)
    expect(out).toContain(`!! git         git does not trust ${repo.flake}: it belongs to another user`)
    const set = await repo.run(["users", "remove", "alice"], { env })
    expect(set.err).toMatch(
        /^error: git does not trust .*\nhint: git config --global --add safe\.directory /u,
    )
    doFirstStep(out, repo)
    expect((await repo.must(["doctor"], { env })).out).toContain("commits go to")
})

test("values that wait to be changed are counted, and the first step lists them", async () => {
    const repo = await repository(root)
    await repo.must(["users", "add", "bob", generateIdentity().recipient])
    for (const name of ["wifi", "vpn"]) {
        const stdin = () => Readable.from([Buffer.from("CANARY")])
        await repo.must(["set", name, "--user", "alice", "--user", "bob"], { stdin })
    }
    await repo.must(["users", "remove", "bob"])
    const { out } = await repo.must(["doctor"])
    expect(out).toContain("-- repository  2 values wait to be changed")
    expect(out).toMatch(/^next:\n {2}hostseal debt\n$/mu)
    expect((await repo.must(["debt"])).out).toMatch(/^vpn: user "bob" could read it/mu)
})

/** Does what the first line after `next:` says. */
function doFirstStep(out: string, { env }: Repository): void {
    const [, line = ""] = /^next:\n {2}(.*)$/mu.exec(out) ?? []
    execFileSync("sh", ["-euc", line], { env, stdio: "pipe" })
}

/**
 * Gives a repository to another user, and the PATH with which git sees that. Where there is no other user, as in a user
 * namespace of one, git is told by the variable that its own tests use.
 */
function ownedByAnother({ flake, env }: Repository): string {
    try {
        execFileSync("chown", ["-R", "1234", flake], { stdio: "pipe" })
        return env["PATH"] ?? ""
    } catch {
        const bin = mkdtempSync(join(root, "bin-"))
        const real = execFileSync("sh", ["-c", "command -v git"], { env }).toString().trim()
        writeFileSync(join(bin, "git"), `#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec ${real} "$@"\n`, {
            mode: 0o755,
        })
        return `${bin}:${env["PATH"]}`
    }
}

test("says which plugins may run, which may not, and how to list one that is needed", async () => {
    const repo = await repository(root)
    const plugin = writePlugin(mkdtempSync(join(root, "plugin-")))
    const bin = join(plugin.program, "..")
    mkdirSync(join(repo.flake, "sops/users/bob"))
    writeFileSync(
        join(repo.flake, "sops/users/bob/key.json"),
        JSON.stringify([{ publickey: pluginRecipientText, type: "age" }]),
    )
    const without = await repo.run(["doctor"], { env: { ...repo.env, PATH: `${PATH}:${bin}` } })
    expect(without.code).toBe(5)
    expect(without.out).toContain("keys of age-plugin-test are in use, and it may not run")
    expect(without.out).toContain(`write {"test": "${plugin.program}"} to`)
    const listed = await repo.must(["doctor"], { env: { ...repo.env, HOSTSEAL_AGE_PLUGINS: plugin.program } })
    expect(listed.out).toContain(`age-plugin-test: ${plugin.program} (HOSTSEAL_AGE_PLUGINS)`)
    const broken = await repo.run(["doctor"], {
        env: { ...repo.env, HOSTSEAL_AGE_PLUGINS: "/x/age-plugin-y" },
    })
    expect(broken.out).toContain(`the age plugin "y" is listed as /x/age-plugin-y, which is not a program`)
    expect(plugin.starts()).toEqual([])
})

test("says when git cannot commit, or is not there", async () => {
    const repo = await repository(root)
    repo.git("config", "--unset", "user.email")
    repo.git("config", "user.useConfigOnly", "true")
    const nobody = await repo.run(["doctor"])
    expect(nobody.out).toMatch(/^!! git .*ended with status 128/mu)
    expect(nobody.out).toContain("git config user.name")
    const { out } = await repo.run(["doctor"], { env: { ...repo.env, PATH: "" } })
    expect(out).toContain("!! git         git was not found in an absolute entry of PATH")
    expect(out).toContain("no editor was found")
})

test("says when PGP keys are in use and gpg is not there", async () => {
    const repo = await repository(root)
    const env = { ...repo.env, SOPS_PGP_FP: "8".repeat(40) }
    expect((await repo.must(["doctor"], { env })).out).toContain("gpg is there for the PGP keys")
    const { out } = await repo.run(["doctor"], { env: { ...env, SOPS_GPG_EXEC: "/nonexistent/gpg" } })
    expect(out).toContain("!! gpg")
})

test("knows who one is by a PGP key, and says what is missing when it is not named", async () => {
    const repo = await repository(root)
    const GNUPGHOME = mkdtempSync("/tmp/hostseal-gpg-")
    const env = { ...repo.env, GNUPGHOME }
    const gpg = (...args: string[]): string =>
        execFileSync("gpg", ["--batch", "--quiet", ...args], { env, stdio: "pipe" }).toString()
    try {
        gpg("--passphrase", "", "--quick-generate-key", "bob@test")
        const [, key = ""] = /^fpr:+([0-9A-F]{40}):/mu.exec(gpg("--with-colons", "--list-keys")) ?? []
        await repo.must(["users", "add", "bob", "--pgp-key", key])
        const bob = { ...env, HOME: home({}) }
        const named = await repo.must(["doctor"], { env: { ...bob, SOPS_PGP_FP: key } })
        expect(named.out).toContain("ok keys        $SOPS_PGP_FP: pgp:")
        expect(named.out).toContain(`you are user "bob"`)
        expect(named.out).not.toMatch(/^!!|next:/mu)
        const { code, out } = await repo.run(["doctor"], { env: bob })
        expect(code).toBe(5)
        expect(out).toContain(`next:\n  export SOPS_PGP_FP=${key}\n`)
        const strange = { ...bob, SOPS_PGP_FP: "8".repeat(40) }
        expect((await repo.run(["doctor"], { env: strange })).out).toMatch(
            /^-- keys .*of which gpg has no private half$/mu,
        )
    } finally {
        execFileSync("gpgconf", ["--homedir", GNUPGHOME, "--kill", "all"], { env })
        rmSync(GNUPGHOME, { recursive: true, force: true })
    }
}, 60_000)

test("--json says the same for programs", async () => {
    const repo = await repository(root)
    const record: unknown = JSON.parse((await repo.must(["doctor", "--json"])).out)
    expect(record).toMatchObject({
        version: 1,
        user: "alice",
        flake: repo.flake,
        keys: [{ recipients: [repo.alice.recipient], problem: null }],
        checks: expect.arrayContaining([
            { area: "you", state: "ok", text: `you are user "alice"`, next: null },
        ]),
    })
})

test("changes nothing and names a repository that is not there", async () => {
    const repo = await repository(root)
    const before = repo.git("status", "--porcelain")
    await repo.must(["doctor"])
    expect(repo.git("status", "--porcelain")).toBe(before)
    const { code, err } = await repo.run(["doctor", "--flake", "/nonexistent"])
    expect(code).toBe(1)
    expect(err).toContain(`"/nonexistent" is not a directory`)
})
