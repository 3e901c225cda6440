import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { ageKeyFrom, keysFrom } from "../../../agent/admin/keys/key-arguments.ts"
import { generateHybridIdentity, generateIdentity } from "../../../agent/age/identity.ts"

const cwd = mkdtempSync(join(tmpdir(), "hostseal-keys-"))
afterAll(() => rmSync(cwd, { recursive: true }))

const [one, two, strong] = [generateIdentity(), generateIdentity(), generateHybridIdentity()]
const ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIYO1w3lK2bgk5Vgmc9vlVv0WyUyuHMCVmXo3jHMQpQF"
const pgp = "0123456789ABCDEF0123456789ABCDEF01234567"
const given = { cwd, stdin: () => process.stdin }
const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(cwd, name), content)
    return name
}

describe("takes", () => {
    for (const [what, text, expected] of [
        ["a public key", one.recipient, one.recipient],
        ["a post-quantum one", strong.recipient, strong.recipient],
        ["an SSH key, without its comment", `${ssh} me@home`, ssh],
        ["a private key, of which it keeps the public half", one.secret, one.recipient],
        [
            "what age-keygen prints",
            `# created: today\n# public key: ${one.recipient}\n${one.secret}\n`,
            one.recipient,
        ],
        ["a key file", file("keys.txt", `# public key: ${one.recipient}\n${one.secret}\n`), one.recipient],
        ["a key file that says that it is UTF-8", file("marked", `\ufeff${one.secret}\n`), one.recipient],
        ["a .pub file", file("id.pub", `${ssh} me@home\n`), ssh],
        ["the same key twice", `${one.recipient}\n${one.recipient}`, one.recipient],
    ] as const) {
        test(what, async () =>
            expect(await ageKeyFrom(text, given)).toEqual({ publickey: expected, type: "age" }),
        )
    }
    test("a fingerprint with blanks and in small letters", async () => {
        const spaced = "0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567"
        expect(await keysFrom({ key: undefined, ageKey: [], pgpKey: [spaced] }, given)).toEqual([
            { publickey: pgp, type: "pgp" },
        ])
    })
})

describe("refuses, and shows no private key", () => {
    for (const [what, text, message] of [
        ["two keys", `${one.recipient}\n${two.recipient}`, "2 age keys were provided, please provide only 1"],
        ["two private keys", `${one.secret}\n${two.secret}`, "2 age keys were provided"],
        ["a mistyped key", one.recipient.replace(/.$/u, "b").replace(/.$/u, "i"), "not a public key: age1"],
        ["a mistyped private key", one.secret.replace(/.$/u, "b"), "not well-formed"],
        ["an SSH private key", "-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY", "private SSH key"],
        ["a plugin's identity", "AGE-PLUGIN-YUBIKEY-1QQQQQQQQQQQQQQQQQ", "not well-formed"],
        ["anything else", "CANARY", "this is not a public key"],
        ["a file that is not there", "~/.ssh/id_ed25519.pub", "there is no such file"],
        ["another", "./keys/bob", "there is no such file"],
        ["a third", "bob.pub", "there is no such file"],
        ["a folder", ".//", "is a folder, and not a file"],
        ["a file of Windows", file("wide", Buffer.from(`\ufeff${one.secret}\n`, "utf16le")), "is UTF-16"],
        ["one without a mark", file("bare", Buffer.from(`${one.recipient}\n`, "utf16le")), "is UTF-16"],
        ["nothing", "", "no public key was given"],
        ["an empty file", file("empty", "\n# nothing\n"), "no public key was given"],
        [
            "a low-order point",
            "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs3290gq",
            "not a public key",
        ],
    ] as const) {
        test(what, async () => {
            const error: unknown = await ageKeyFrom(text, given).catch((thrown: unknown) => thrown)
            expect(String(error)).toContain(message)
            expect(String(error)).not.toMatch(/AGE-SECRET|CANARY|AGE-PLUGIN-YUBIKEY-1/u)
        })
    }
    test("no key at all, and keys of two kinds", async () => {
        const none = { key: undefined, ageKey: [], pgpKey: [] }
        await expect(keysFrom(none, given)).rejects.toThrow(expect.objectContaining({ exitCode: 2 }))
        await expect(keysFrom({ ...none, key: one.recipient, pgpKey: [pgp] }, given)).rejects.toThrow(
            "exclude each other",
        )
        await expect(
            keysFrom({ ...none, key: one.recipient, ageKey: [two.recipient] }, given),
        ).rejects.toThrow("exclude each other")
    })
    test("key IDs that others can have too", async () => {
        await expect(
            keysFrom({ key: undefined, ageKey: [], pgpKey: [pgp.slice(-16)] }, given),
        ).rejects.toThrow("short key ID")
    })
})
