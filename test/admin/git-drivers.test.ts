// The drivers as git itself calls them: real repositories, real branches, real merges.

import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { afterEach, beforeEach, expect, test } from "vitest"
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { type Debt, printDebts } from "../../agent/repo/debt.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import {
    begin,
    end,
    alice,
    bob,
    commit,
    content,
    folder,
    git,
    grant,
    hostseal,
    main,
    put,
    seal,
    secret,
} from "./drivers.ts"

beforeEach(begin)
afterEach(end)

test("git-setup can be repeated and taken back", () => {
    put(".gitattributes", `*.png binary\n${readFileSync(join(folder, ".gitattributes"), "utf8")}`)
    hostseal("git-setup", "--values")
    const lines =
        "sops/secrets/*/secret diff=hostseal merge=hostseal\nvars/**/secret diff=hostseal merge=hostseal\n" +
        "sops/secrets/*/debt.json merge=hostseal\nvars/**/debt.json merge=hostseal\n" +
        "vars/**/.generator.json merge=hostseal\nvars/**/.validation-hash merge=hostseal\n"
    expect(readFileSync(join(folder, ".gitattributes"), "utf8")).toBe(`*.png binary\n${lines}`)
    expect(git("config", "--get-all", "diff.hostseal.textconv").output).toBe(
        "hostseal git-diff --values --\n",
    )
    hostseal("git-setup", "--remove")
    hostseal("git-setup", "--remove")
    expect(readFileSync(join(folder, ".gitattributes"), "utf8")).toBe("*.png binary\n")
    expect(git("config", "--get", "merge.hostseal.driver").status).toBe(1)
})

test("git diff shows who gained access, and no value", async () => {
    await grant(alice, bob)
    const { output } = git("diff")
    expect(output).toContain(`+reader: user "bob" (${bob.recipient})`)
    expect(output).not.toMatch(/^[-+]value/mu)
    expect(output).not.toContain("CANARY")
})

test("git diff shows that a value changed, and with --values what it is", async () => {
    await seal("CANARY new", alice)
    expect(git("diff").output).toMatch(/^-value: encrypted as [0-9a-f]{12} .*\n\+value: encrypted as /mu)
    expect(git("diff").output).not.toContain("CANARY")
    hostseal("git-setup", "--values")
    expect(git("diff").output).toMatch(/^-CANARY old\n.*\n?\+CANARY new/mu)
    rmSync(join(folder, ".config"), { recursive: true })
    expect(git("diff").output).not.toContain("CANARY")
})

test("what two branches note about those who lost access is joined", () => {
    const noted = (name: string, at: string): Debt => ({
        lost: `user:${name}`,
        since: null,
        at,
        recipients: [name],
        iv: "",
    })
    const [old, carol, dave] = [
        noted("erin", "2025-01-01T00:00:00Z"),
        noted("carol", "2026-01-02T00:00:00Z"),
        noted("dave", "2026-01-01T00:00:00Z"),
    ]
    // With which IV the merge seals the value is not known to the notes.
    const merged = (debt: Debt): Debt => ({ ...debt, iv: "" })
    const path = "sops/secrets/wifi/debt.json"
    put(path, printDebts([old]))
    commit("erin goes")
    git("checkout", "-qb", "side")
    put(path, printDebts([old, carol]))
    commit("carol goes")
    git("checkout", "-q", "main")
    put(path, printDebts([old, dave]))
    commit("dave goes")
    expect(git("merge", "-q", "-m", "merge", "side").status).toBe(0)
    expect(readFileSync(join(folder, path), "utf8")).toBe(printDebts([carol, dave, old].map(merged)))
    // What one side has paid, by setting the value anew, is paid.
    git("checkout", "-qb", "paid", "main")
    put(path, printDebts([dave]))
    commit("set anew, and dave goes")
    git("checkout", "-qb", "more", "main")
    put(path, printDebts([carol, dave, old, noted("frank", "2026-01-03T00:00:00Z")]))
    commit("frank goes")
    expect(git("merge", "-q", "-m", "merge", "paid").status).toBe(0)
    expect(readFileSync(join(folder, path), "utf8")).toBe(
        printDebts([dave, noted("frank", "2026-01-03T00:00:00Z")].map(merged)),
    )
})

