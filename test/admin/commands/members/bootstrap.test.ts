import { execFileSync } from "node:child_process"
import {
    existsSync,
    lstatSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeEach, expect, test } from "vitest"
import { isInMemory } from "../../../../agent/admin/terminal/memory.ts"
import { makeSshKey } from "../../../../agent/admin/ssh/keygen.ts"
import { sshToAgeRecipient } from "../../../../agent/age/ssh/edwards.ts"
import { parseSshPrivateKey, sshIdentities } from "../../../../agent/age/ssh/key.ts"
import { parseDocument } from "../../../../agent/sops/document.ts"
import { openDocument } from "../../../../agent/sops/open.ts"
import { unlock } from "../../../../agent/sops/unlock.ts"
import { repository } from "../../repository.ts"
import type { Repository } from "../../repository.ts"
import { sshServer } from "../../ssh-server.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-bootstrap-"))
const runtime = mkdtempSync("/dev/shm/hostseal-test-")
afterAll(() => {
    rmSync(root, { recursive: true })
    rmSync(runtime, { recursive: true })
})
let repo: Repository
beforeEach(async () => {
    repo = await repository(root, { XDG_RUNTIME_DIR: runtime })
    for (const name of readdirSync(runtime)) rmSync(join(runtime, name), { recursive: true })
})

const keyFile = "etc/ssh/ssh_host_ed25519_key"

function mode(...path: string[]): number {
    return lstatSync(join(...path)).mode & 0o7777
}

test("makes a host key in memory, with sshd's modes, and adds its public half", async () => {
    const { out, err } = await repo.must(["machines", "bootstrap", "web01"])
    const directory = out.trim()
    expect(directory.startsWith(`${runtime}/hostseal-web01-`)).toBe(true)
    expect(isInMemory(directory)).toBe(true)
    expect(mode(directory)).toBe(0o700)
    expect([mode(directory, "etc"), mode(directory, "etc/ssh")]).toEqual([0o755, 0o755])
    expect([mode(directory, keyFile), mode(directory, `${keyFile}.pub`)]).toEqual([0o600, 0o644])
    const printed = execFileSync("ssh-keygen", ["-y", "-f", join(directory, keyFile)]).toString()
    expect((await repo.must(["machines", "get", "web01"])).out.trim()).toBe(sshToAgeRecipient(printed))
    expect(readFileSync(join(directory, `${keyFile}.pub`), "utf8")).toContain("root@web01")
    expect(err).toContain(`nixos-anywhere --extra-files ${directory} --flake .#web01 root@HOST`)
    expect(out + err).not.toContain("PRIVATE")
    expect(repo.log()[0]).toBe("secrets: add machine web01")
    expect(() => repo.git("grep", "-l", "PRIVATE KEY")).toThrow("Command failed")
})

test("what is encrypted for the machine opens with the key that it gets", async () => {
    const { out } = await repo.must(["machines", "bootstrap", "web01"])
    await repo.must(["set", "--machine", "web01", "wifi"], {
        env: { ...repo.env, SOPS_NIX_SECRET: "CANARY" },
    })
    const key = parseSshPrivateKey(readFileSync(join(out.trim(), keyFile)))
    if (key.kind === "gated") throw new Error("a locked key")
    const document = await parseDocument(readFileSync(join(repo.flake, "sops/secrets/wifi/secret")), "binary")
    const dataKey = await unlock(document, { identities: sshIdentities(key) })
    expect(openDocument(document, dataKey).whole().toString()).toBe("CANARY")
})

test("the modes do not depend on the umask", async () => {
    const before = process.umask(0o077)
    try {
        const { out } = await repo.must(["machines", "bootstrap", "web01"])
        expect([mode(out.trim(), "etc/ssh"), mode(out.trim(), `${keyFile}.pub`)]).toEqual([0o755, 0o644])
        process.umask(0)
        const other = (await repo.must(["machines", "bootstrap", "web02"])).out.trim()
        expect([mode(other), mode(other, keyFile)]).toEqual([0o700, 0o600])
    } finally {
        process.umask(before)
    }
})

