// Files for PGP keys: opened with RSA host keys, without gpg, and with the keys of a GnuPG home, through gpg.

import { execFileSync } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { afterAll, beforeEach, describe, expect, test } from "vitest"
import { generateIdentity } from "../../../agent/age/identity.ts"
import { parseRecipient } from "../../../agent/age/recipient.ts"
import { keyEntry } from "../../../agent/sops/key-entry.ts"
import { sealBinary } from "../../../agent/sops/seal.ts"
import { ageTarget } from "../../../agent/sops/target.ts"
import type { Target } from "../../../agent/sops/target.ts"
import { rsaKey } from "../../age/ssh-files.ts"
import { bundledAgent } from "../../bundled.ts"
import { World } from "../world.ts"
import { sshAsPgp } from "./ssh-as-pgp.ts"

const agent = await bundledAgent()
const hostKey = rsaKey()
// The socket of gpg-agent lies in its home: a short path, or it does not fit. Nothing may ask a person.
const [admin, machine, empty] = [
    mkdtempSync("/tmp/hs-admin-"),
    mkdtempSync("/tmp/hs-home-"),
    mkdtempSync("/tmp/hs-empty-"),
]
afterAll(() => {
    for (const home of [admin, machine, empty]) {
        execFileSync("gpgconf", ["--homedir", home, "--kill", "all"])
        rmSync(home, { recursive: true })
    }
})

function gpg(home: string, input: Buffer | string, ...args: string[]): Buffer {
    const quiet = ["--batch", "--quiet", "--homedir", home, "--trust-model", "always"]
    return execFileSync("gpg", [...quiet, ...args], { input, stdio: ["pipe", "pipe", "pipe"] })
}

function fingerprintIn(home: string): string {
    const listed = gpg(home, "", "--with-colons", "--list-keys").toString()
    return /^fpr:+([0-9A-F]{40}):/mu.exec(listed)?.[1] ?? ""
}

gpg(admin, sshAsPgp(hostKey.privateKey), "--import")
const hostFingerprint = fingerprintIn(admin)
gpg(machine, "", "--passphrase", "", "--quick-generate-key", "machine@test", "default", "default", "never")
const fingerprint = fingerprintIn(machine)
gpg(admin, gpg(machine, "", "--export"), "--import")

function pgpTarget(recipient: string): Target {
    return {
        id: `pgp:${recipient}`,
        async wrap(dataKey) {
            const enc = gpg(admin, dataKey, "--armor", "--encrypt", "-r", recipient).toString()
            const created_at = "2026-01-01T00:00:00Z"
            return await Promise.resolve(keyEntry("pgp", { fp: recipient, enc, created_at }))
        },
    }
}

function forAge(text: string): Target {
    const recipient = parseRecipient(text)
    if (!("postQuantum" in recipient)) throw new Error("this needs a program")
    return ageTarget(recipient)
}

const stranger = generateIdentity().recipient
let world: World
beforeEach(() => {
    world = new World()
    world.write("rsa", hostKey.privateKey.export({ type: "pkcs1", format: "pem" }).toString(), 0o600)
})

const secrets = [{ name: "s", sopsFile: "s" }]

async function seal(...targets: readonly Target[]): Promise<void> {
    world.write("s", await sealBinary(Buffer.from("CANARY"), targets, new Date()))
}

async function install(wanted: Readonly<Record<string, unknown>>) {
    return await world.runAs({ programFile: agent }, "install", world.manifest({ secrets, ...wanted }))
}

describe("an RSA host key", () => {
    const withRsa = () => ({ ageSshKeyPaths: [], sshKeyPaths: [world.at("rsa")] })

    test("opens a file for it as a PGP key, without gpg, and says so as sops-nix does", async () => {
        await seal(pgpTarget(hostFingerprint))
        world.env["PATH"] = "/nowhere"
        world.env["SOPS_GPG_EXEC"] = "/nowhere/gpg"
        const logging = { keyImport: true, secretChanges: false }
        const { code, out, said } = await install({ ...withRsa(), logging })
        expect([code, said, world.read("s")]).toEqual([0, "", "CANARY"])
        const imported = `Imported ${world.at("rsa")} as GPG key with fingerprint ${hostFingerprint.toLowerCase()}`
        expect(out).toEqual([`hostseal-agent: ${imported}`])
    })

    test("opens one with other recipients too, beside a key for age", async () => {
        await seal(forAge(stranger), pgpTarget(fingerprint), pgpTarget(hostFingerprint))
        const { code } = await install({ sshKeyPaths: [world.at("gone"), world.at("rsa")] })
        expect([code, world.read("s")]).toEqual([0, "CANARY"])
    })

    test("that belongs to somebody and is open to all is used, with one warning", async () => {
        chmodSync(world.at("rsa"), 0o644)
        await seal(pgpTarget(hostFingerprint))
        const { code, err } = await install(withRsa())
        expect(code).toBe(0)
        expect(err.filter((line) => line.includes("not private"))).toHaveLength(1)
    })

    test("is not looked at while age opens everything", async () => {
        await seal(forAge(world.key.recipient), pgpTarget(hostFingerprint))
        const { code, said } = await world.runAs(
            { programFile: "/nowhere" },
            "install",
            world.manifest({ secrets, sshKeyPaths: [world.at("rsa")] }),
        )
        expect([code, world.read("s"), said.includes("PGP")]).toEqual([0, "CANARY", false])
    })

    test("that does not fit is named with its fingerprint", async () => {
        await seal(pgpTarget(fingerprint))
        const { code, said } = await install(withRsa())
        expect(code).toBe(65)
        expect(said).toContain(`pgp:${hostFingerprint} (${world.at("rsa")})`)
        expect(said).toContain(`it is encrypted to: pgp:${fingerprint}`)
    })

    test("does not open a message that was changed", async () => {
        const target = pgpTarget(hostFingerprint)
        await seal({
            ...target,
            async wrap(dataKey) {
                const { enc } = await target.wrap(dataKey)
                const bytes = gpg(admin, enc, "--dearmor")
                bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
                const changed = gpg(admin, bytes, "--enarmor").toString()
                const text = changed.replaceAll("ARMORED FILE", "MESSAGE").replace(/^Comment.*\n/mu, "")
                return keyEntry("pgp", { fp: hostFingerprint, enc: text, created_at: "2026-01-01T00:00:00Z" })
            },
        })
        const { code, said } = await install(withRsa())
        expect(code).toBe(65)
        expect(said).toContain("the PGP message cannot be read")
    })
})

