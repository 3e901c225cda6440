import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { findIdentities } from "../../../agent/admin/keys/find.ts"
import { shortened } from "../../../agent/admin/keys/recipient-name.ts"
import { pluginRecipient } from "../../../agent/admin/keys/plugin-run.ts"
import { sshToAgeRecipient } from "../../../agent/age/ssh/edwards.ts"
import { generateIdentity } from "../../../agent/age/identity.ts"
import { parseRecipient } from "../../../agent/age/recipient.ts"
import { parseDocument } from "../../../agent/sops/document.ts"
import { sealBinary } from "../../../agent/sops/seal.ts"
import { ageTarget } from "../../../agent/sops/target.ts"
import { unlock, unlockAll } from "../../../agent/sops/unlock.ts"
import { documentFor, keyRoom, sshKey } from "../key-room.ts"
import { pluginIdentityText, pluginRecipientText, writePlugin } from "../plugin-program.ts"
import { testContext } from "../world.ts"

const { root, home } = keyRoom()
afterAll(() => rmSync(root, { recursive: true }))

const [one, two, three] = [generateIdentity(), generateIdentity(), generateIdentity()]
const [plain, rsa, pem] = [sshKey(root, "plain"), sshKey(root, "rsa"), sshKey(root, "rsa-pem")]
const locked = sshKey(root, "locked")

async function recipientsOf(
    env: Record<string, string>,
    identity: readonly string[] = [],
): Promise<string[]> {
    const { context } = testContext(env, { flags: { identity } })
    return (await findIdentities(context)).found.map((found) => found.identity.recipient)
}

const everywhere = {
    ".config/sops/age/keys.txt": one.secret,
    ".config/age/identities": two.secret,
}

test("the places count in their order; the first one for age wins", async () => {
    const HOME = home(everywhere)
    const file = join(home({ k: three.secret }), "k")
    const env: Record<string, string> = { HOME }
    expect(await recipientsOf(env)).toEqual([one.recipient])
    for (const [variable, value, expected] of [
        ["AGE_KEYFILE", file, three.recipient],
        ["AGE_KEY", two.secret, two.recipient],
        ["SOPS_AGE_KEY_CMD", "printf key", ""],
        ["SOPS_AGE_KEY_FILE", file, three.recipient],
        ["SOPS_AGE_KEY", one.secret, one.recipient],
    ] as const) {
        env[variable] = value
        expect(await recipientsOf(env), variable).toEqual([expected])
    }
    expect(await recipientsOf({ HOME: home({ ".config/age/identities": two.secret }) })).toEqual([
        two.recipient,
    ])
    expect(await recipientsOf({ HOME: "/x", XDG_CONFIG_HOME: join(HOME, ".config") })).toEqual([
        one.recipient,
    ])
    expect(await recipientsOf({ HOME, SOPS_AGE_KEY: "", AGE_KEY: "" })).toEqual([one.recipient])
})

test("SSH keys come after age keys: those named, or the usual ones", async () => {
    const HOME = home({ ...everywhere, ".ssh/id_ed25519": plain.file, ".ssh/id_rsa": rsa.file })
    expect(await recipientsOf({ HOME })).toEqual([
        one.recipient,
        sshToAgeRecipient(plain.line),
        plain.line,
        rsa.line,
    ])
    const named = { SOPS_AGE_SSH_PRIVATE_KEY_FILE: rsa.path, SOPS_AGE_KEY: two.secret }
    expect(await recipientsOf({ HOME, ...named })).toEqual([two.recipient, rsa.line])
})

test("--identity stands alone, and takes key files of any kind", async () => {
    const HOME = home({ ...everywhere, key: three.secret })
    const env = { HOME, SOPS_AGE_KEY: one.secret }
    const options = [join(HOME, "key"), plain.path]
    expect(await recipientsOf(env, options)).toEqual([
        three.recipient,
        sshToAgeRecipient(plain.line),
        plain.line,
    ])
    await expect(recipientsOf(env, [join(HOME, "absent")])).rejects.toThrow(
        /--identity .*absent cannot be used/u,
    )
    await expect(recipientsOf(env, [sshKey(root, "ecdsa").path])).rejects.toThrow("cannot be used")
})

