import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { parseIdentityFile } from "../../../../agent/age/identity-file.ts"
import { generateIdentity } from "../../../../agent/age/identity.ts"
import { keyRoom, sshKey } from "../../key-room.ts"
import { hostseal } from "../../world.ts"

const { root, home } = keyRoom()
afterAll(() => rmSync(root, { recursive: true }))
const old = generateIdentity()
const keys = ".config/sops/age/keys.txt"

function recipientsIn(file: string): string[] {
    return parseIdentityFile(readFileSync(file)).identities.map(({ recipient }) => recipient)
}

test("makes the first key and says what to do with it, without showing it", async () => {
    const HOME = home({})
    const { code, out, err } = await hostseal(["key", "generate"], { HOME })
    const file = join(HOME, keys)
    const [recipient] = recipientsIn(file)
    expect(code).toBe(0)
    expect(out).toBe("")
    expect(err).toBe(
        `Public key: ${recipient}\nGenerated age private key at '${file}' for your user.\n` +
            "Please back it up on a secure location or you will lose access to your secrets.\n" +
            `Add your age public key to the repository with:\nhostseal users add YOUR_USER --age-key ${recipient}\n`,
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
})

test("changes nothing when there is a key, and says whose it is", async () => {
    const flake = home({
        ".clan-flake": "",
        "sops/users/alice/key.json": JSON.stringify([{ publickey: old.recipient, type: "age" }]),
    })
    const HOME = home({ [keys]: old.secret })
    const known = await hostseal(["key", "generate"], { HOME }, { cwd: flake })
    expect(known.err).toBe(`AGE key ${old.recipient} is already set and registered as user 'alice'\n`)
    const unknown = await hostseal(["key", "generate"], { HOME })
    expect(unknown.err).toContain(`AGE key ${old.recipient} is already set\n`)
    expect(unknown.err).toContain(`hostseal users add YOUR_USER --age-key ${old.recipient}`)
    expect([known.code, unknown.code]).toEqual([0, 0])
    expect(readFileSync(join(HOME, keys), "utf8")).toBe(old.secret)
})

test("an SSH key is no reason not to make an age key", async () => {
    const HOME = home({ ".ssh/id_ed25519": sshKey(root, "plain").file })
    await hostseal(["key", "generate"], { HOME })
    expect(recipientsIn(join(HOME, keys))).toHaveLength(1)
})

test("a PGP key that is named is a reason, as in clan, unless --new asks for an age key", async () => {
    const [mine, other] = ["8".repeat(40), "9".repeat(40)]
    const HOME = home({})
    const flake = home({
        ".clan-flake": "",
        "sops/users/alice/key.json": JSON.stringify([{ publickey: mine, type: "pgp" }]),
    })
    const env = { HOME, SOPS_PGP_FP: `${mine},${other}` }
    const { code, out, err } = await hostseal(["key", "generate"], env, { cwd: flake })
    expect({ code, out }).toEqual({ code: 0, out: "" })
    expect(err).toBe(
        `PGP key ${mine} is already set and registered as user 'alice'\nPGP key ${other} is already set\n` +
            `Add your PGP public key to the repository with:\nhostseal users add YOUR_USER --pgp-key ${other}\n`,
    )
    expect(existsSync(join(HOME, keys))).toBe(false)
    await hostseal(["key", "generate", "--new"], env)
    expect(recipientsIn(join(HOME, keys))).toHaveLength(1)
})

test("--new adds a key and keeps the old one, also in a file without final newline (D8)", async () => {
    const HOME = home({ [keys]: old.secret })
    await hostseal(["key", "generate", "--new"], { HOME })
    await hostseal(["key", "generate", "--new", "--post-quantum"], { HOME })
    const [first, second, third] = recipientsIn(join(HOME, keys))
    expect(first).toBe(old.recipient)
    expect(second).toMatch(/^age1(?!pq)/u)
    expect(third).toMatch(/^age1pq1/u)
})

test("writes to $SOPS_AGE_KEY_FILE", async () => {
    const HOME = home({})
    const file = join(HOME, "deep", "my-key")
    const { code } = await hostseal(["key", "generate"], { HOME, SOPS_AGE_KEY_FILE: file })
    expect(code).toBe(0)
    expect(recipientsIn(file)).toHaveLength(1)
    expect(existsSync(join(HOME, keys))).toBe(false)
})

test("warns when another key will be used all the same", async () => {
    const HOME = home({})
    const { err } = await hostseal(["key", "generate", "--new"], { HOME, SOPS_AGE_KEY: old.secret })
    expect(err).toContain("warning: $SOPS_AGE_KEY is set: its key is used")
})

test("a key that others can read is used, with a warning that says what to type", async () => {
    const HOME = home({ [keys]: old.secret })
    const file = join(HOME, keys)
    chmodSync(file, 0o644)
    const { code, err } = await hostseal(["key", "generate"], { HOME })
    expect(code).toBe(0)
    expect(err).toContain(
        `warning: the key file ${file} is not private: its mode is 0644 (chmod 0600 ${file})`,
    )
    expect(err).toContain(`AGE key ${old.recipient} is already set\n`)
    expect(readFileSync(file, "utf8")).toBe(old.secret)
})

test("does not make a second key when the first one is damaged", async () => {
    const damaged = `${old.secret}# public key: x\n`
    const HOME = home({ [keys]: damaged })
    const file = join(HOME, keys)
    const { code, err } = await hostseal(["key", "generate"], { HOME })
    expect(code).toBe(1)
    expect(err).toContain(`error: there is a key file already, and it cannot be used: ${file}`)
    expect(err).not.toContain("AGE-SECRET-KEY")
    expect(readFileSync(file, "utf8")).toBe(damaged)
})

test("a file system that takes nothing is an error, and the key file stays", async () => {
    const HOME = home({ [keys]: old.secret })
    mkdirSync(join(HOME, `${keys}.new`))
    const { code, err } = await hostseal(["key", "generate", "--new"], { HOME })
    expect(code).toBe(1)
    expect(err).toContain("keys.txt.new exists")
    expect(readFileSync(join(HOME, keys), "utf8")).toBe(old.secret)
})

test("--json prints the public half for programs", async () => {
    const HOME = home({})
    const { out } = await hostseal(["key", "generate", "--json"], { HOME })
    const file = join(HOME, keys)
    expect(JSON.parse(out)).toEqual({ version: 1, publickey: recipientsIn(file)[0], path: file })
})
