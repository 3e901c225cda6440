import { createECDH } from "node:crypto"
import { expect, test } from "vitest"
import { encodeBech32 } from "../../agent/age/bech32.ts"
import { generateHybridIdentity, generateIdentity } from "../../agent/age/identity.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { rsaKey } from "./ssh-files.ts"
import { vector } from "./vectors.ts"

const classic = generateIdentity().recipient
const hybrid = generateHybridIdentity().recipient
const ed25519 = vector("agessh/ed1.pub").toString()
const rsa = vector("agessh/rsa.pub").toString()
const tagged = encodeBech32("age1tag", compressedPoint())

for (const [text, kind, postQuantum] of [
    [classic, "x25519", false],
    [hybrid, "hybrid", true],
    [ed25519, "ssh-ed25519", false],
    [rsa, "ssh-rsa", false],
    [tagged, "tag", false],
] as const) {
    test(`reads a recipient of kind ${kind}, with space around it`, () => {
        const recipient = parseRecipient(`  ${text}\n`)
        expect(recipient).toMatchObject({ kind, postQuantum })
        expect(recipient.text).toBe(text.trim().split(" ").slice(0, 2).join(" "))
        expect(parseRecipient(recipient.text)).toMatchObject({ kind, text: recipient.text })
    })
}

test("a plugin's recipient is known by its name and nothing is run", () => {
    const text = encodeBech32("age1yubikey", Buffer.alloc(33, 2))
    expect(parseRecipient(text)).toEqual({ kind: "unresolved plugin", name: "yubikey", text })
})

for (const [why, text] of Object.entries({
    "the empty string": "",
    "upper case": classic.toUpperCase(),
    "a changed character": `${classic.slice(0, -1)}${classic.endsWith("q") ? "p" : "q"}`,
    "a recipient of the wrong length": encodeBech32("age", Buffer.alloc(31, 9)),
    "a hybrid recipient of the wrong length": encodeBech32("age1pq", Buffer.alloc(32, 9)),
    "a tagged recipient of the wrong length": encodeBech32("age1tag", Buffer.alloc(32, 2)),
    "a plugin without a name": encodeBech32("age1", Buffer.alloc(32, 9)),
    "a plugin named ..": encodeBech32("age1..", Buffer.alloc(32, 9)),
    "a plugin named ../x": encodeBech32("age1../x", Buffer.alloc(32, 9)),
    "a plugin named a/b": encodeBech32("age1a/b", Buffer.alloc(32, 9)),
    "a plugin with a NUL": "age1a\u0000b1qqqqqqqq",
    "a plugin with a space": "age1a b1qqqqqqqq",
    "a plugin that is not ASCII": "age1ä1qqqqqqqq",
    "another bech32 string": encodeBech32("bc", Buffer.alloc(20)),
    "a PGP fingerprint": "FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4",
    "two recipients": `${classic} ${classic}`,
    "an ecdsa key": "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY=",
    "an RSA key of 1024 bits": rsaKey(1024).publicLine,
})) {
    test(`refuses ${why}`, () => {
        expect(() => parseRecipient(text)).toThrow(expect.objectContaining({ name: "AgeError", code: "key" }))
    })
}

test("a private key in the place of a recipient is refused and not repeated", () => {
    const { secret } = generateIdentity()
    expect(() => parseRecipient(secret)).toThrow(/private key/)
    expect(() => parseRecipient(secret)).not.toThrow(secret.slice(20))
})

function compressedPoint(): Buffer {
    const pair = createECDH("prime256v1")
    pair.generateKeys()
    return Buffer.from(pair.getPublicKey("hex", "compressed"), "hex")
}
