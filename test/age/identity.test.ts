import { createHash } from "node:crypto"
import {
    generateHybridIdentity as theirHybrid,
    generateX25519Identity,
    identityToRecipient,
} from "age-encryption"
import { expect, test } from "vitest"
import { AgeError } from "../../agent/age/error.ts"
import {
    generateHybridIdentity,
    generateIdentity,
    parseIdentity,
    recipientOfSecret,
} from "../../agent/age/identity.ts"

// The pairs printed in c2sp.org/age.
const classic = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
const classicRecipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
const hybrid = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
const hybridHash = "a091dd7e0ee9d62b75173dcc98441a0424baa941e66a8776e570a4ae60ff61ea"

test("the pairs of the specification", () => {
    expect(recipientOfSecret(classic)).toBe(classicRecipient)
    const recipient = recipientOfSecret(hybrid)
    expect(recipient).toHaveLength(1959)
    expect(createHash("sha256").update(recipient).digest("hex")).toBe(hybridHash)
})

test("agrees with age-encryption on fresh keys of either making", async () => {
    const ours = [generateIdentity().secret, generateHybridIdentity().secret]
    for (const secret of [...ours, await generateX25519Identity(), await theirHybrid()])
        expect(recipientOfSecret(secret)).toBe(await identityToRecipient(secret))
})

test("a generated identity comes with its recipient and is never the same", () => {
    const { secret, recipient } = generateIdentity()
    expect(recipientOfSecret(secret)).toBe(recipient)
    expect(generateIdentity().secret).not.toBe(secret)
})

for (const [why, text] of Object.entries({
    "a changed character": classic.replace("1GFPYY", "1GFPYX"),
    "a changed character of a hybrid one": hybrid.replace("1XX76", "1XX77"),
    "a cut-off one": classic.slice(0, -1),
    "lower case": classic.toLowerCase(),
    "mixed case": `a${classic.slice(1)}`,
    "a space behind it": `${classic} `,
    "two at once": classic + classic,
    "a recipient": classicRecipient.toUpperCase(),
    "a plugin's": "AGE-PLUGIN-X-1Y7V7ZQXQ",
    "an SSH key": "-----BEGIN OPENSSH PRIVATE KEY-----",
    "the empty string": "",
})) {
    test(`refuses ${why} without repeating it`, () => {
        const error = caught(() => parseIdentity(text))
        expect(error.code).toBe("key")
        if (text !== "") expect(error.message + String(error.stack)).not.toContain(text.slice(-20))
    })
}

function caught(attempt: () => unknown): AgeError {
    try {
        attempt()
    } catch (error) {
        if (error instanceof AgeError) return error
        throw error
    }
    throw new Error("it was accepted")
}
