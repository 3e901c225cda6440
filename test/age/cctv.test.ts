import { createHash } from "node:crypto"
import { armor, Decrypter } from "age-encryption"
import { expect, test } from "vitest"
import { AgeError } from "../../agent/age/error.ts"
import { openAge } from "../../agent/age/file.ts"
import { parseIdentity } from "../../agent/age/identity.ts"
import { openWithPassphrase } from "../../agent/age/passphrase.ts"
import { allVectors } from "./cctv.ts"
import type { Vector } from "./cctv.ts"

const vectors = allVectors()

test("all vectors are there", () => {
    expect(vectors).toHaveLength(143)
    expect(vectors.filter((vector) => vector.passphrases.length === 0)).toHaveLength(117)
})

for (const vector of vectors) {
    test(`${vector.name}: ${vector.expect}`, async () => {
        const outcome = await open(vector).then(
            (plaintext) => ({ class: "success", plaintext }),
            (error: unknown) => {
                if (!(error instanceof AgeError)) throw error
                return { class: error.code, plaintext: undefined }
            },
        )
        expect(outcome.class).toBe(vector.expect)
        if (outcome.plaintext) {
            expect(createHash("sha256").update(outcome.plaintext).digest("hex")).toBe(vector.payload)
        }
    })
}

// The package that encrypts, and that the native reader is compared with.
for (const vector of vectors) {
    test(`age-encryption: ${vector.name}: ${vector.expect}`, async () => {
        const plaintext = await openByPackage(vector).catch(() => undefined)
        const isSuccess = vector.expect === "success"
        expect(plaintext !== undefined).toBe(isSuccess)
        if (plaintext) expect(createHash("sha256").update(plaintext).digest("hex")).toBe(vector.payload)
    })
}

async function openByPackage({ file, identities, passphrases }: Vector): Promise<Uint8Array> {
    const decrypter = new Decrypter()
    for (const identity of identities) decrypter.addIdentity(identity)
    for (const passphrase of passphrases) decrypter.addPassphrase(passphrase)
    const isArmoured = file.toString("latin1").trimStart().startsWith("-----BEGIN")
    return await decrypter.decrypt(isArmoured ? armor.decode(file.toString("latin1")) : file)
}

async function open({ file, identities, passphrases }: Vector): Promise<Buffer> {
    const [passphrase] = passphrases
    if (passphrase !== undefined) return await openWithPassphrase(file, Buffer.from(passphrase))
    return await openAge(file, identities.map(parseIdentity))
}