describe("a GnuPG home", () => {
    test("opens a file for one of its keys, with other recipients too", async () => {
        await seal(forAge(stranger), pgpTarget(hostFingerprint), pgpTarget(fingerprint))
        const { code, said } = await install({ ageSshKeyPaths: [], gnupgHome: machine })
        expect([code, said, world.read("s")]).toEqual([0, "", "CANARY"])
    })

    test("leaves no gpg-agent that it has started, and leaves one alone that was there", async () => {
        await seal(pgpTarget(fingerprint))
        const runs = (): boolean =>
            execFileSync(
                "gpg-connect-agent",
                ["--homedir", machine, "--no-autostart", "GETINFO pid", "/bye"],
                {
                    encoding: "utf8",
                    stdio: "pipe",
                },
            ).startsWith("D ")
        const wanted = { ageSshKeyPaths: [], gnupgHome: machine }
        execFileSync("gpgconf", ["--homedir", machine, "--kill", "all"])
        expect((await install(wanted)).code).toBe(0)
        expect(runs()).toBe(false)
        execFileSync("gpg-connect-agent", ["--homedir", machine, "/bye"], { stdio: "ignore" })
        expect((await install(wanted)).code).toBe(0)
        expect(runs()).toBe(true)
    })

    test("opens secrets, though nobody can ask about its agent", async () => {
        await seal(pgpTarget(fingerprint))
        const program = world.write("bin/my-gpg", '#!/bin/sh\nexec gpg "$@"\n', 0o755)
        world.write("bin/gpg-connect-agent", "#!/nowhere/sh\n", 0o755)
        world.env["SOPS_GPG_EXEC"] = program
        const { code } = await install({ ageSshKeyPaths: [], gnupgHome: machine })
        expect([code, world.read("s")]).toEqual([0, "CANARY"])
    })

    test("beside SSH keys opens what those do not", async () => {
        await seal(pgpTarget(fingerprint))
        world.write("t", await sealBinary(Buffer.from("CANARY-t"), [forAge(world.key.recipient)], new Date()))
        const both = [...secrets, { name: "t", sopsFile: "t" }]
        const { code } = await install({ gnupgHome: machine, secrets: both })
        expect([code, world.read("s"), world.read("t")]).toEqual([0, "CANARY", "CANARY-t"])
    })

    test("is used with the program of SOPS_GPG_EXEC", async () => {
        await seal(pgpTarget(fingerprint))
        const log = world.at("calls")
        const program = world.write("bin/my-gpg", `#!/bin/sh\necho "$@" >>${log}\nexec gpg "$@"\n`, 0o755)
        world.env["SOPS_GPG_EXEC"] = program
        const { code } = await install({ ageSshKeyPaths: [], gnupgHome: machine })
        expect(code).toBe(0)
        expect(execFileSync("cat", [log]).toString()).toContain("--decrypt")
    })

    for (const [what, gnupgHome, problem, expected] of [
        ["without a secret key", () => empty, "there is no secret key in it", 65],
        ["that is not there", () => "/nonexistent/home", "no such directory", 75],
    ] as const)
        test(`${what} is named`, async () => {
            await seal(pgpTarget(fingerprint))
            const { code, said } = await install({ gnupgHome: gnupgHome() })
            expect(code).toBe(expected)
            expect(said).toContain(`${gnupgHome()} (${problem})`)
        })

    test("without gpg is told, with what to set", async () => {
        await seal(pgpTarget(fingerprint))
        world.env["SOPS_GPG_EXEC"] = "/nowhere/gpg"
        const { code, said } = await install({ ageSshKeyPaths: [], gnupgHome: machine })
        expect(code).toBe(65)
        expect(said).toContain(`${machine}: there is no gpg`)
    })

    test("of the environment counts where the manifest names none", async () => {
        await seal(pgpTarget(fingerprint))
        symlinkSync(machine, world.at("home"))
        world.env["GNUPGHOME"] = machine
        const { code } = await install({ ageSshKeyPaths: [] })
        expect([code, world.read("s")]).toEqual([0, "CANARY"])
    })
})
