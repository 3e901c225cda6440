import { expect, test } from "vitest"
import { AgeError } from "../../agent/age/error.ts"
import { readHeader, sealAge } from "../../agent/age/file.ts"
import { parseIdentityFile } from "../../agent/age/identity-file.ts"
import { generateIdentity } from "../../agent/age/identity.ts"
import { needsPassphrase, openWithPassphrase, sealWithPassphrase } from "../../agent/age/passphrase.ts"
import { x25519Recipient } from "../../agent/age/x25519.ts"

const passphrase = Buffer.from("CANARY pässphrase")
const { secret, recipient } = generateIdentity()
const sealed = await sealWithPassphrase(Buffer.from(`# CANARY\n${secret}\n`), passphrase, "armor")

test("a passphrase-protected identity file, armoured", async () => {
    expect(sealed.toString()).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/)
    expect(needsPassphrase(readHeader(sealed))).toBe(true)
    const { identities } = parseIdentityFile(await openWithPassphrase(sealed, passphrase))
    expect(identities.map((identity) => identity.recipient)).toEqual([recipient])
})

test("a wrong passphrase is said so, and is not repeated", async () => {
    const wrong = await openWithPassphrase(sealed, Buffer.from("WRONG CANARY")).catch(
        (error: unknown) => error,
    )
    expect(wrong).toBeInstanceOf(AgeError)
    expect(wrong).toMatchObject({ code: "no match" })
    expect(String(wrong)).not.toContain("CANARY")
})

test("an empty passphrase cannot seal", async () => {
    await expect(sealWithPassphrase(Buffer.from("CANARY"), Buffer.alloc(0), "binary")).rejects.toThrow(
        /empty/,
    )
})

test("a file for a key does not ask for a passphrase", async () => {
    const file = await sealAge(Buffer.from("CANARY"), [x25519Recipient(Buffer.alloc(32, 9))], "binary")
    expect(needsPassphrase(readHeader(file))).toBe(false)
    await expect(openWithPassphrase(file, passphrase)).rejects.toMatchObject({ code: "no match" })
})
