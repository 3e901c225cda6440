// The shapes that repositories with a `.sops.yaml` have, made with the real sops: `verify` says what is wrong, `key update`
// mends it, and then sops finds nothing to do, and every file opens for those who should read it, and for nobody else.

import { execFile, execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { env } from "node:process"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"
import { filesOf, filled, identities, keysWith, sshKey } from "../admin/shapes/keys.ts"
import type { ShapeFile } from "../admin/shapes/keys.ts"
import type { Shape } from "../admin/shapes/shape.ts"
import { misread } from "../admin/shapes/misread.ts"
import { mistaken } from "../admin/shapes/mistaken.ts"
import { written } from "../admin/shapes/written.ts"
import { committed, file, found, read, runWith, tree } from "./ruled-tree.ts"

// The socket of gpg-agent lies in its home: a short path, or it does not fit.
const gnupg = mkdtempSync("/tmp/hs-gpg-")
let keys: Readonly<Record<string, string>> = {}

beforeAll(() => {
    const gpg = (...args: string[]): string =>
        execFileSync("gpg", ["--batch", ...args], {
            env: { ...env, GNUPGHOME: gnupg },
            stdio: "pipe",
        }).toString()
    for (const name of ["one", "two"])
        gpg("--passphrase", "", "--quick-gen-key", `${name}@example.org`, "ed25519", "sign", "never")
    const fingerprints = [...gpg("--with-colons", "--list-keys").matchAll(/^fpr:+([0-9A-F]{40}):/gmu)]
    const [pgp = "", pgp2 = ""] = fingerprints.map(([, fingerprint = ""]) => fingerprint)
    for (const each of [pgp, pgp2])
        gpg("--passphrase", "", "--quick-add-key", each, "cv25519", "encr", "never")
    keys = keysWith(pgp, pgp2)
})
afterAll(() => {
    execFileSync("gpgconf", ["--kill", "all"], { env: { ...env, GNUPGHOME: gnupg } })
    rmSync(gnupg, { recursive: true, force: true })
})

/** Runs the real sops with the keys of one of those who are known, or of all. */
function sopsAs(name: string, ...args: string[]) {
    return spawnSync("sops", args, { cwd: tree, env: homeOf(name), encoding: "utf8" })
}

/** What it decrypts so; undefined when it cannot. */
async function openedAs(name: string, path: string): Promise<string | undefined> {
    try {
        return (await promisify(execFile)("sops", ["decrypt", path], { cwd: tree, env: homeOf(name) })).stdout
    } catch {
        return undefined
    }
}

function homeOf(name: string) {
    return {
        PATH: env["PATH"],
        HOME: join(tree, ".git"),
        GNUPGHOME: name === "pgp" || name === "all" ? gnupg : join(tree, ".git/none"),
        ...(name === "ssh" ? { SOPS_AGE_SSH_PRIVATE_KEY_FILE: join(tree, ".git/ssh") } : {}),
        ...(name === "all" ? { SOPS_AGE_KEY: all } : {}),
        ...(name in identities ? { SOPS_AGE_KEY: secretOf(name) } : {}),
    }
}
const all = Object.values(identities)
    .map(({ secret }) => secret)
    .join("\n")
function secretOf(name: string): string | undefined {
    return Object.entries(identities).find(([other]) => other === name)?.[1].secret
}
const everybody = [...Object.keys(identities), "ssh", "pgp"]

const plaintexts: Readonly<Record<string, string>> = {
    yaml: "# CANARY is for a\na: CANARY one\nb:\n    # as it was\n    c: 3\n    d:\n        - CANARY two\n        - true\n",
    json: '{\n\t"a": "CANARY one",\n\t"b": {\n\t\t"c": 1.5\n\t}\n}\n',
    env: "# CANARY\na=CANARY one\nb=CANARY\n",
    ini: "[a]\nb = CANARY one\n",
}
const plaintextOf = (path: string): string => plaintexts[path.replace(/^.*\./su, "")] ?? "CANARY\none\n"

/** Has the real sops write a file for its readers; an entry for a cloud is put in by hand, as nobody here can make one. */
function seal({ path, groups, options }: ShapeFile): void {
    const mapped = groups.map((group) => {
        const pgp = group.filter((name) => name.startsWith("pgp"))
        const age = group.filter((name) => !name.startsWith("pgp") && name !== "kms")
        const listed = (names: readonly string[]) =>
            names.map((name) => (name === "ssh" ? `${keys[name]} root@server` : keys[name]))
        return {
            ...(age.length > 0 ? { age: listed(age) } : {}),
            ...(pgp.length > 0 ? { pgp: listed(pgp) } : {}),
        }
    })
    const [said = "", flag] = options.split(", ")
    const space = said.indexOf(" ")
    const rule = {
        key_groups: mapped,
        [said.slice(0, space)]: said.slice(space + 1),
        ...(flag === undefined ? {} : { mac_only_encrypted: true }),
    }
    file(".git/seal.yaml", JSON.stringify({ creation_rules: [rule] }))
    file(path, plaintextOf(path))
    expect(sopsAs("all", "--config", ".git/seal.yaml", "encrypt", "-i", path)).toMatchObject({ status: 0 })
    if (groups.flat().includes("kms"))
        file(path, read(path).replace(/^sops:\n/mu, `sops:\n    kms:\n${cloudEntry()}`))
}

function cloudEntry(): string {
    const fields = [
        `arn: ${keys["kms"]}`,
        'created_at: "2026-01-01T00:00:00Z"',
        "enc: AQICAHg=",
        'aws_profile: ""',
    ]
    return `        - ${fields.join("\n          ")}\n`
}

/** A file without its metadata, as lines. */
function values(path: string): readonly string[] {
    const lines = read(path).split("\n")
    const end = lines.findIndex((line) => /^(?:sops:|\t"sops"|sops_|\[sops\])/u.test(line))
    return lines.slice(0, end)
}

/** The configuration may say how far sops indents. */
const unindented = (text: string): string => text.replaceAll(/^[ ]+/gmu, "")

const keysOfAll = () => runWith({ SOPS_AGE_KEY: all, GNUPGHOME: gnupg }, "key", "update", "--accept", "all")

test.each([...written, ...mistaken, ...misread].map((shape) => [shape.about, shape] as const))(
    "%s",
    async (_, shape) => {
        writeFileSync(join(tree, ".git/ssh"), sshKey, { mode: 0o600 })
        const files = filesOf(shape.files)
        const sealed = files.filter(({ text }) => text === undefined)
        for (const { path, text } of files) if (text !== undefined) file(path, text)
        for (const each of sealed) seal(each)
        file(".sops.yaml", filled(shape.config, keys))
        committed()
        const before = new Map(sealed.map(({ path }) => [path, { bytes: read(path), values: values(path) }]))
        const finds = shape.finds ?? []
        expect((await found()).problems.toSorted()).toEqual(finds.toSorted())

        const { code, err } = await keysOfAll()
        const isRefused = shape.refused === true && shape.left === undefined
        expect({ code, err }).toMatchObject({ code: isRefused ? 1 : 0 })
        const left = isRefused ? finds : (shape.left ?? [])
        expect((await found()).problems.toSorted()).toEqual(left.toSorted())
        if (isRefused) {
            for (const [path, { bytes }] of before) expect(read(path)).toBe(bytes)
            for (const path of before.keys())
                expect(sopsAs("all", "updatekeys", "-y", path).status).not.toBe(0)
            return
        }

        expect(finds.length === 0 || shape.opens !== undefined).toBe(true)
        for (const each of sealed)
            if (!each.path.startsWith("sub/")) await checkFile(shape, each, left, before.get(each.path))
    },
)

/** What a file was before, and what it is to be now. */
async function checkFile(
    { finds = [], opens, files, refused, respelled }: Shape,
    { path, groups }: ShapeFile,
    left: readonly string[],
    before: { readonly bytes: string; readonly values: readonly string[] } | undefined,
): Promise<void> {
    const isAmong = (problems: readonly string[]): boolean =>
        problems.some((line) => line.endsWith(` ${path}`))
    const now = read(path)
    const had = groups.flat().filter((name) => name in identities || name === "ssh" || name === "pgp")
    const [readers = ""] = ((opens ?? files)[path] ?? "").split(" | ")
    const have = everybody.filter((name) => readers.split(" ").includes(name))
    const goesToCloud = groups.flat().includes("kms") && have.every((name) => had.includes(name))
    const isLoss =
        isAmong(finds) && !isAmong(left) && (had.some((name) => !have.includes(name)) || goesToCloud)
    const shown = (lines: readonly string[] = []): readonly string[] =>
        isLoss ? lines.map((line) => line.replaceAll(/ENC\[[^\]]*\]/gu, "ENC")) : lines
    expect(shown(values(path))).toEqual(shown(before?.values))
    if (!isAmong(finds)) expect(now).toBe(before?.bytes)
    const isCloud = !isAmong(finds) || isAmong(left) || have.some((name) => !had.includes(name))
    if (groups.flat().includes("kms")) expect(now.includes(cloudEntry())).toBe(isCloud)

    const opened = await Promise.all(everybody.map((name) => openedAs(name, path)))
    const can = everybody.filter((_, index) => opened[index] !== undefined)
    expect({ path, can }).toEqual({ path, can: have })
    for (const text of opened)
        if (text !== undefined) expect(unindented(text)).toBe(unindented(plaintextOf(path)))

    const { status, stderr } = sopsAs("all", "updatekeys", "-y", path)
    if (refused === true || left.includes(`no-rule ${path}`)) expect(status).not.toBe(0)
    else if (!isAmong(left) && respelled !== true) {
        expect({ path, stderr }).toEqual({ path, stderr: expect.stringContaining("already up to date") })
        expect({ status, bytes: read(path) }).toEqual({ status: 0, bytes: now })
    }
}
