// PGP entries that are named by the last 16 digits of a fingerprint, as gpg shows keys and some people write them: with the
// real gpg, in both layouts.

import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { seal } from "../host.ts"
import { Scene } from "./scene.ts"
import type { Ended } from "./scene.ts"

const gnupg = mkdtempSync("/tmp/hs-short-")
let whole = ""
let short = ""

beforeAll(() => {
    const env = { PATH: process.env["PATH"] ?? "", GNUPGHOME: gnupg }
    const gpg = (...args: readonly string[]): string =>
        execFileSync("gpg", ["--batch", ...args], { env, stdio: "pipe" }).toString()
    gpg("--passphrase", "", "--quick-generate-key", "short@test", "default", "default", "never")
    whole = /^fpr:+([0-9A-F]{40}):/mu.exec(gpg("--with-colons", "--list-keys"))?.[1] ?? ""
    short = whole.slice(-16)
}, 60_000)
afterAll(() => {
    execFileSync("gpgconf", ["--homedir", gnupg, "--kill", "all"])
    rmSync(gnupg, { recursive: true, force: true })
})

function runner(scene: Scene) {
    return (line: string, stdin = "", as = "alice"): Promise<Ended> =>
        scene.inside(line.split(" "), { stdin, as, env: { GNUPGHOME: gnupg } })
}

test("in clan's layout they are nobody's: named by verify, and made anew for the whole fingerprint", async () => {
    using scene = new Scene()
    const run = runner(scene)
    const refused = await run(`users add carol --pgp-key ${short}`)
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("this is a short key ID") })
    for (const line of [
        `users add alice ${scene.key("alice").recipient}`,
        `users add carol --pgp-key ${whole}`,
    ])
        expect(await run(line)).toMatchObject({ code: 0 })
    expect(await run("set s1 --user alice --user carol", "CANARY one")).toMatchObject({ code: 0 })
    const file = join(scene.tree, "sops/secrets/s1/secret")
    const shorten = (): void => {
        const text = readFileSync(file, "utf8")
        expect(text).toContain(`"fp": "${whole}"`)
        writeFileSync(file, text.replace(`"fp": "${whole}"`, `"fp": "${short}"`))
        scene.git("commit", "--quiet", "--all", "--message=short")
    }
    shorten()
    const { code, out } = await run("verify")
    expect(code).toBe(5)
    expect(out).toContain(`is not encrypted for user "carol" (pgp:${whole})`)
    expect(out).toContain(`is encrypted for pgp:${short} (nobody in this repository)`)
    expect((await run("verify --bound")).out).toContain(`other readers than it was bound with: +pgp:${short}`)
    for (const name of ["alice", "carol"])
        expect(await run("get s1", "", name)).toMatchObject({ code: 0, out: "CANARY one" })
    const updated = await run("key update")
    expect(updated.code, updated.err).toBe(0)
    expect(updated.err).toContain(`s1 was encrypted for pgp:${short} too, which belongs to nobody here`)
    expect(await run("verify --bound")).toMatchObject({ code: 0 })
    shorten()
    expect(await run("set s1", "CANARY two")).toMatchObject({ code: 0 })
    expect(readFileSync(file, "utf8")).toContain(`"fp": "${whole}"`)
    expect(await run("get s1", "", "carol")).toMatchObject({ code: 0, out: "CANARY two" })

    // As the key of somebody it is a key that cannot be told from others, and what becomes of it is a question.
    const key = JSON.stringify([{ publickey: short, type: "pgp" }])
    writeFileSync(join(scene.tree, "sops/users/carol/key.json"), key)
    scene.git("commit", "--quiet", "--all", "--message=short key")
    expect((await run("verify")).out).toContain("sops/users/carol/key.json: not a PGP fingerprint")
    for (const line of ["set s1", "key update"]) {
        const asked = await run(line, "CANARY three")
        expect(asked.code, asked.err).toBe(1)
        expect(asked.err).toContain(`user carol would gain what this command does not say: s1 (pgp:${short})`)
    }
})

test("under a .sops.yaml they mean the key that ends so, and the whole of it is a question for a new value", async () => {
    using scene = new Scene()
    const run = runner(scene)
    const alice = scene.key("alice").recipient
    const rules = (pgp: string): void => {
        writeFileSync(
            join(scene.tree, ".sops.yaml"),
            `keys:\n  - &alice ${alice}\n  - &carol ${pgp}\ncreation_rules:\n` +
                `  - key_groups:\n      - age: [*alice]\n        pgp: [*carol]\n`,
        )
        scene.git("add", "--all")
        scene.git("commit", "--quiet", "--message=rules")
    }
    writeFileSync(join(scene.tree, "x.yaml"), await seal("a: CANARY one\n", "yaml", alice))
    rules(short)
    expect((await run("verify")).out).toContain(`is not encrypted for user "carol" (pgp:${short})`)
    expect(await run("key update --accept user:carol")).toMatchObject({ code: 0 })
    expect(await run("set x.yaml a", "CANARY two")).toMatchObject({ code: 0 })
    expect(readFileSync(join(scene.tree, "x.yaml"), "utf8")).toContain(`fp: ${short}\n`)
    expect(await run("get x.yaml a", "", "carol")).toMatchObject({ code: 0, out: "CANARY two" })
    expect(await run("verify --bound")).toMatchObject({ code: 0 })
    rules(whole)
    expect(await run("verify")).toMatchObject({ code: 0 })
    expect((await run("key update")).err).toContain("already up to date")
    // Another key can end with the same digits, and this clone has agreed to those alone.
    const asked = await run("set x.yaml a", "CANARY three")
    expect(asked.code, asked.err).toBe(1)
    expect(asked.err).toContain("user carol would gain what this command does not say: x.yaml")
    expect(await run("set x.yaml a --accept user:carol", "CANARY three")).toMatchObject({ code: 0 })
    expect(await run("get x.yaml a", "", "carol")).toMatchObject({ code: 0, out: "CANARY three" })
    expect(await run("users remove carol")).toMatchObject({ code: 0 })
    expect((await run("get x.yaml a", "", "carol")).code).not.toBe(0)
    expect(await run("verify --bound")).toMatchObject({ code: 0 })
})
