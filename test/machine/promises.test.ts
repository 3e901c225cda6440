// What the NixOS test of sops-nix expects of a machine, in its order, as far as no machine has to boot for it: one
// `expect` for each of its lines. What takes a boot or switch-to-configuration is in test/system.

import { execFileSync } from "node:child_process"
import {
    existsSync,
    mkdirSync,
    mkdtempSync,
    readlinkSync,
    realpathSync,
    rmSync,
    symlinkSync,
    unlinkSync,
    writeFileSync,
} from "node:fs"
import { beforeEach, expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { rsaKey } from "../age/ssh-files.ts"
import { bundledAgent } from "../bundled.ts"
import { pgpTarget } from "./pgp/gpg-target.ts"
import { sshAsPgp } from "./pgp/ssh-as-pgp.ts"
import { sealBinary } from "../../agent/sops/seal.ts"
import { World } from "./world.ts"

const agent = await bundledAgent()
const own = generateIdentity()

let world: World
/** What the tests of sops-nix have in every machine: a key file, with mode 0700. */
let ageKeyFile: string
beforeEach(async () => {
    world = new World()
    ageKeyFile = world.write("run/age-keys.txt", `${own.secret}\n`, 0o700)
    await world.seal("key", "CANARY-test_value", "binary", own.recipient)
})

const key = (name: string, fields: object = {}) => ({ name, sopsFile: "key", ...fields })

test("ssh-keys: an RSA host key that lies in the store opens a file for it as a PGP key", async () => {
    const host = rsaKey()
    const home = mkdtempSync("/tmp/hs-promise-")
    try {
        const target = pgpTarget(home, sshAsPgp(host.privateKey))
        world.write("pgp", await sealBinary(Buffer.from("CANARY-test_value"), [target], new Date()))
    } finally {
        rmSync(home, { recursive: true })
    }
    const pem = host.privateKey.export({ type: "pkcs1", format: "pem" }).toString()
    const sshKeyPaths = [world.write("store/ssh-key", pem, 0o444)]
    const secrets = [{ name: "test_key", sopsFile: "pgp" }]
    const manifest = world.manifest({ secrets, sshKeyPaths, ageSshKeyPaths: [] })
    expect((await world.runAs({ programFile: agent }, "install", manifest)).code).toBe(0)
    expect(world.read("test_key")).toBe("CANARY-test_value")
})

test("pruning: a generation made by hand is counted on, nothing is pruned, and then all but ten", async () => {
    const wanted = { secrets: [key("test_key")], ageKeyFile }
    const exists = (name: string) => existsSync(`${world.mountPoint}/${name}`)
    await world.install({ ...wanted, keepGenerations: 0 })
    for (let number = 2; number < 100; number++) mkdirSync(`${world.mountPoint}/${number}`)
    mkdirSync(`${world.mountPoint}/non-numeric`)
    unlinkSync(world.symlink)
    symlinkSync(`${world.mountPoint}/99`, world.symlink)
    await world.install({ ...wanted, keepGenerations: 0 })
    for (const name of ["100", "1", "90", "non-numeric"]) expect([name, exists(name)]).toEqual([name, true])
    await world.install({ ...wanted, keepGenerations: 10 })
    for (const [name, there] of [
        ["91", false],
        ["92", true],
        ["non-numeric", true],
    ] as const)
        expect([name, exists(name)]).toEqual([name, there])
})

test("age-keys: the value, and owners by number whether somebody has the number or not", async () => {
    await world.install({
        ageKeyFile,
        secrets: [
            key("test_key"),
            key("someuser_somegroup", { uid: 1000, gid: 1000 }),
            key("someuser_root", { uid: 1000 }),
            key("root_root"),
            key("1001_1001", { uid: 1001, gid: 1001 }),
        ],
    })
    expect(world.read("test_key")).toBe("CANARY-test_value")
    for (const [name, owner] of [
        ["root_root", "0:0"],
        ["someuser_somegroup", "1000:1000"],
        ["someuser_root", "1000:0"],
        ["1001_1001", "1001:1001"],
    ] as const)
        expect(world.stat(`run/secrets.d/1/${name}`)).toBe(`${owner} 0400`)
})

test("age-ssh-keys: a host key that lies in the store, beside a key file that was generated", async () => {
    await world.seal("key", "CANARY-test_value", "binary", world.key.recipient)
    const path = world.write("store/ssh-ed25519-key", world.key.privateKey, 0o444)
    await world.install({ secrets: [key("test_key")], ageKeyFile, ageSshKeyPaths: [path] })
    expect(world.read("test_key")).toBe("CANARY-test_value")
})

test("pgp-keys: a GnuPG home, an owner who can read, a nested name, and a file in the way of a path", async () => {
    const home = mkdtempSync("/tmp/hs-promise-")
    const calling = ["--batch", "--quiet", "--homedir", home]
    try {
        const make = [
            "--passphrase",
            "",
            "--quick-generate-key",
            "machine@test",
            "default",
            "default",
            "never",
        ]
        execFileSync("gpg", [...calling, ...make], { stdio: "ignore" })
        for (const [name, value] of [
            ["key", "CANARY-test_value"],
            ["nested", "CANARY-another value"],
        ] as const)
            world.write(name, await sealBinary(Buffer.from(value), [pgpTarget(home)], new Date()))
        const existing = world.write("run/existing-file", "")
        await world.install({
            gnupgHome: home,
            ageSshKeyPaths: [],
            secrets: [
                key("test_key", { owner: "nobody" }),
                { name: "nested/test/file", sopsFile: "nested", owner: "nobody" },
                key("existing-file", { path: existing }),
            ],
        })
        expect(world.read("test_key")).toBe("CANARY-test_value")
        expect(world.stat("run/secrets.d/1/test_key")).toMatch(/^65534:0 0400$/u)
        expect(world.read("nested/test/file")).toBe("CANARY-another value")
        expect(realpathSync(existing)).toBe(`${realpathSync(world.mountPoint)}/1/existing-file`)
    } finally {
        execFileSync("gpgconf", ["--homedir", home, "--kill", "all"])
        rmSync(home, { recursive: true })
    }
})

test("templates: owners, texts, and a link at an outside path", async () => {
    const placeholder = "<SOPS:0123:PLACEHOLDER>"
    const linked = world.at("etc/externally/linked")
    const content = `Test value: ${placeholder}\n`
    const text = `This line is not modified.\nThe next value will be replaced by ${placeholder}\nThis line is also not modified.\n`
    await world.install({
        ageKeyFile,
        secrets: [key("test_key")],
        placeholderBySecretName: { test_key: placeholder },
        templates: [
            { name: "test_template", content: text, owner: "nobody", group: "nogroup" },
            { name: "test_default", content, path: linked },
            { name: "test_uid_gid", content, uid: 420, gid: 420 },
        ],
    })
    const owner = (name: string) => world.stat(`run/secrets.d/1/rendered/${name}`)
    expect(owner("test_template")).toBe("65534:65534 0400")
    expect(owner("test_default")).toBe("0:0 0400")
    expect(owner("test_uid_gid")).toBe("420:420 0400")
    expect(world.read("rendered/test_template")).toBe(text.replace(placeholder, "CANARY-test_value"))
    expect(world.read("rendered/test_default")).toBe("Test value: CANARY-test_value\n")
    expect(readlinkSync(linked)).toBe(`${world.symlink}/rendered/test_default`)
})

test("change detection and dry activation: what is said, and that nothing changes", async () => {
    const placeholder = "<SOPS:0123:PLACEHOLDER>"
    const wanted = {
        ageKeyFile,
        logging: { keyImport: false, secretChanges: true },
        secrets: [key("test_key")],
        placeholderBySecretName: { test_key: placeholder },
        templates: [{ name: "test_template", content: `a secret: ${placeholder}\n` }],
    }
    const live = (name: string) => `${world.symlink}/${name}`
    const [secret, template] = [live("test_key"), live("rendered/test_template")]
    const [another, rendered] = [live("another_key"), live("rendered/another_template")]
    const install = async () =>
        (await world.install(wanted)).out.map((line) => line.replace(/^hostseal-agent: /u, ""))
    await install()
    expect(await install()).toEqual([])

    for (const path of [secret, template]) unlinkSync(path)
    expect(await install()).toEqual(["adding secret: test_key", "adding rendered secret: test_template"])
    for (const path of [secret, template]) writeFileSync(path, "")
    expect(await install()).toEqual([
        "modifying secret: test_key",
        "modifying rendered secret: test_template",
    ])
    for (const path of [another, rendered]) writeFileSync(path, "")
    expect(await install()).toEqual([
        "removing secret: another_key",
        "removing rendered secret: another_template",
    ])

    for (const path of [secret, template]) unlinkSync(path)
    for (const path of [another, rendered]) writeFileSync(path, "")
    world.env["NIXOS_ACTION"] = "dry-activate"
    expect(await install()).toEqual([
        "would add secret: test_key",
        "would remove secret: another_key",
        "would add rendered secret: test_template",
        "would remove rendered secret: another_template",
    ])
    expect([secret, template, another, rendered].map((path) => existsSync(path))).toEqual([
        false,
        false,
        true,
        true,
    ])
    delete world.env["NIXOS_ACTION"]
    await install()
    expect([secret, template, another, rendered].map((path) => existsSync(path))).toEqual([
        true,
        true,
        false,
        false,
    ])
    writeFileSync(secret, "")
    world.env["NIXOS_ACTION"] = "dry-activate"
    expect(await install()).toContain("would modify secret: test_key")
    expect(world.read("test_key")).toBe("")
})
