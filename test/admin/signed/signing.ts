// A repository whose commits are signed, for `verify --signed`: real keys of ssh-keygen and gpg, made for each file.

import { execFileSync } from "node:child_process"
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, expect } from "vitest"
import { Scene } from "../scene.ts"

export const keys = mkdtempSync(join(tmpdir(), "hostseal-signing-"))
export const gnupg = join(keys, "gnupg")
const names = ["alice", "bob", "mallory"] as const
export type Name = (typeof names)[number]
export const fingerprints = new Map<string, string>()
export let pgp = { fingerprint: "", armour: "" }
export let scene: Scene

beforeAll(() => {
    for (const name of names) {
        execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(keys, name)])
        const shown = execFileSync("ssh-keygen", ["-lf", join(keys, `${name}.pub`)]).toString()
        fingerprints.set(name, shown.split(" ")[1] ?? "")
    }
    mkdirSync(gnupg, { mode: 0o700 })
    const env = { ...process.env, GNUPGHOME: gnupg }
    const made = [
        "--batch",
        "--passphrase",
        "",
        "--quick-generate-key",
        "Carol <c@example.org>",
        "ed25519",
        "sign",
    ]
    execFileSync("gpg", made, { env, stdio: "ignore" })
    const listed = execFileSync("gpg", ["--with-colons", "--list-keys"], { env }).toString()
    pgp = {
        fingerprint: /^fpr:+([0-9A-F]{40}):/mu.exec(listed)?.[1] ?? "",
        armour: execFileSync("gpg", ["--armor", "--export"], { env }).toString(),
    }
})
afterAll(() => {
    execFileSync("gpgconf", ["--homedir", gnupg, "--kill", "all"])
    rmSync(keys, { recursive: true })
})

/** alice and bob may sign, from the introduction on, which alice has signed. */
beforeEach(async () => {
    scene = new Scene()
    expect(await scene.inside(["users", "add", "alice", scene.key("alice").recipient])).toMatchObject({
        code: 0,
    })
    expect(await scene.inside(["users", "add", "bob", scene.key("bob").recipient])).toMatchObject({ code: 0 })
    scene.git("config", "gpg.format", "ssh")
    for (const name of ["alice", "bob"]) allow(name, readFileSync(join(keys, `${name}.pub`), "utf8"))
    commit("alice", "signers")
    const introduced = await scene.inside(["introduce", "HEAD", fingerprints.get("alice") ?? ""])
    expect(introduced, introduced.err).toMatchObject({ code: 0 })
    return () => scene[Symbol.dispose]()
})

export function allow(name: string, text: string): void {
    mkdirSync(join(scene.tree, "sops/users", name), { recursive: true })
    writeFileSync(join(scene.tree, "sops/users", name, "signers"), text)
}

/** Commits everything, signed by somebody or by nobody. Returns the id. */
export function commit(by: Name | undefined, message: string, ...more: readonly string[]): string {
    scene.git("add", "--all")
    const signing = by === undefined ? "--no-gpg-sign" : `--gpg-sign=${join(keys, `${by}.pub`)}`
    scene.git("commit", "--quiet", "--allow-empty", signing, `--message=${message}`, ...more)
    return scene.git("rev-parse", "HEAD").trim()
}

export function touch(file: string): void {
    appendFileSync(join(scene.tree, file), "x\n")
}

export async function verdict(): Promise<{ readonly code: number | null; readonly text: string }> {
    const { code, out, err } = await scene.inside(["verify", "--signed"])
    return { code, text: out + err }
}

export async function isGood(): Promise<void> {
    const { code, text } = await verdict()
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining("all are signed") })
}

export async function isBad(id: string, why: RegExp): Promise<void> {
    const { code, text } = await verdict()
    expect(code, text).toBe(5)
    const line = text.split("\n").find((each) => each.startsWith(id.slice(0, 12)))
    expect(line, text).toMatch(why)
}
