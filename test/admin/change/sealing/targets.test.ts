import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { afterAll, beforeAll, expect, test } from "vitest"
import { findIdentities } from "../../../../agent/admin/keys/find.ts"
import { targetMaker } from "../../../../agent/admin/change/sealing/targets.ts"
import { generateHybridIdentity, generateIdentity } from "../../../../agent/age/identity.ts"
import { parseDocument, recipientsOf } from "../../../../agent/sops/document.ts"
import { openDocument } from "../../../../agent/sops/open.ts"
import { sealBinary } from "../../../../agent/sops/seal.ts"
import { unlock } from "../../../../agent/sops/unlock.ts"
import { keyRoom, sshKey } from "../../key-room.ts"
import { pluginIdentityText, pluginRecipientText, writePlugin } from "../../plugin-program.ts"
import { testContext } from "../../world.ts"

const { root, home } = keyRoom()
const gnupg = mkdtempSync("/tmp/hs-gpg-")
const PATH = "/usr/bin:/bin"
const ssh = sshKey(root, "plain")
const [classic, hybrid] = [generateIdentity(), generateHybridIdentity()]
const plugin = writePlugin(root)
let fingerprint = ""

beforeAll(() => {
    const env = { PATH, GNUPGHOME: gnupg }
    const gpg = (...args: string[]): string =>
        execFileSync("gpg", ["--batch", ...args], { env, stdio: "pipe" }).toString()
    gpg("--passphrase", "", "--quick-generate-key", "target@test", "default", "default", "never")
    fingerprint = /^fpr:+([0-9A-F]{40}):/mu.exec(gpg("--with-colons", "--list-keys"))?.[1] ?? ""
}, 60_000)
afterAll(() => {
    execFileSync("gpgconf", ["--homedir", gnupg, "--kill", "all"])
    for (const directory of [root, gnupg]) rmSync(directory, { recursive: true, force: true })
})

test("seals to recipients of every kind, and each of them opens it", async () => {
    const env = { PATH, HOME: "/nonexistent", GNUPGHOME: gnupg, HOSTSEAL_AGE_PLUGINS: plugin.program }
    const recipients = [
        classic.recipient,
        hybrid.recipient,
        ssh.line,
        pluginRecipientText,
        `pgp:${fingerprint}`,
    ]
    const make = targetMaker(testContext(env).context)
    const targets = await Promise.all(recipients.map(make))
    const document = await parseDocument(
        await sealBinary(Buffer.from("CANARY"), targets, new Date()),
        "binary",
    )
    expect(new Set(recipientsOf(document))).toEqual(new Set(recipients))

    for (const [who, more] of Object.entries({
        classic: { SOPS_AGE_KEY: classic.secret },
        hybrid: { SOPS_AGE_KEY: hybrid.secret },
        ssh: { HOME: home({ ".ssh/id_ed25519": ssh.file }) },
        plugin: { SOPS_AGE_KEY: `# recipient: ${pluginRecipientText}\n${pluginIdentityText}` },
    })) {
        const { keyring } = await findIdentities(testContext({ ...env, GNUPGHOME: root, ...more }).context)
        expect(
            openDocument(document, await unlock(document, keyring))
                .whole()
                .toString(),
            who,
        ).toBe("CANARY")
    }
    const { keyring } = await findIdentities(testContext(env).context)
    expect(
        openDocument(document, await unlock(document, keyring))
            .whole()
            .toString(),
    ).toBe("CANARY")
})

test("the same recipient is the same target for the whole command", async () => {
    const make = targetMaker(testContext({ PATH }).context)
    expect(await make(classic.recipient)).toBe(await make(classic.recipient))
})

for (const [recipient, message] of [
    ["age1abc", "cannot encrypt to age1abc"],
    ["", "cannot encrypt to something that is no public key"],
    [classic.secret, /^cannot encrypt to something that is no public key$/u],
    [pluginRecipientText, "is not one of those that may run"],
    ["pgp:ABCDEF", "named by its fingerprint"],
    ["kms:arn:aws:kms:x", "cannot encrypt to"],
] as const) {
    test(`refuses ${recipient.slice(0, 12)}`, async () => {
        const make = targetMaker(testContext({ PATH, HOME: "/nonexistent" }).context)
        await expect(make(recipient)).rejects.toThrow(message)
    })
}

test("refuses PGP keys where there is no gpg, before anything is wrapped", async () => {
    const make = targetMaker(testContext({ PATH: "", HOME: "/nonexistent" }).context)
    await expect(make(`pgp:${fingerprint}`)).rejects.toThrow("gpg was not found")
})
