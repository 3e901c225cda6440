import { createHash } from "node:crypto"
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

async function open({ file, identities, passphrases }: Vector): Promise<Buffer> {
    const [passphrase] = passphrases
    if (passphrase !== undefined) return await openWithPassphrase(file, Buffer.from(passphrase))
    return await openAge(file, identities.map(parseIdentity))
}
