// A repository with the drivers of git, as git itself calls them: one secret, which alice can open.

import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import process from "node:process"
import { expect } from "vitest"
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { printKeys } from "../../agent/repo/keys.ts"
import { parseDocument, recipientsOf } from "../../agent/sops/document.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { boundTo, unbindDocument } from "../../agent/sops/bind.ts"
import { judge } from "../../agent/sops/binding.ts"
import { rewrap } from "../../agent/sops/rewrap.ts"
import { sealBinary } from "../../agent/sops/seal.ts"
import { ageTarget } from "../../agent/sops/target.ts"
import { unlock } from "../../agent/sops/unlock.ts"

export const alice = generateIdentity()
export const bob = generateIdentity()
export const carol = generateIdentity()
export const main = join(import.meta.dirname, "../../agent/admin/main.ts")
export const place = "sops/secrets/wifi"
export const secret = `${place}/secret`
export let folder = ""

export const put = (path: string, content: string | Buffer): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content, { mode: 0o600 })
}
const target = (recipient: string) => {
    const parsed = parseRecipient(recipient)
    if (parsed.kind === "unresolved plugin") throw new Error("not in this test")
    return ageTarget(parsed)
}
const keyring = { identities: [parseIdentity(alice.secret)] }
export const seal = async (value: string, ...readers: { recipient: string }[]): Promise<void> => {
    put(
        secret,
        await sealBinary(
            Buffer.from(value),
            readers.map(({ recipient }) => target(recipient)),
            new Date(),
            boundTo(place),
        ),
    )
}
export const grant = async (...readers: { recipient: string }[]): Promise<void> => {
    const document = await parseDocument(readFileSync(join(folder, secret)), "binary")
    const targets = readers.map(({ recipient }) => target(recipient))
    put(secret, await rewrap(document, await unlock(document, keyring), targets, new Set(), boundTo(place)))
}
export const here = async () => {
    const document = await parseDocument(readFileSync(join(folder, secret)), "binary")
    return { document, dataKey: await unlock(document, keyring) }
}
/** As sops and clan write it. */
export const unbind = async (): Promise<void> => put(secret, unbindDocument((await here()).document))
export const verdict = async () => {
    const { document, dataKey } = await here()
    return judge(document, dataKey, place).kind
}
export const content = async (): Promise<{ value: string; recipients: readonly string[] }> => {
    const document = await parseDocument(readFileSync(join(folder, secret)), "binary")
    const value = openDocument(document, await unlock(document, keyring))
        .whole()
        .toString()
    return { value, recipients: recipientsOf(document).toSorted() }
}
export const git = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync("git", ["-C", folder, ...args], {
        env: { HOME: folder, PATH: `${folder}/bin:${process.env["PATH"]}`, GIT_CONFIG_NOSYSTEM: "1" },
        encoding: "utf8",
    })
    return { status, output: stdout + stderr }
}
export const commit = (message: string): void => {
    git("add", "-A", "sops", ".gitattributes")
    expect(git("commit", "-qm", message).output).toBe("")
}
export const hostseal = (...args: string[]): string =>
    execFileSync(process.execPath, [main, ...args], {
        cwd: folder,
        env: { HOME: folder, PATH: process.env["PATH"] },
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
    })

/** Makes it, with the drivers set up. */
export async function begin(): Promise<void> {
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
}
/** Removes it. */
export function end(): void {
    rmSync(folder, { recursive: true })
}