test("several identities in a variable or a file, with blanks, comments and plugins between them", async () => {
    const text = `# mine\n${one.secret} ${two.secret}\n\n${three.secret}`
    const all = [one.recipient, two.recipient, three.recipient]
    expect(await recipientsOf({ HOME: "/x", SOPS_AGE_KEY: text })).toEqual(all)
    const file = `${one.secret}\n# recipient: ${pluginRecipientText}\n${pluginIdentityText}\n${pluginIdentityText}\n`
    const HOME = home({ ".config/sops/age/keys.txt": file })
    expect(await recipientsOf({ HOME })).toEqual([one.recipient, pluginRecipientText, ""])
})

const sealed = (await documentFor(one.recipient)).metadata.groups[0]?.[0]?.enc ?? ""
for (const [why, spoil, problem] of [
    [
        "damaged",
        (file: string) => writeFileSync(file, `${one.secret}x`),
        /line 1: this is not an age identity/u,
    ],
    ["empty", (file: string) => writeFileSync(file, ""), /the file holds no identity/u],
    ["sealed for somebody", (file: string) => writeFileSync(file, sealed), /not with a passphrase/u],
] as const) {
    test(`notes a key file that is ${why}, and looks further`, async () => {
        const HOME = home(everywhere)
        const file = join(HOME, ".config/sops/age/keys.txt")
        spoil(file)
        const { tried, found } = await findIdentities(testContext({ HOME }).context)
        expect(tried[0]).toMatchObject({
            place: file,
            recipients: [],
            problem: expect.stringMatching(problem),
        })
        expect(found.map(({ identity }) => identity.recipient)).toEqual([two.recipient])
        expect(JSON.stringify(tried)).not.toContain(one.secret)
    })
}

test("uses a key file that others can read, with one warning that ends with the line that mends it", async () => {
    const HOME = home(everywhere)
    const file = join(HOME, ".config/sops/age/keys.txt")
    chmodSync(file, 0o644)
    const { context, said } = testContext({ HOME })
    const { found } = await findIdentities(context)
    await findIdentities(context)
    expect(found.map(({ identity }) => identity.recipient)).toEqual([one.recipient])
    expect(said()).toBe(
        `warning: the key file ${file} is not private: its mode is 0644 (chmod 0600 ${file})\n`,
    )
})

test("finds an SSH key with text around it", async () => {
    const HOME = home({ ".ssh/id_ed25519": `# für mich\n\n${plain.file.toString()}\nend\n` })
    expect(await recipientsOf({ HOME })).toEqual([sshToAgeRecipient(plain.line), plain.line])
})

test("a variable that names no usable key is the answer, and is reported", async () => {
    const HOME = home(everywhere)
    const { tried, found } = await findIdentities(
        testContext({ HOME, SOPS_AGE_KEY_FILE: "/nonexistent" }).context,
    )
    expect(found).toEqual([])
    expect(tried[0]).toEqual({
        place: "$SOPS_AGE_KEY_FILE (/nonexistent)",
        recipients: [],
        problem: "not there",
    })
})

for (const [kind, key] of Object.entries({ plain, rsa, pem })) {
    test(`opens with an SSH key: ${kind}`, async () => {
        const HOME = home({ ".ssh/id_rsa": key.file, ".ssh/id_rsa.pub": key.pub })
        const { keyring } = await findIdentities(testContext({ HOME }).context)
        expect(await unlock(await documentFor(one.recipient, key.line), keyring)).toHaveLength(32)
        if (kind !== "plain") return
        expect(await unlock(await documentFor(sshToAgeRecipient(key.line)), keyring)).toHaveLength(32)
    })
}

test("a PEM key without its public half says how to write it", async () => {
    const HOME = home({ ".ssh/id_rsa": pem.file })
    const { tried } = await findIdentities(testContext({ HOME }).context)
    expect(tried.at(-1)?.problem).toContain("ssh-keygen -y -f")
})

test("a locked key is not asked for when another one does, or when no file names it", async () => {
    const HOME = home({ ".config/sops/age/keys.txt": one.secret, ".ssh/id_ed25519": locked.file })
    const { context, said } = testContext({ HOME }, { terminal: () => expect.unreachable("asked") })
    const { keyring } = await findIdentities(context)
    expect(await unlock(await documentFor(locked.line, one.recipient), keyring)).toHaveLength(32)
    await expect(unlock(await documentFor(two.recipient), keyring)).rejects.toThrow("no identity matches")
    expect(said()).toBe("")
})

