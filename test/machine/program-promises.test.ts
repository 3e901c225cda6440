// What the Go tests of sops-nix's program expect of it: five tests, here on our own files and keys.

import { execFileSync } from "node:child_process"
import { mkdtempSync, readlinkSync, realpathSync, rmSync, statSync } from "node:fs"
import { expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { sealBinary, sealTree } from "../../agent/sops/seal.ts"
import type { Target } from "../../agent/sops/target.ts"
import { rsaKey } from "../age/ssh-files.ts"
import { bundledAgent } from "../bundled.ts"
import { pgpTarget } from "./pgp/gpg-target.ts"
import { sshAsPgp } from "./pgp/ssh-as-pgp.ts"
import { World } from "./world.ts"

const agent = await bundledAgent()
const yaml = { key: "test_key", sopsFile: "secrets.yaml", format: "yaml", mode: "0400" }
const units = { restartUnits: ["affected-service"], reloadUnits: ["affected-reload-service"] }
const asNobody = { owner: "nobody", group: "nogroup", ...units }

/** A machine on which something lies where the secret is wanted. */
async function taken(seal: (world: World) => Promise<object>): Promise<void> {
    const world = new World()
    const path = world.write("existing-target", "")
    const keys = await seal(world)
    const secrets = [{ name: "test", ...yaml, ...asNobody, path }]
    const run = await world.runAs(
        { programFile: agent },
        "install",
        world.manifest({ secrets, ageSshKeyPaths: [], ...keys }),
    )
    expect(run.code).toBe(0)
    expect(realpathSync(path)).toBe(realpathSync(`${world.mountPoint}/1/test`))
    expect(world.read("test")).toBe("CANARY-test_value")
}
const document = "test_key: CANARY-test_value\n"

test("age: a key file opens the file", async () =>
    taken(async (world) => {
        const { secret, recipient } = generateIdentity()
        await world.seal("secrets.yaml", document, "yaml", recipient)
        return { ageKeyFile: world.write("age-keys.txt", `${secret}\n`) }
    }))

test("age with SSH: an ed25519 key opens the file", async () =>
    taken(async (world) => {
        await world.seal("secrets.yaml", document, "yaml")
        return { ageSshKeyPaths: [world.at("host_key")] }
    }))

test("all: five formats for one GnuPG home, then an RSA key", async () => {
    const home = mkdtempSync("/tmp/hs-promise-")
    try {
        const making = ["--quick-generate-key", "machine@test", "default", "default", "never"]
        const calling = ["--batch", "--quiet", "--homedir", home, "--passphrase", ""]
        execFileSync("gpg", [...calling, ...making], { stdio: "ignore" })
        await formats(home, pgpTarget(home))
    } finally {
        execFileSync("gpgconf", ["--homedir", home, "--kill", "all"])
        rmSync(home, { recursive: true })
    }
    await taken(async (world) => {
        const { privateKey } = rsaKey()
        const keyring = mkdtempSync("/tmp/hs-promise-")
        try {
            const target = pgpTarget(keyring, sshAsPgp(privateKey))
            const options = { at: new Date() }
            world.write("secrets.yaml", await sealTree(Buffer.from(document), "yaml", [target], options))
        } finally {
            rmSync(keyring, { recursive: true })
        }
        const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString()
        return { sshKeyPaths: [world.write("ssh-key", pem, 0o600)] }
    })
})

async function formats(gnupgHome: string, target: Target): Promise<void> {
    const world = new World()
    const tree = (text: string, format: "yaml" | "json" | "dotenv" | "ini") =>
        sealTree(Buffer.from(text), format, [target], { at: new Date() })
    const env = "hello=CANARY\nexample_multiline=foo\\nbar\n"
    const ini = "[Welcome!]\nhello = CANARY\n"
    world.write("secrets.yaml", await tree(document, "yaml"))
    world.write("secrets.json", await tree(`{"test_key": "CANARY-test_value"}`, "json"))
    world.write("secrets.bin", await sealBinary(Buffer.from("CANARY_value\n"), [target], new Date()))
    world.write("secrets.env", await tree(env, "dotenv"))
    world.write("secrets.ini", await tree(ini, "ini"))
    const path = world.at("test-target")
    const ofRoot = { owner: "root", group: "root", ...units, key: "test_key" }
    const secrets = [
        { name: "test", ...yaml, ...asNobody, path },
        { name: "test2", ...ofRoot, sopsFile: "secrets.json", format: "json", mode: "0700" },
        {
            name: "test3",
            ...asNobody,
            key: "test_key",
            sopsFile: "secrets.bin",
            format: "binary",
            path: `${path}3`,
        },
        { name: "test4", ...ofRoot, sopsFile: "secrets.env", format: "dotenv" },
        { name: "test5", ...ofRoot, sopsFile: "secrets.ini", format: "ini" },
    ]
    const wanted = { secrets, gnupgHome, ageSshKeyPaths: [] }
    await world.install(wanted)
    expect(readlinkSync(path)).toBe(`${world.symlink}/test`)
    expect(statSync(path).isFile()).toBe(true)
    expect(world.read("test")).toBe("CANARY-test_value")
    expect(world.stat("run/secrets.d/1/test")).toMatch(/^65534:\d+ 0400$/u)
    expect(statSync(path).gid).not.toBe(0)
    expect(world.stat("run/secrets.d/1/test2")).toBe("0:0 0700")
    expect(["test2", "test3"].map((name) => world.read(name))).toEqual([
        "CANARY-test_value",
        "CANARY_value\n",
    ])
    expect([world.read("test4"), world.read("test5")]).toEqual([env, expect.stringContaining("CANARY")])
    await world.install(wanted)
    expect(readlinkSync(world.symlink)).toBe(`${world.mountPoint}/2`)
}

test("validate: both checks pass with a key that is not there", async () => {
    const world = new World()
    await world.seal("secrets.yaml", document, "yaml")
    const secrets = [
        { name: "test", ...yaml, owner: "nobody", group: "nogroup", path: world.at("test-target") },
    ]
    const file = world.manifest({ secrets, sshKeyPaths: ["non-existing-key"] })
    for (const mode of ["manifest", "sopsfile"]) {
        const run = await world.runAs({ program: "sops-install-secrets" }, `-check-mode=${mode}`, file)
        expect([mode, run.code]).toEqual([mode, 0])
    }
})

test.each(["yaml", "json", "binary", "dotenv"])("formats: %s is one, and not in capitals", async (format) => {
    const world = new World()
    const source = format === "binary" || format === "dotenv" ? "test_key=CANARY\n" : `{"test_key": "CANARY"}`
    await world.seal(
        "file",
        source,
        format === "binary" || format === "dotenv" || format === "json" ? format : "yaml",
    )
    const warned = async (written: string): Promise<boolean> =>
        (
            await world.run(
                "check",
                world.manifest({
                    secrets: [{ name: "test", key: "test_key", sopsFile: "file", format: written }],
                }),
            )
        ).said.includes(`has the unknown format "${written}"`)
    expect([await warned(format), await warned(format.toUpperCase())]).toEqual([false, true])
})
