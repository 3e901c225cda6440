// A repository with a `.sops.yaml`, made with the real sops, and both programs at work in it.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { env } from "node:process"
import { afterEach, beforeEach, expect } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { hostseal } from "../admin/world.ts"

export const alice = generateIdentity()
export const bob = generateIdentity()
export const web = generateIdentity()
export let tree: string

beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), "hostseal-ruled-"))
    execFileSync("git", ["init", "--quiet", tree])
    for (const name of ["user.name", "user.email"])
        execFileSync("git", ["-C", tree, "config", name, "alice@example.org"])
})
afterEach(() => rmSync(tree, { recursive: true }))

/** Writes a file of the tree. */
export function file(path: string, text: string): void {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
}

/** Runs the real sops as Alice. */
export function sops(...args: string[]): {
    readonly status: number | null
    readonly stderr: string
    readonly stdout: string
} {
    const home = { PATH: env["PATH"], HOME: tree, SOPS_AGE_KEY: alice.secret }
    return spawnSync("sops", args, { cwd: tree, env: home, encoding: "utf8" })
}

/** Writes a file of the tree and has the real sops encrypt it. */
export function sealed(path: string, text = "a: CANARY\n"): void {
    file(path, text)
    expect(sops("encrypt", "-i", path)).toMatchObject({ status: 0 })
}

/** Runs hostseal as Alice. */
export async function run(...args: string[]) {
    return runWith({}, ...args)
}

/** The same, with more in the environment. */
export async function runWith(more: Readonly<Record<string, string>>, ...args: string[]) {
    const home = {
        PATH: env["PATH"] ?? "",
        HOME: tree,
        GIT_CONFIG_NOSYSTEM: "1",
        SOPS_AGE_KEY: alice.secret,
        XDG_RUNTIME_DIR: join(tree, ".git"),
        ...more,
    }
    return hostseal(args, home, { cwd: tree })
}

/** What `verify` finds, as codes and paths. */
export async function found(): Promise<{ code: number; problems: string[]; notes: string[] }> {
    const { code, out } = await run("verify", "--json")
    const { problems, notes }: Record<"problems" | "notes", { code: string; path: string }[]> =
        JSON.parse(out)
    const short = (all: { code: string; path: string }[]): string[] =>
        all.map((each) => `${each.code} ${each.path}`)
    return { code, problems: short(problems), notes: short(notes) }
}

/** A configuration of three keys and rules for those who are named. */
export function configuration(rules: Readonly<Record<string, readonly string[]>>): string {
    const keys = `keys:\n  - &users\n    - &alice ${alice.recipient}\n    - &bob ${bob.recipient}\n  - &host_web ${web.recipient}\n`
    const entries = Object.entries(rules).map(
        ([pattern, names]) =>
            `  - path_regex: ${pattern}\n    key_groups:\n      - age:\n${names.map((name) => `          - *${name}\n`).join("")}`,
    )
    return `${keys}creation_rules:\n${entries.join("")}`
}

/** The bytes of a file of the tree, as text. */
export function read(path: string): string {
    return readFileSync(join(tree, path), "utf8")
}

/** What the real sops decrypts with a key; undefined when it cannot. */
export function openedBy(secret: string, path: string): string | undefined {
    const home = { PATH: env["PATH"], HOME: join(tree, ".git"), SOPS_AGE_KEY: secret }
    const { status, stdout } = spawnSync("sops", ["decrypt", path], {
        cwd: tree,
        env: home,
        encoding: "utf8",
    })
    return status === 0 ? stdout : undefined
}

/** Git in the tree. */
export function git(...args: string[]): string {
    return execFileSync("git", ["-C", tree, ...args], { encoding: "utf8" })
}

/** Commits all of the tree. */
export function committed(): void {
    git("add", "-A")
    git("commit", "--quiet", "-m", "as it is")
}
