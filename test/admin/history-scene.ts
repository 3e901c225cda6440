// A repository of real files in real git, made anew for each test, and whole command lines in it.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import process from "node:process"
import { afterEach, beforeEach, expect } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { printKeys } from "../../agent/repo/keys.ts"
import { sealBinary } from "../../agent/sops/seal.ts"
import { ageTarget } from "../../agent/sops/target.ts"

export const alice = generateIdentity()
export const bob = generateIdentity()
export const web = generateIdentity()
export const main = join(import.meta.dirname, "../../agent/admin/main.ts")
export let folder = ""

export const put = (path: string, content: string | Buffer): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content, { mode: 0o600 })
}
export const link = (path: string, target: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    symlinkSync(target, join(folder, path))
}
export const seal = async (path: string, ...readers: { recipient: string }[]): Promise<void> => {
    const targets = readers.map(({ recipient }) => {
        const parsed = parseRecipient(recipient)
        if (parsed.kind === "unresolved plugin") throw new Error("not in this test")
        return ageTarget(parsed)
    })
    put(`${path}/secret`, await sealBinary(Buffer.from(`CANARY of ${path}`), targets, new Date("2026-01-01")))
}
export const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", "-C", folder, ...args], {
        encoding: "utf8",
    })
export const commit = (message: string): void => {
    git("add", "-A", "sops", "vars")
    git("commit", "-qm", message)
}
export type Outcome = { status: number | null; stdout: string; stderr: string }
export const run = (...args: string[]): Outcome => runWith({}, ...args)
export const runWith = (env: Record<string, string>, ...args: string[]): Outcome => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
        cwd: folder,
        env: { HOME: folder, PATH: process.env["PATH"], ...env },
        encoding: "utf8",
    })
    expect(stdout + stderr).not.toContain("CANARY")
    return { status, stdout, stderr }
}

beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "hostseal-readers-"))
    git("init", "-q", "-b", "main")
    for (const [path, { recipient }] of Object.entries({
        "users/alice": alice,
        "users/bob": bob,
        "machines/web01": web,
    })) {
        put(`sops/${path}/key.json`, printKeys([{ publickey: recipient, type: "age" }]))
    }
    link("sops/groups/admins/users/alice", "../../../users/alice")
    link("sops/groups/admins/users/bob", "../../../users/bob")
    await seal("sops/secrets/wifi", alice, bob, web)
    link("sops/secrets/wifi/groups/admins", "../../../groups/admins")
    link("sops/secrets/wifi/machines/web01", "../../../machines/web01")
    await seal("vars/shared/ca/key", alice)
    link("vars/shared/ca/key/users/alice", "../../../../../sops/users/alice")
    commit("begin")
    put("key.txt", `${alice.secret}\n`)
})
afterEach(() => {
    rmSync(folder, { recursive: true })
})
