import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { generateHybridIdentity, generateIdentity } from "../../../agent/age/identity.ts"
import { parseRecipient } from "../../../agent/age/recipient.ts"
import { sealAge } from "../../../agent/age/file.ts"
import { encodeBech32 } from "../../../agent/age/bech32.ts"
import { encodeArmor } from "../../../agent/age/armor.ts"
import { entryProblem } from "../../../agent/sops/shape/entry-shape.ts"
import { parseVector, vectors } from "../vectors.ts"

const { recipient: alice } = generateIdentity()
const { recipient: bob } = generateIdentity()
const { recipient: quantum } = generateHybridIdentity()
const ssh = readFileSync(new URL("../../age/vectors/agessh/ed1.pub", import.meta.url), "utf8").trim()
const rsa = readFileSync(new URL("../../age/vectors/agessh/rsa.pub", import.meta.url), "utf8").trim()
const key = Buffer.from("CANARY of a data key, 32 bytes !")

async function sealed(recipients: readonly string[], content = key): Promise<string> {
    const parsed = recipients.map((text) => {
        const recipient = parseRecipient(text)
        if (recipient.kind === "unresolved plugin") throw new Error("not in this test")
        return recipient
    })
    return (await sealAge(content, parsed, "armor")).toString()
}
const problem = (id: string, enc: string, groups = 1): string | undefined =>
    entryProblem({ type: "age", id, enc }, groups)

for (const [kind, recipient] of Object.entries({ X25519: alice, hybrid: quantum, ssh, rsa })) {
    test(`has nothing against an entry for a recipient of kind ${kind}`, async () => {
        expect(problem(recipient, await sealed([recipient]))).toBeUndefined()
    })
}

test("has nothing against any entry that sops wrote", async () => {
    for (const vector of vectors) {
        const { metadata } = await parseVector(vector.file)
        for (const entry of metadata.groups.flat())
            expect(entryProblem(entry, metadata.groups.length), vector.file).toBeUndefined()
    }
})

test("knows a share of a data key by its length", async () => {
    const share = await sealed([alice], Buffer.concat([key, Buffer.of(1)]))
    expect(problem(alice, share, 3)).toBeUndefined()
    expect(problem(alice, share)).toContain("does not hold a data key")
})

test("finds an entry that cannot be what its label says", async () => {
    expect(problem(alice, "")).toMatch(/^the entry for age1\w+ is no age file/u)
    expect(problem(alice, "CANARY")).toContain("is no age file")
    const good = await sealed([alice])
    expect(problem(alice, good.replace(/^(.{70})./su, "$1*"))).toContain("is no age file")
    expect(problem(alice, await sealed([alice, bob]))).toContain("has 2 stanzas where one recipient has one")
    expect(problem(alice, await sealed([ssh]))).toContain("another type (ssh-ed25519)")
    expect(problem(alice, await sealed([quantum]))).toContain("another type (mlkem768x25519)")
    expect(problem(ssh, good)).toContain("another type (X25519)")
    expect(problem(rsa, await sealed([ssh]))).toContain("another type (ssh-ed25519)")
    expect(problem("age1nobody", good)).toContain("is for what is no recipient")
    expect(problem(alice, await sealed([alice], Buffer.from("CANARY")))).toContain("does not hold a data key")
    const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB4wVKaCqJ8PPiRkTT6GfvlnPRCBhfmnYR5STsdQ1DQz"
    expect(problem(other, await sealed([ssh]))).toContain("another key of the same type")
})

test("takes any stanza for a plugin's, except what is age's own", async () => {
    const plugin = encodeBech32("age1plug", Buffer.alloc(20))
    const file = (type: string): string =>
        encodeArmor(
            Buffer.concat([
                Buffer.from(`age-encryption.org/v1\n-> ${type} x\n\n--- ${"A".repeat(43)}\n`, "latin1"),
                Buffer.alloc(64),
            ]),
        ).toString()
    expect(problem(plugin, file("X25519"))).toContain("is a file for a key of type X25519")
    expect(problem(plugin, file("plug-stanza"))).toBeUndefined()
    const yubikey = encodeBech32("age1yubikey", Buffer.alloc(33, 2))
    expect(problem(yubikey, file("plug-stanza"))).toContain("another type (plug-stanza)")
    expect(problem(yubikey, file("piv-p256"))).toContain("another key of the same type")
})

test("finds a PGP entry that is not a message to one key", () => {
    const pgp = (enc: string): string | undefined => entryProblem({ type: "pgp", id: "pgp:F00", enc }, 1)
    const armor = (bytes: Buffer): string =>
        `-----BEGIN PGP MESSAGE-----\n\n${bytes.toString("base64")}\n=AAAA\n-----END PGP MESSAGE-----\n`
    const packet = (tag: number, size: number): Buffer =>
        Buffer.concat([Buffer.of(0xc0 | tag, size), Buffer.alloc(size)])
    const [session, data] = [packet(1, 30), packet(18, 60)]
    expect(pgp(armor(Buffer.concat([session, data])))).toBeUndefined()
    expect(pgp(armor(Buffer.concat([session, session, data])))).toContain("to 2 keys")
    expect(pgp(armor(session))).toContain("no PGP message")
    expect(pgp(armor(data))).toContain("to 0 keys")
    expect(pgp(armor(Buffer.concat([session, data.subarray(0, 20)])))).toContain("no PGP message")
    expect(pgp("CANARY")).toContain("no PGP message")
    const message = armor(Buffer.concat([session, data]))
    expect(pgp(message.replace("\n\n", "\nComment: made by A - B\n\n"))).toBeUndefined()
    expect(pgp(`CANARY\n${message}`)).toContain("no PGP message")
    expect(pgp(message + message)).toContain("no PGP message")
    expect(entryProblem({ type: "kms", id: "kms:a", enc: "CANARY of ours" }, 1)).toContain("no wrapped key")
})
