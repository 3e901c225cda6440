import { chmodSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { afterEach, beforeEach, expect, test } from "vitest"
import { sealAge } from "../../agent/age/file.ts"
import { generateHybridIdentity, generateIdentity } from "../../agent/age/identity.ts"
import type { WrappingRecipient } from "../../agent/age/key.ts"
import { keyEntry } from "../../agent/sops/key-entry.ts"
import { sealBinary } from "../../agent/sops/seal.ts"
import type { Target } from "../../agent/sops/target.ts"
import { pluginIdentityText, pluginRecipientText, writePlugin } from "../admin/plugin-program.ts"
import { rsaKey } from "../age/ssh-files.ts"
import { bundledAgent } from "../bundled.ts"
import { World } from "./world.ts"

const agent = await bundledAgent()

let world: World
/** In memory, as a user's runtime directory is. */
let runtime: string
beforeEach(() => {
    world = new World()
    runtime = mkdtempSync("/dev/shm/hostseal-")
    world.env["XDG_RUNTIME_DIR"] = runtime
})
afterEach(() => rmSync(runtime, { recursive: true }))

/** Where generations go. */
const place = (userMode: boolean) => (userMode ? { userMode, secretsMountPoint: "%r/secrets.d" } : {})

const secrets = [{ name: "s", sopsFile: "s" }]

/** An RSA host key as ssh-keygen -m PEM writes it. */
function rsaHostKey(path: string): string {
    const { privateKey, publicLine } = rsaKey()
    world.write(path, privateKey.export({ type: "pkcs1", format: "pem" }).toString(), 0o600)
    return publicLine
}

test("a file for the host key as an SSH key is opened with it", async () => {
    await world.seal("s", "CANARY", "binary", world.key.publicLine)
    await world.install({ secrets })
    expect(world.read("s")).toBe("CANARY")
})

for (const field of ["ageSshKeyPaths", "sshKeyPaths"]) {
    test(`a file for an RSA host key in ${field} is opened through the gate`, async () => {
        const publicLine = rsaHostKey("rsa_key")
        await world.seal("s", "CANARY", "binary", publicLine)
        const paths = [world.at("rsa_key")]
        const manifest = world.manifest({ secrets, ageSshKeyPaths: [], [field]: paths })
        const { code, said } = await world.runAs({ programFile: agent }, "install", manifest)
        expect(said).not.toContain("error")
        expect([code, world.read("s")]).toEqual([0, "CANARY"])
    })
}

test("an RSA key is not read when no file needs it", async () => {
    rsaHostKey("rsa_key")
    await world.seal("s", "CANARY")
    const manifest = world.manifest({
        secrets,
        ageSshKeyPaths: [world.at("host_key"), world.at("rsa_key")],
        sshKeyPaths: [world.at("absent")],
    })
    // A child of this program would not exist.
    const { code, err } = await world.runAs({ programFile: "/nowhere" }, "install", manifest)
    expect(code).toBe(0)
    expect(err).toHaveLength(1)
})

test("identities of a key file, several and post-quantum ones", async () => {
    const [classic, hybrid] = [generateIdentity(), generateHybridIdentity()]
    world.write(
        "key.txt",
        `# created: today\n${classic.secret}\n\n# public key: x\n${hybrid.secret}\n`,
        0o600,
    )
    await world.seal("s", "CANARY-1", "binary", classic.recipient)
    await world.seal("t", "CANARY-2", "binary", hybrid.recipient)
    const wanted = [...secrets, { name: "t", sopsFile: "t" }]
    await world.install({ secrets: wanted, ageSshKeyPaths: [], ageKeyFile: world.at("key.txt") })
    expect([world.read("s"), world.read("t")]).toEqual(["CANARY-1", "CANARY-2"])
})

test("a key file with a comment only is no key", async () => {
    world.write("key.txt", "# nothing here\n", 0o600)
    await world.seal("s", "CANARY")
    const { code, said } = await world.run(
        "install",
        world.manifest({ secrets, ageSshKeyPaths: [], ageKeyFile: world.at("key.txt") }),
    )
    expect(code).toBe(65)
    expect(said).toContain(`${world.at("key.txt")}: the file holds no identity`)
})

for (const [what, content] of [
    ["of zero bytes", ""],
    ["with a comment only", "# nothing here\n"],
] as const)
    test(`a key file ${what} beside an SSH key is a warning`, async () => {
        world.write("key.txt", content, 0o600)
        await world.seal("s", "CANARY")
        const { code, said } = await world.run(
            "install",
            world.manifest({ secrets, ageKeyFile: world.at("key.txt") }),
        )
        expect([code, world.read("s")]).toEqual([0, "CANARY"])
        expect(said).toContain(`warning: ${world.at("key.txt")}: the file holds no identity`)
    })

test("a private key that others can read is used, also through a link, with one warning that stays in the status", async () => {
    await world.seal("s", "CANARY")
    symlinkSync(world.at("host_key"), world.at("link"))
    chmodSync(world.at("host_key"), 0o640)
    const { err } = await world.install({ secrets, ageSshKeyPaths: [world.at("link")] })
    expect(world.read("s")).toBe("CANARY")
    const warning = `the key file ${world.at("link")} is not private: its mode is 0640 (chmod 0600 ${world.at("link")})`
    expect(err.filter((line) => line.includes("not private"))).toEqual([
        `hostseal-agent: warning: ${warning}`,
    ])
    const { out } = await world.run("status", world.at("manifest.json"))
    expect(out).toContain(`    warning: ${warning}`)
})

const own = generateIdentity()
const usual: Record<string, () => Record<string, string>> = {
    SOPS_AGE_KEY: () => ({ SOPS_AGE_KEY: `# x\n${own.secret}` }),
    SOPS_AGE_KEY_FILE: () => ({ SOPS_AGE_KEY_FILE: world.write("key.txt", own.secret, 0o600) }),
    SOPS_AGE_KEY_CMD: () => ({ SOPS_AGE_KEY_CMD: `cat '${world.write("key.txt", own.secret, 0o600)}'` }),
    "XDG_CONFIG_HOME/sops/age/keys.txt": () => {
        world.write("config/sops/age/keys.txt", own.secret, 0o600)
        return { XDG_CONFIG_HOME: world.at("config") }
    },
    "~/.config/sops/age/keys.txt": () => {
        world.write("home/.config/sops/age/keys.txt", own.secret, 0o600)
        return { HOME: world.at("home") }
    },
}
for (const userMode of [true, false])
    for (const [from, environment] of Object.entries(usual))
        test(`what nothing else opens is opened with ${from}, userMode ${userMode}`, async () => {
            world.write("empty.txt", "# nothing\n", 0o600)
            await world.seal("s", "CANARY", "binary", own.recipient)
            const manifest = world.manifest({
                secrets,
                ...place(userMode),
                ageSshKeyPaths: [],
                ageKeyFile: world.at("empty.txt"),
            })
            const before = await world.run("install", manifest)
            expect(before.code).toBe(65)
            Object.assign(world.env, environment())
            const { code, said } = await world.run("install", manifest)
            expect([code, world.read("s")]).toEqual([0, "CANARY"])
            expect(said).not.toContain(own.secret)
        })

for (const [from, environment] of Object.entries({
    SOPS_AGE_SSH_PRIVATE_KEY_FILE: (path: string) => ({ SOPS_AGE_SSH_PRIVATE_KEY_FILE: path }),
    SOPS_AGE_SSH_PRIVATE_KEY_CMD: (path: string) => ({ SOPS_AGE_SSH_PRIVATE_KEY_CMD: `cat ${path}` }),
    "~/.ssh/id_ed25519": () => ({ HOME: world.at("home") }),
}))
    test(`and with ${from}`, async () => {
        const path = world.write("home/.ssh/id_ed25519", world.key.privateKey, 0o600)
        await world.seal("s", "CANARY", "binary", world.key.publicLine)
        Object.assign(world.env, environment(path))
        await world.install({ secrets, ageSshKeyPaths: [] })
        expect(world.read("s")).toBe("CANARY")
    })

test("~/.ssh/id_rsa is read when a file names an RSA key", async () => {
    const publicLine = rsaHostKey("home/.ssh/id_rsa")
    await world.seal("s", "CANARY", "binary", publicLine)
    world.env["HOME"] = world.at("home")
    const manifest = world.manifest({ secrets })
    const { code, said } = await world.runAs({ programFile: agent }, "install", manifest)
    expect(said).not.toContain("error")
    expect([code, world.read("s")]).toEqual([0, "CANARY"])
})

test("nobody looks there while the manifest's own keys do", async () => {
    await world.seal("s", "CANARY")
    world.write("home/.config/sops/age/keys.txt", "CANARY", 0o644)
    Object.assign(world.env, { HOME: world.at("home"), SOPS_AGE_KEY_CMD: "false", SOPS_AGE_KEY: "CANARY" })
    const { err } = await world.install({ secrets })
    expect(err).toHaveLength(1)
})

test("a key in the environment of a unit is warned of, one in a user's own is not", async () => {
    await world.seal("s", "CANARY", "binary", own.recipient)
    world.env["SOPS_AGE_KEY"] = own.secret
    for (const userMode of [true, false]) {
        const { said } = await world.install({ secrets, ...place(userMode), ageSshKeyPaths: [] })
        expect(said.includes("$SOPS_AGE_KEY is not private")).toBe(!userMode)
    }
})

test("what is wrong with such a place is said, and its text is not", async () => {
    await world.seal("s", "CANARY", "binary", own.recipient)
    Object.assign(world.env, {
        SOPS_AGE_KEY: "CANARY",
        SOPS_AGE_KEY_CMD: "no-such-program",
        SOPS_AGE_SSH_PRIVATE_KEY_CMD: "sh -c 'echo CANARY; exit 3'",
    })
    const { code, said } = await world.run("install", world.manifest({ secrets }))
    expect(code).toBe(65)
    for (const text of [
        "$SOPS_AGE_KEY (line 1: this is not an age identity, or it was mistyped)",
        '$SOPS_AGE_KEY_CMD (the program "no-such-program" was not found)',
        "$SOPS_AGE_SSH_PRIVATE_KEY_CMD (it ended with status 3",
    ])
        expect(said).toContain(text)
})

test("a plugin runs only if the manifest names its program, once for all files, and without a person", async () => {
    for (const name of ["s", "t"]) world.write(name, await sealToPlugin(`CANARY-${name}`))
    world.write("key.txt", `# recipient: ${pluginRecipientText}\n${pluginIdentityText}\n`, 0o600)
    const { program, starts } = writePlugin(world.directory)
    const wanted = {
        secrets: [...secrets, { name: "t", sopsFile: "t" }],
        ageSshKeyPaths: [],
        ageKeyFile: world.at("key.txt"),
    }
    world.env["PATH"] = `${world.directory}:/usr/bin:/bin`
    const refused = await world.run("install", world.manifest(wanted))
    expect(refused.code).toBe(65)
    expect(refused.said).toContain("needs age-plugin-test, which the manifest does not allow")
    expect(starts()).toEqual([])

    const hostseal = { version: 1, plugins: { test: program } }
    const { code } = await world.run("install", world.manifest({ ...wanted, hostseal }))
    expect([code, world.read("s"), world.read("t")]).toEqual([0, "CANARY-s", "CANARY-t"])
    expect(starts()).toMatchObject([{ argv: ["--age-plugin=identity-v1"], cwd: "/" }])
})

/** A file for the plugin, as its state machine for recipients would wrap the key. */
function sealToPlugin(plaintext: string): Promise<Buffer> {
    const target: Target = {
        id: pluginRecipientText,
        async wrap(dataKey) {
            const wrap = (fileKey: Buffer) => [
                { type: "test", args: ["x"], body: Buffer.from([...fileKey].toReversed()) },
            ]
            const recipient: WrappingRecipient = {
                kind: "x25519",
                text: pluginRecipientText,
                postQuantum: false,
                wrap,
            }
            const enc = (await sealAge(dataKey, [recipient], "armor")).toString()
            return keyEntry("age", { recipient: pluginRecipientText, enc })
        },
    }
    return sealBinary(Buffer.from(plaintext), [target], new Date())
}
