import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { env } from "node:process"
import { afterAll, beforeAll, expect, test } from "vitest"
import { findIdentities } from "../../agent/admin/keys/find.ts"
import { openAgeFiles } from "../../agent/admin/import/open.ts"
import { encodeBech32 } from "../../agent/age/bech32.ts"
import { keyRoom, sshKey } from "../admin/key-room.ts"
import { pluginIdentityText, pluginRecipientText, writePlugin } from "../admin/plugin-program.ts"
import { repository } from "../admin/repository.ts"
import type { Repository } from "../admin/repository.ts"
import { testContext } from "../admin/world.ts"
import { releases } from "./sops-program.ts"

// The keys of people and machines, held against the programs that they use besides ours.

const { root, home } = keyRoom()
// The socket of gpg-agent lies in its home: a short path, or it does not fit.
const GNUPGHOME = mkdtempSync("/tmp/hs-gpg-")
const plugin = writePlugin(mkdtempSync(join(root, "plugin-")))
const PATH = `${env["PATH"]}:${join(plugin.program, "..")}`
let fingerprint = ""
let repo: Repository

function run(
    program: string,
    args: readonly string[],
    more: Record<string, string> = {},
    input = "",
): string {
    const all = { PATH, HOME: root, GNUPGHOME, ...more }
    return execFileSync(program, [...args], { env: all, input, stdio: ["pipe", "pipe", "pipe"] }).toString()
}

beforeAll(async () => {
    run("gpg", [
        "--batch",
        "--passphrase",
        "",
        "--quick-generate-key",
        "interop@test",
        "default",
        "default",
        "never",
    ])
    fingerprint = /^fpr:+([0-9A-F]{40}):/mu.exec(run("gpg", ["--with-colons", "--list-keys"]))?.[1] ?? ""
    repo = await repository(root, { GNUPGHOME, PATH, HOSTSEAL_AGE_PLUGINS: plugin.program })
})
afterAll(() => {
    run("gpgconf", ["--kill", "all"])
    for (const directory of [root, GNUPGHOME]) rmSync(directory, { recursive: true, force: true })
})

/** Sets a secret for these users in the repository; the path of its file. */
async function secret(name: string, ...readers: string[]): Promise<string> {
    await repo.must(["set", name, ...readers], { env: { ...repo.env, SOPS_NIX_SECRET: "CANARY" } })
    return join(repo.flake, "sops/secrets", name, "secret")
}

function decrypt(sops: string, file: string, keys: Record<string, string>): string {
    return run(sops, ["decrypt", "--input-type", "binary", "--output-type", "binary", file], keys)
}

test("age-keygen and sops take the key file that we write, and we take theirs", async () => {
    const HOME = home({})
    const file = join(HOME, ".config/sops/age/keys.txt")
    await repo.must(["key", "generate"], { env: { ...repo.env, HOME } })
    const recipient = run("age-keygen", ["-y", file]).trim()
    await repo.must(["users", "add", "bob", recipient])
    const wifi = await secret("wifi", "--user", "bob")
    for (const sops of releases) expect(decrypt(sops, wifi, { SOPS_AGE_KEY_FILE: file })).toBe("CANARY")

    const theirs = join(HOME, "theirs")
    run("age-keygen", ["-o", theirs])
    await repo.must(["users", "add-key", "bob", theirs])
    expect((await repo.must(["get", "wifi", "-i", theirs])).out).toBe("CANARY")
    await repo.must(["key", "generate", "--new"], { env: { ...repo.env, SOPS_AGE_KEY_FILE: theirs } })
    expect(run("age-keygen", ["-y", theirs]).trim().split("\n")).toHaveLength(2)
})

test("a PGP user reads with sops what we sealed, and we open what sops sealed for them", async () => {
    await repo.must(["users", "add", "carl", "--pgp-key", fingerprint])
    const file = await secret("pgp", "--user", "carl")
    for (const sops of releases) expect(decrypt(sops, file, {})).toBe("CANARY")

    const carl = { ...repo.env, HOME: home({}) }
    expect((await repo.must(["get", "pgp"], { env: carl })).out).toBe("CANARY")
    const plain = join(root, "plain.yaml")
    writeFileSync(plain, "from-sops: CANARY two\n")
    writeFileSync(join(root, "sealed.yaml"), run("sops", ["encrypt", "--pgp", fingerprint, plain]))
    await repo.must(["import-sops", "--user", "carl", join(root, "sealed.yaml")], { env: carl })
    expect((await repo.must(["get", "from-sops"], { env: carl })).out).toBe("CANARY two")
})

