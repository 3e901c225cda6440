import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { findGpg, parseFingerprint } from "../../agent/os/gpg.ts"
import type { Gpg } from "../../agent/os/gpg.ts"

// The socket of gpg-agent lies in its home: a short path, or it does not fit.
const home = mkdtempSync("/tmp/hs-gpg-")
const env = { PATH: "/usr/bin:/bin", HOME: home, GNUPGHOME: home, SOPS_AGE_KEY: "CANARY" }
const dataKey = Buffer.from("CANARY-data-key-of-32-bytes-long")
let open = ""
let protectedKey = ""

function gpg(...args: string[]): string {
    return execFileSync("gpg", ["--batch", "--quiet", ...args], {
        env,
        stdio: ["ignore", "pipe", "ignore"],
    }).toString()
}

function fingerprintOf(name: string): string {
    return /^fpr:+([0-9A-F]{40}):/mu.exec(gpg("--with-colons", "--list-keys", name))?.[1] ?? ""
}

/** Makes a shell script the program that gpg-agent asks for passphrases. */
function pinentry(body: string): void {
    const program = join(home, "pinentry")
    writeFileSync(program, `#!/bin/sh\n${body}\n`, { mode: 0o755 })
    writeFileSync(
        join(home, "gpg-agent.conf"),
        `pinentry-program ${program}\nmax-cache-ttl 0\ndefault-cache-ttl 0\n`,
    )
    execFileSync("gpgconf", ["--homedir", home, "--kill", "all"], { env })
}

/** A pinentry that answers every request for a passphrase like this. */
function conversation(answer: string): string {
    const cases = `GETPIN) printf '${answer}\\n';; BYE) echo OK; exit;; *) echo OK;;`
    return `echo OK\nwhile read command rest; do case "$command" in ${cases} esac; done`
}

beforeAll(() => {
    writeFileSync(
        join(home, "gpg-agent.conf"),
        "pinentry-program /bin/false\nmax-cache-ttl 0\ndefault-cache-ttl 0\n",
    )
    gpg("--passphrase", "", "--quick-generate-key", "open@test", "default", "default", "never")
    gpg(
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "right",
        "--quick-generate-key",
        "locked@test",
        "default",
        "default",
        "never",
    )
    open = fingerprintOf("open@test")
    protectedKey = fingerprintOf("locked@test")
}, 60_000)

afterAll(() => {
    execFileSync("gpgconf", ["--homedir", home, "--kill", "all"], { env })
    rmSync(home, { recursive: true, force: true })
})

function found(more: Record<string, string> = {}): Gpg {
    const program = findGpg({ ...env, ...more })
    if (program === undefined) throw new Error("gpg is not installed")
    return program
}

test("wraps a data key for a fingerprint, and unwraps it", async () => {
    const message = await found().wrap(open, dataKey)
    expect(message).toMatch(/^-----BEGIN PGP MESSAGE-----\n[^]*-----END PGP MESSAGE-----$/u)
    expect(await found().unwrap(open, message)).toEqual(dataKey)
    expect(await found().unwrap(open.slice(-16), message)).toEqual(dataKey)
    expect(
        execFileSync("gpg", ["--batch", "-d"], { env, input: message, stdio: ["pipe", "pipe", "ignore"] }),
    ).toEqual(dataKey)
})

test("knows the secret keys, subkeys included, in one run", async () => {
    const keys = await found().secretKeys()
    expect(keys).toContain(open)
    expect(keys).toContain(protectedKey)
    expect(keys.size).toBe(4)
})

test("is silent about messages for somebody else, and about broken ones", async () => {
    const message = await found().wrap(open, dataKey)
    const program = found()
    expect(await program.unwrap("0".repeat(40), message)).toBeUndefined()
    expect(await program.unwrap("--output=/etc/passwd", message)).toBeUndefined()
    expect(await program.unwrap(open, message.replace(/[A-Za-z0-9]{20}/u, "A".repeat(20)))).toBeUndefined()
    expect(await program.unwrap(open, "not a message")).toBeUndefined()
})

for (const [why, answer] of [
    ["nobody can be asked", undefined],
    ["the person cancels", "ERR 83886179 cancelled"],
    ["the passphrase is wrong", "D wrong\\nOK"],
] as const) {
    test(`a key that stays locked ends the command instead of asking again: ${why}`, async () => {
        pinentry(answer === undefined ? "exit 1" : conversation(answer))
        const message = await found().wrap(protectedKey, dataKey)
        const program = found()
        await expect(program.unwrap(protectedKey, message)).rejects.toThrow(/was not unlocked/u)
        pinentry(conversation("D right\\nOK"))
        await expect(program.unwrap(protectedKey, message)).rejects.toThrow(/was not unlocked/u)
    })
}

test("who cancels is asked once, however many files wait", async () => {
    const log = join(home, "asked")
    pinentry(`echo asked >> '${log}'\n${conversation("ERR 83886179 cancelled")}`)
    const message = await found().wrap(protectedKey, dataKey)
    const program = found()
    const ends = await Promise.allSettled([1, 2, 3].map(async () => program.unwrap(protectedKey, message)))
    for (const end of ends)
        expect(end).toMatchObject({ reason: { message: expect.stringMatching(/was not unlocked/u) } })
    expect(readFileSync(log, "utf8")).toBe("asked\n")
})

test("the agent asks for the passphrase of a protected key", async () => {
    pinentry(conversation("D right\\nOK"))
    const message = await found().wrap(protectedKey, dataKey)
    expect(await found().unwrap(protectedKey, message)).toEqual(dataKey)
})

test("refuses recipients that gpg does not have or that are none", async () => {
    await expect(found().wrap("A".repeat(40), dataKey)).rejects.toThrow(
        `gpg cannot encrypt to ${"A".repeat(40)}`,
    )
    for (const bad of ["ABCDEF", "--output", "open@test", `${open}\n`.repeat(2), ""]) {
        await expect(found().wrap(bad, dataKey)).rejects.toThrow("named by its fingerprint")
    }
    expect(parseFingerprint("0x85d7 7543 b3d6 24b6 3cea  9e6d bc17 301b 491b 3f21")).toBe(
        "85D77543B3D624B63CEA9E6DBC17301B491B3F21",
    )
})

test("takes the gpg of SOPS_GPG_EXEC, without a shell and without identities in its environment", async () => {
    const log = join(home, "log")
    const wrapper = join(home, "my gpg")
    writeFileSync(wrapper, `#!/bin/sh\n{ echo "$@"; env; } > '${log}'\nexec gpg "$@"\n`, { mode: 0o755 })
    await found({ SOPS_GPG_EXEC: `'${wrapper}'`, NODE_OPTIONS: "--title=x" }).wrap(open, dataKey)
    const seen = readFileSync(log, "utf8")
    expect(seen).toContain(`--recipient ${open}`)
    expect(seen).toContain(`GNUPGHOME=${home}`)
    expect(seen).not.toMatch(/CANARY|NODE_OPTIONS/u)
})

test("no gpg is no gpg: nothing relative is ever run", () => {
    expect(findGpg({ PATH: "." })).toBeUndefined()
    expect(findGpg({ ...env, SOPS_GPG_EXEC: "./gpg" })).toBeUndefined()
})