test("without a terminal a locked key is an error that says so", async () => {
    const HOME = home({ ".ssh/id_ed25519": locked.file })
    const { keyring } = await findIdentities(testContext({ HOME }).context)
    await expect(unlock(await documentFor(locked.line), keyring)).rejects.toMatchObject({
        cause: { message: expect.stringContaining("cannot ask without a terminal: Passphrase for") },
    })
})

test("a key command runs only when a file needs it, once, without a shell and without identities", async () => {
    const log = join(root, "command.log")
    writeFileSync(log, "")
    const command = join(root, "key command")
    const body = `{ echo "$@"; env; } >> ${log}\necho "# public key: x"\necho ${one.secret}`
    writeFileSync(command, `#!/bin/sh\n${body}\n`, { mode: 0o755 })
    const HOME = home({ ".ssh/id_ed25519": plain.file })
    const env = {
        HOME,
        PATH: "/usr/bin:/bin",
        SOPS_AGE_KEY_CMD: `'${command}' $HOME;id`,
        AGE_KEY: two.secret,
    }
    const { keyring, found } = await findIdentities(testContext({ ...env, OP_X: "y" }).context)
    expect(await unlock(await documentFor(plain.line), keyring)).toHaveLength(32)
    expect(readFileSync(log, "utf8")).toBe("")

    // Its key is unknown until it ran, and is not the first that the files name.
    const documents = await Promise.all([1, 2, 3].map(async () => documentFor(two.recipient, one.recipient)))
    expect((await unlockAll(documents, keyring)).filter((key) => key instanceof Buffer)).toHaveLength(3)
    const seen = readFileSync(log, "utf8")
    expect(seen.split("\n")[0]).toBe("$HOME;id")
    expect(seen.match(/OP_X=y/gu)).toHaveLength(1)
    expect(seen).not.toMatch(/AGE-SECRET/u)
    expect(await found[0]?.reveal?.()).toEqual([one.recipient])
})

for (const [why, body, message] of [
    ["fails", "echo locked >&2; exit 3", "ended with status 3"],
    ["prints no key", "echo hello", "this is not an age identity"],
] as const) {
    test(`a key command that ${why} is reported`, async () => {
        const command = join(root, `command-${why.length}`)
        writeFileSync(command, `#!/bin/sh\n${body}\n`, { mode: 0o755 })
        const { keyring } = await findIdentities(
            testContext({ HOME: "/x", SOPS_AGE_KEY_CMD: command }).context,
        )
        await expect(unlock(await documentFor(one.recipient), keyring)).rejects.toMatchObject({
            cause: { message: expect.stringContaining(message) },
        })
    })
}

test("a plugin that is not listed does not spoil the other keys of the file", async () => {
    const HOME = home({ ".config/sops/age/keys.txt": `${pluginIdentityText}\n${one.secret}\n` })
    const { keyring } = await findIdentities(testContext({ HOME }).context)
    expect(await unlock(await documentFor(one.recipient), keyring)).toHaveLength(32)
})

test("says with -v which identity opened a file, and where it was found", async () => {
    const HOME = home(everywhere)
    const { context, said } = testContext({ HOME }, { flags: { verbose: 1 } })
    const { keyring } = await findIdentities(context)
    const document = await documentFor(one.recipient)
    await unlockAll([document, document], keyring)
    expect(said()).toBe(
        `opened with ${shortened(one.recipient)} from ${join(HOME, ".config/sops/age/keys.txt")}\n`,
    )
})

test("opens many files for a plugin identity in one run", async () => {
    const plugin = writePlugin(mkdtempSync(join(root, "plugin-")))
    const file = `# recipient: ${pluginRecipientText}\n${pluginIdentityText}\n`
    const HOME = home({ ".config/sops/age/keys.txt": file })
    const { context } = testContext({ HOME, PATH: "/usr/bin:/bin", HOSTSEAL_AGE_PLUGINS: plugin.program })
    const parsed = parseRecipient(pluginRecipientText)
    if (parsed.kind !== "unresolved plugin") throw new Error("not a plugin's")
    const target = ageTarget(pluginRecipient(parsed, context))
    const sealing = Array.from({ length: 10 }, async () =>
        sealBinary(Buffer.from("CANARY"), [target], new Date()),
    )
    const documents = await Promise.all(
        (await Promise.all(sealing)).map(async (bytes) => parseDocument(bytes, "binary")),
    )
    plugin.forget()
    const { keyring } = await findIdentities(context)
    expect((await unlockAll(documents, keyring)).filter((key) => key instanceof Buffer)).toHaveLength(10)
    expect(plugin.starts()).toHaveLength(1)
})