test("sops and we use the same plugin for the same recipient, both ways", async () => {
    const identity = `# recipient: ${pluginRecipientText}\n${pluginIdentityText}\n`
    const dora = { ...repo.env, HOME: home({ ".config/sops/age/keys.txt": identity }) }
    await repo.must(["users", "add", "dora", pluginRecipientText])
    const file = await secret("token", "--user", "dora")
    // Plugins are newer than sops 3.9.
    expect(decrypt("sops", file, { SOPS_AGE_KEY: pluginIdentityText })).toBe("CANARY")

    const plain = join(root, "plugin.json")
    writeFileSync(plain, `{"from-plugin": "CANARY three"}`)
    writeFileSync(join(root, "sealed.json"), run("sops", ["encrypt", "--age", pluginRecipientText, plain]))
    await repo.must(["import-sops", "--user", "dora", join(root, "sealed.json")], { env: dora })
    expect((await repo.must(["get", "from-plugin"], { env: dora })).out).toBe("CANARY three")
})

test("age's own plugin opens many files for us in one run", async () => {
    const AGE_PASSPHRASE = "CANARY passphrase"
    const program = run("sh", ["-c", "command -v age-plugin-batchpass"]).trim()
    const config = JSON.stringify({ batchpass: { program, env: ["AGE_PASSPHRASE"] } })
    const HOME = home({
        ".config/hostseal/plugins.json": config,
        key: `${encodeBech32("age-plugin-batchpass-", Buffer.alloc(0)).toUpperCase()}\n`,
    })
    const files = [1, 2].map((number) => {
        const work = { AGE_PASSPHRASE, AGE_PASSPHRASE_WORK_FACTOR: "10" }
        const armoured = run("age", ["-e", "-a", "-j", "batchpass"], work, `CANARY ${number}`)
        return { bytes: Buffer.from(armoured), recipients: new Set<string>() }
    })
    const { context } = testContext(
        { PATH, HOME, AGE_PASSPHRASE },
        { flags: { identity: [join(HOME, "key")] } },
    )
    const { keyring } = await findIdentities(context)
    const contents = await openAgeFiles(files, keyring.identities)
    expect(contents.map(String)).toEqual(["CANARY 1", "CANARY 2"])
})

test("ssh-to-age makes the same of a host key, and sops opens with it what a machine gets", async () => {
    const key = sshKey(root, "plain")
    await repo.must(["machines", "add", "web01", "--ssh-key", `${key.path}.pub`])
    const recipient = (await repo.must(["machines", "get", "web01"])).out.trim()
    expect(run("ssh-to-age", ["-i", `${key.path}.pub`]).trim()).toBe(recipient)

    const extra = join(root, "extra")
    await repo.must(["machines", "bootstrap", "web02", "--output", extra])
    const host = join(extra, "etc/ssh/ssh_host_ed25519_key")
    const converted = run("ssh-to-age", ["-private-key", "-i", host]).trim()
    const file = await secret("host", "--machine", "web02")
    for (const sops of releases) expect(decrypt(sops, file, { SOPS_AGE_KEY: converted })).toBe("CANARY")
})

test("imports every format as the real sops writes it", async () => {
    const mine = { SOPS_AGE_RECIPIENTS: repo.alice.recipient }
    const directory = mkdtempSync(join(root, "formats-"))
    for (const [name, content] of [
        ["a.yaml", "yaml: CANARY yaml\n"],
        ["a.json", `{"json": "CANARY json"}`],
        ["a.env", "dotenv=CANARY dotenv\n"],
        ["a.ini", "[s]\nini = CANARY ini\n"],
        ["binary.bin", "CANARY binary"],
    ] as const) {
        const plain = join(directory, "plain", name)
        mkdirSync(join(directory, "plain"), { recursive: true })
        writeFileSync(plain, content)
        writeFileSync(join(directory, name), run("sops", ["encrypt", plain], mine))
        await repo.must(["import-sops", "--separator", "-", join(directory, name)])
    }
    for (const name of ["yaml", "json", "dotenv", "s-ini", "binary"])
        expect((await repo.must(["get", name])).out).toBe(`CANARY ${name.replace("s-", "")}`)
    expect(readFileSync(join(directory, "a.env"), "utf8")).not.toContain("CANARY")
})
