import { createPrivateKey } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { join } from "node:path"
import { expect, test } from "vitest"
import { AgeError } from "../../../agent/age/error.ts"
import { openAge, sealAge } from "../../../agent/age/file.ts"
import { parseRecipient } from "../../../agent/age/recipient.ts"
import { scalarOfSeed } from "../../../agent/age/ssh/ed25519.ts"
import { openGatedKey, parseSshPrivateKey, sshIdentities } from "../../../agent/age/ssh/key.ts"
import type { SshKey } from "../../../agent/age/ssh/key.ts"
import { importScalar } from "../../../agent/age/x25519.ts"
import { gatedRunner } from "../../../agent/os/ssh-child.ts"
import { rsaKey } from "../ssh-files.ts"
import { sshCases, vector } from "../vectors.ts"

const run = gatedRunner(join(import.meta.dirname, "../../ssh-child-program.ts"))
const neverRun = (): Promise<Buffer> => Promise.reject(new Error("sshpk was asked"))

async function read(file: Buffer, passphrase?: string, publicLine?: string): Promise<SshKey> {
    const parsed = parseSshPrivateKey(file)
    if (parsed.kind !== "gated") return parsed
    const secret = passphrase === undefined ? undefined : Buffer.from(passphrase)
    return await openGatedKey(parsed, secret, run, publicLine)
}

for (const { name, privateKey, passphrase, publicKey, seedHex, recipient } of sshCases) {
    if (name === "ed_enc_aes256-gcm") continue
    test(`${name}: scalar and recipients`, async () => {
        const key = await read(Buffer.from(privateKey), passphrase ?? undefined, publicKey)
        const expected = importScalar(scalarOfSeed(Buffer.from(seedHex, "hex"))).privateKey
        expect(key.kind === "ed25519" && key.keys.privateKey.equals(expected)).toBe(true)
        const line = publicKey.split(" ").slice(0, 2).join(" ")
        expect(sshIdentities(key).map((identity) => identity.recipient)).toEqual([recipient, line])
    })
}

test("an unencrypted ed25519 key is read at once, and CRLF does not matter", () => {
    const [first] = sshCases
    const text = first?.privateKey ?? ""
    for (const file of [text, text.replaceAll("\n", "\r\n"), `\n\n${text}\n`, text.trimEnd()])
        expect(parseSshPrivateKey(Buffer.from(file))).toMatchObject({ kind: "ed25519" })
})

test("a cipher that sshpk cannot read is named with the way out", () => {
    const gcm = sshCases.find(({ name }) => name === "ed_enc_aes256-gcm")
    expect(() => parseSshPrivateKey(Buffer.from(gcm?.privateKey ?? ""))).toThrow(
        /ssh-keygen -p -Z aes256-ctr/,
    )
})

const files = {
    rsa: undefined,
    "rsa-encrypted": "CANARY-passphrase",
}
for (const [name, passphrase] of Object.entries(files)) {
    test(`OpenSSH ${name} opens what age sealed`, async () => {
        const key = await read(vector(`agessh/${name}`), passphrase, vector("agessh/rsa.pub").toString())
        const plaintext = await openAge(vector("agessh/rsa.age"), sshIdentities(key))
        expect(plaintext.toString()).toBe("agessh fixture rsa\n")
    })
}

const made = rsaKey()
const passphrase = "CANARY-passphrase"
const pem = { format: "pem" } as const
const cipher = "aes-256-cbc"

for (const [name, secret, text] of [
    ["PKCS #1", undefined, made.privateKey.export({ ...pem, type: "pkcs1" })],
    ["PKCS #1, encrypted", passphrase, made.privateKey.export({ ...pem, type: "pkcs1", cipher, passphrase })],
    [
        "PKCS #1, encrypted with AES-128",
        passphrase,
        made.privateKey.export({ ...pem, type: "pkcs1", cipher: "aes-128-cbc", passphrase }),
    ],
    ["PKCS #8", undefined, made.privateKey.export({ ...pem, type: "pkcs8" })],
    ["PKCS #8, encrypted", passphrase, made.privateKey.export({ ...pem, type: "pkcs8", cipher, passphrase })],
] as const) {
    const file = Buffer.from(text)

    test(`${name}: the numbers that node:crypto reads, and it opens files`, async () => {
        const key = await read(file, secret, made.publicLine)
        if (key.kind !== "rsa") throw new Error("not an RSA key")
        expect(numbers(key.privateKey)).toEqual(
            numbers(createPrivateKey({ key: file, passphrase: secret ?? "" })),
        )
        const recipient = parseRecipient(made.publicLine)
        if (recipient.kind !== "ssh-rsa") throw new Error("not an RSA recipient")
        const sealed = await sealAge(Buffer.from("CANARY"), [recipient], "armor")
        expect((await openAge(sealed, sshIdentities(key))).toString()).toBe("CANARY")
    })

    test(`${name}: refused next to another .pub file`, async () => {
        const other = rsaKey().publicLine
        await expect(read(file, secret, other)).rejects.toThrow(/does not belong to its public key/)
    })
}

const encrypted = [
    ["OpenSSH ed25519", sshCases.find(({ name }) => name === "ed_enc")?.privateKey ?? ""],
    ["OpenSSH RSA", vector("agessh/rsa-encrypted").toString()],
    ["PKCS #1", made.privateKey.export({ ...pem, type: "pkcs1", cipher, passphrase })],
    ["PKCS #8", made.privateKey.export({ ...pem, type: "pkcs8", cipher, passphrase })],
] as const

for (const [name, text] of encrypted) {
    test(`${name}: a wrong passphrase is one typed error`, async () => {
        for (const wrong of ["WRONG-CANARY", ""]) {
            const error = await read(Buffer.from(text), wrong).catch((reason: unknown) => reason)
            expect(error).toBeInstanceOf(AgeError)
            expect(error).toMatchObject({
                code: "key",
                message: "the key is unreadable, or the passphrase is wrong",
            })
        }
    })

    test(`${name}: without a passphrase nothing is started`, async () => {
        const parsed = parseSshPrivateKey(Buffer.from(text))
        if (parsed.kind !== "gated") throw new Error("not gated")
        expect(parsed.encrypted).toBe(true)
        await expect(openGatedKey(parsed, undefined, neverRun)).rejects.toThrow(/protected by a passphrase/)
    })
}

test("an answer of another kind than the file promises is refused", async () => {
    const parsed = parseSshPrivateKey(vector("agessh/rsa"))
    const ed25519 = parseSshPrivateKey(Buffer.from(encrypted[0][1]))
    if (parsed.kind !== "gated" || ed25519.kind !== "gated") throw new Error("not gated")
    const secret = Buffer.from(sshCases.find(({ name }) => name === "ed_enc")?.passphrase ?? "")
    const swapped = { ...ed25519, type: "rsa" as const }
    await expect(openGatedKey(swapped, secret, run)).rejects.toThrow(/another type/)
    const otherHalf = { ...parsed, publicKey: ed25519.publicKey }
    await expect(openGatedKey(otherHalf, undefined, run)).rejects.toThrow(/does not belong/)
    for (const answer of [Buffer.alloc(0), Buffer.from("CANARY"), Buffer.alloc(64, 255)])
        await expect(openGatedKey(parsed, undefined, () => Promise.resolve(answer))).rejects.toThrow(AgeError)
})

function numbers(key: KeyObject): unknown {
    return key.export({ format: "jwk" })
}
