// The drivers as git itself calls them: real repositories, real branches, real merges.

import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import process from "node:process"
import { afterEach, beforeEach, expect, test } from "vitest"
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { type Debt, printDebts } from "../../agent/repo/debt.ts"
import { printKeys } from "../../agent/repo/keys.ts"
import { parseDocument, recipientsOf } from "../../agent/sops/document.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { rewrap } from "../../agent/sops/rewrap.ts"
import { sealBinary } from "../../agent/sops/seal.ts"
import { ageTarget } from "../../agent/sops/target.ts"
import { unlock } from "../../agent/sops/unlock.ts"

const alice = generateIdentity()
const bob = generateIdentity()
const main = join(import.meta.dirname, "../../agent/admin/main.ts")
const secret = "sops/secrets/wifi/secret"
let folder = ""

const put = (path: string, content: string | Buffer): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content, { mode: 0o600 })
}
const target = (recipient: string) => {
    const parsed = parseRecipient(recipient)
    if (parsed.kind === "unresolved plugin") throw new Error("not in this test")
    return ageTarget(parsed)
}
const keyring = { identities: [parseIdentity(alice.secret)] }
const seal = async (value: string, ...readers: { recipient: string }[]): Promise<void> => {
    put(
        secret,
        await sealBinary(
            Buffer.from(value),
            readers.map(({ recipient }) => target(recipient)),
            new Date(),
        ),
    )
}
const grant = async (...readers: { recipient: string }[]): Promise<void> => {
    const document = await parseDocument(readFileSync(join(folder, secret)), "binary")
    const targets = readers.map(({ recipient }) => target(recipient))
    put(secret, await rewrap(document, await unlock(document, keyring), targets))
}
const content = async (): Promise<{ value: string; recipients: readonly string[] }> => {
    const document = await parseDocument(readFileSync(join(folder, secret)), "binary")
    const value = openDocument(document, await unlock(document, keyring))
        .whole()
        .toString()
    return { value, recipients: recipientsOf(document).toSorted() }
}
const git = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync("git", ["-C", folder, ...args], {
        env: { HOME: folder, PATH: `${folder}/bin:${process.env["PATH"]}`, GIT_CONFIG_NOSYSTEM: "1" },
        encoding: "utf8",
    })
    return { status, output: stdout + stderr }
}
const commit = (message: string): void => {
    git("add", "-A", "sops", ".gitattributes")
    expect(git("commit", "-qm", message).output).toBe("")
}
const hostseal = (...args: string[]): string =>
    execFileSync(process.execPath, [main, ...args], {
        cwd: folder,
        env: { HOME: folder, PATH: process.env["PATH"] },
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
    })

beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "hostseal-drivers-"))
    put("bin/hostseal", `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`)
    chmodSync(join(folder, "bin/hostseal"), 0o755)
    put(".config/sops/age/keys.txt", `${alice.secret}\n`)
    put(".gitconfig", "[user]\n\tname = t\n\temail = t@example.org\n")
    git("init", "-q", "-b", "main")
    for (const [name, { recipient }] of Object.entries({ alice, bob })) {
        put(`sops/users/${name}/key.json`, printKeys([{ publickey: recipient, type: "age" }]))
        mkdirSync(join(folder, "sops/secrets/wifi/users"), { recursive: true })
        symlinkSync(`../../../users/${name}`, join(folder, "sops/secrets/wifi/users", name))
    }
    await seal("CANARY old", alice)
    hostseal("git-setup")
    commit("begin")
})
afterEach(() => {
    rmSync(folder, { recursive: true })
})

test("git-setup can be repeated and taken back", () => {
    put(".gitattributes", `*.png binary\n${readFileSync(join(folder, ".gitattributes"), "utf8")}`)
    hostseal("git-setup", "--values")
    const lines =
        "sops/secrets/*/secret diff=hostseal merge=hostseal\nvars/**/secret diff=hostseal merge=hostseal\n" +
        "sops/secrets/*/debt.json merge=hostseal\nvars/**/debt.json merge=hostseal\n"
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