test("a grant here and a new value there are merged", async () => {
    git("checkout", "-qb", "side")
    await seal("CANARY new", alice)
    commit("value")
    git("checkout", "-q", "main")
    await grant(alice, bob)
    commit("grant")
    expect(git("merge", "-q", "-m", "merge", "side").status).toBe(0)
    expect(await content()).toEqual({
        value: "CANARY new",
        recipients: [alice.recipient, bob.recipient].toSorted(),
    })
    expect(git("status", "--porcelain", "sops").output).toBe("")
})

test("a revocation on one side holds, under a new data key", async () => {
    await grant(alice, bob)
    commit("bob comes")
    git("checkout", "-qb", "side")
    await seal("CANARY old", alice)
    commit("bob goes")
    git("checkout", "-q", "main")
    await seal("CANARY new", alice, bob)
    commit("value")
    const before = readFileSync(join(folder, secret), "utf8")
    expect(git("merge", "-q", "-m", "merge", "side").status).toBe(0)
    expect(await content()).toEqual({ value: "CANARY new", recipients: [alice.recipient] })
    const bobs = { identities: [parseIdentity(bob.secret)] }
    const old = await unlock(await parseDocument(Buffer.from(before), "binary"), bobs)
    const merged = await parseDocument(readFileSync(join(folder, secret)), "binary")
    expect(() => openDocument(merged, old)).toThrow()
})

test("two new values are a conflict that git reports, and nothing is lost", async () => {
    git("checkout", "-qb", "side")
    await seal("CANARY theirs", alice)
    commit("theirs")
    git("checkout", "-q", "main")
    await seal("CANARY ours", alice)
    commit("ours")
    const { status, output } = git("merge", "-m", "merge", "side")
    expect(status).toBe(1)
    expect(output).toContain("both sides have a new value")
    expect(output).not.toContain("CANARY")
    expect((await content()).value).toBe("CANARY ours")
    expect(git("status", "--porcelain", "sops").output).toBe(`UU ${secret}\n`)

    // What the message says to do does it, and git does not take the file for removed.
    const set = spawnSync(process.execPath, [main, "set", "--no-commit", "wifi"], {
        cwd: folder,
        env: { HOME: folder, PATH: process.env["PATH"] },
        input: "CANARY both",
    })
    expect(set.status).toBe(0)
    expect(git("commit", "-qm", "merge").status).not.toBe(0)
    expect(output).toContain(`then: git add ${secret}`)
    git("add", secret)
    expect(git("commit", "-qm", "merge").output).toBe("")
    expect(git("status", "--porcelain", "sops").output).toBe("")
    expect(git("ls-tree", "--name-only", "HEAD", secret).output).toBe(`${secret}\n`)
    expect((await content()).value).toBe("CANARY both")
})

test("a reader whom this clone has not accepted is a conflict, and is not let in", async () => {
    // The first change that is made here takes the repository on trust as it is.
    hostseal("machines", "add", "web01", generateIdentity().recipient)
    git("checkout", "-qb", "side")
    await grant(alice, bob)
    commit("tidy up")
    git("checkout", "-q", "main")
    await seal("CANARY new", alice)
    commit("value")
    const { status, output } = git("merge", "-m", "merge", "side")
    expect(status).toBe(1)
    expect(output).toContain("would gain it, which was not accepted in this clone")
    expect(await content()).toEqual({ value: "CANARY new", recipients: [alice.recipient] })
})

test("the file of another secret is not merged into this one", async () => {
    const other = join(folder, "sops/secrets/other/users")
    mkdirSync(other, { recursive: true })
    symlinkSync("../../../users/alice", join(other, "alice"))
    put("sops/secrets/other/secret", readFileSync(join(folder, secret)))
    await seal("CANARY own", alice)
    commit("another secret")
    hostseal("users", "add", "carol", generateIdentity().recipient)
    git("checkout", "-qb", "side")
    put(secret, readFileSync(join(folder, "sops/secrets/other/secret")))
    commit("tidy up")
    git("checkout", "-q", "main")
    hostseal("users", "add-secret", "carol", "wifi")
    const { status, output } = git("merge", "-m", "merge", "side")
    expect(status).toBe(1)
    expect(output).toContain("the file of one side is that of sops/secrets/other")
})

test("who cannot open every version does not merge", async () => {
    git("checkout", "-qb", "side")
    await seal("CANARY theirs", bob)
    commit("theirs")
    git("checkout", "-q", "main")
    await grant(alice, bob)
    commit("ours")
    const { status, output } = git("merge", "-m", "merge", "side")
    expect(status).toBe(1)
    expect(output).toContain("you cannot open every version")
})