test("--output takes a new or empty directory elsewhere, with a warning when that is a disk", async () => {
    const directory = join(root, "new", "extra")
    const { err, out } = await repo.must(["machines", "bootstrap", "web01", "--output", directory])
    expect(out).toBe(`${directory}\n`)
    expect(err).toContain(`warning: ${directory} is on a disk`)
    const again = await repo.run(["machines", "bootstrap", "web02", "-o", directory])
    expect(again.err).toContain("is not empty; a new directory is needed")
    expect(again.code).toBe(1)
})

test("never writes a private key into the repository, also not through a link", async () => {
    mkdirSync(join(repo.flake, "keys"))
    symlinkSync(join(repo.flake, "keys"), join(root, "innocent"))
    for (const output of ["keys", "./x/y", join(repo.flake, "z"), join(root, "innocent", "k")]) {
        const { code, err } = await repo.run(["machines", "bootstrap", "web01", "--output", output])
        expect(code).toBe(1)
        expect(err).toContain("lies in the repository")
    }
    expect(readdirSync(join(repo.flake, "keys"))).toEqual([])
    expect(existsSync(join(repo.flake, "sops/machines"))).toBe(false)
    rmSync(join(root, "innocent"))
})

test("a machine that exists is left alone, and no key is left behind; --force makes a new one", async () => {
    await repo.must(["machines", "bootstrap", "web01"])
    const before = (await repo.must(["machines", "get", "web01"])).out
    const count = readdirSync(runtime).length
    const { code, err } = await repo.run(["machines", "bootstrap", "web01"])
    expect(code).toBe(1)
    expect(err).toContain(`machine "web01" exists already`)
    expect(readdirSync(runtime)).toHaveLength(count)
    await repo.must(["machines", "bootstrap", "--force", "web01"])
    expect((await repo.must(["machines", "get", "web01"])).out).not.toBe(before)
})

test("--dry-run makes no key and no machine", async () => {
    const { out } = await repo.must(["machines", "bootstrap", "--dry-run", "web01"])
    expect(out).toContain("secrets: add machine web01")
    expect(readdirSync(runtime)).toEqual([])
    expect(existsSync(join(repo.flake, "sops/machines"))).toBe(false)
})

test("--json is one record, with the directory and without the key", async () => {
    const { out } = await repo.must(["machines", "bootstrap", "--json", "web01"])
    const record: unknown = JSON.parse(out)
    expect(record).toMatchObject({
        version: 1,
        machine: "web01",
        directory: expect.stringContaining(runtime),
    })
    expect(out).not.toContain("PRIVATE")
})

test("--check asks the machine whether it has its key", async () => {
    const { out } = await repo.must(["machines", "bootstrap", "web01"])
    const own = await sshServer(readFileSync(join(out.trim(), `${keyFile}.pub`), "utf8"))
    const other = await sshServer(makeSshKey("root@web01").publicFile)
    try {
        const check = (port: number) =>
            repo.run(["machines", "bootstrap", "web01", "--check", "--ssh-host", `127.0.0.1:${port}`])
        const good = await check(own.port)
        expect(good.code).toBe(0)
        expect(good.err).toContain("has the host key that the secrets of web01 are encrypted for (SHA256:")
        const bad = await check(other.port)
        expect(bad.code).toBe(5)
        expect(bad.err).toContain("has another host key than web01 in this repository: SHA256:")
        expect((await check(9)).code).toBe(1)
    } finally {
        own.close()
        other.close()
    }
})

for (const argv of [
    ["--check"],
    ["--ssh-host", "x"],
    ["--check", "--ssh-host", "x", "--force"],
    ["--check", "--ssh-host", "x", "-o", "y"],
]) {
    test(`refuses ${argv.join(" ")}`, async () => {
        expect((await repo.run(["machines", "bootstrap", "web01", ...argv])).code).toBe(2)
    })
}
