import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { appendIdentity } from "../../../agent/admin/keys/key-file.ts"
import { encodeBech32 } from "../../../agent/age/bech32.ts"
import { parseIdentityFile } from "../../../agent/age/identity-file.ts"
import { generateHybridIdentity, generateIdentity } from "../../../agent/age/identity.ts"

const root = mkdtempSync(join(tmpdir(), "hostseal-keys-"))
afterAll(() => rmSync(root, { recursive: true }))
const now = new Date("2026-01-02T03:04:05.678Z")

function place(): string {
    return join(mkdtempSync(join(root, "k-")), "keys.txt")
}

test("makes the file, private, with all its directories", async () => {
    const file = join(root, "config", "sops", "age", "keys.txt")
    const identity = generateIdentity()
    await appendIdentity(file, identity, now)
    expect(readFileSync(file, "utf8")).toBe(
        `# created: 2026-01-02T03:04:05Z\n# public key: ${identity.recipient}\n${identity.secret}\n`,
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(root, "config", "sops")).mode & 0o777).toBe(0o700)
})

const old = generateIdentity()
for (const [why, text, count] of [
    ["a final newline", `# public key: ${old.recipient}\n${old.secret}\n`, 1],
    ["no final newline, as clan stores machine keys", old.secret, 1],
    ["a final carriage return", `${old.secret}\r\n`, 1],
    ["a final blank", `${old.secret} `, 1],
    ["a final comment without newline", `${old.secret}\n# the old one`, 1],
    ["several identities", `${old.secret}\n${generateHybridIdentity().secret}`, 2],
    ["nothing in it", "", 0],
    ["blank lines only", "\n\n", 0],
] as const) {
    test(`keeps what is in a file with ${why}`, async () => {
        const file = place()
        writeFileSync(file, text, { mode: 0o644 })
        const identity = generateIdentity()
        await appendIdentity(file, identity, now)
        const after = readFileSync(file)
        expect(after.subarray(0, Buffer.byteLength(text)).toString()).toBe(text)
        const { identities } = parseIdentityFile(after)
        expect(identities).toHaveLength(count + 1)
        expect(identities.at(-1)?.recipient).toBe(identity.recipient)
        expect(statSync(file).mode & 0o777).toBe(0o600)
        expect(readdirSync(join(file, ".."))).toEqual(["keys.txt"])
    })
}

for (const [why, content] of [
    ["damaged", `${old.secret}# public key: ${old.recipient}\n${old.secret}\n`],
    ["sealed with a passphrase", "age-encryption.org/v1\n-> scrypt AAAA 18\n"],
    ["another kind of key", "-----BEGIN OPENSSH PRIVATE KEY-----\n"],
    ["UTF-16", Buffer.from(`${old.secret}\n`, "utf16le")],
] as const) {
    test(`does not touch a file that is ${why}`, async () => {
        const file = place()
        writeFileSync(file, content, { mode: 0o640 })
        const refusal = appendIdentity(file, generateIdentity(), now)
        await expect(refusal).rejects.toThrow("is not one that can be added to; it was not changed")
        await expect(refusal).rejects.not.toThrow(/AGE-SECRET/u)
        expect(readFileSync(file)).toEqual(Buffer.from(content))
        expect(statSync(file).mode & 0o777).toBe(0o640)
        expect(readdirSync(join(file, ".."))).toEqual(["keys.txt"])
    })
}

test("keeps plugin identities", async () => {
    const file = place()
    const text = encodeBech32("age-plugin-test-", Buffer.from("x")).toUpperCase()
    writeFileSync(file, `# recipient: ${old.recipient}\n${text}`)
    await appendIdentity(file, generateIdentity(), now)
    expect(parseIdentityFile(readFileSync(file)).plugins).toHaveLength(1)
})

test("writes through a link", async () => {
    const file = place()
    const dotfiles = mkdtempSync(join(root, "d-"))
    writeFileSync(join(dotfiles, "keys"), `${old.secret}\n`)
    symlinkSync(join(dotfiles, "keys"), file)
    await appendIdentity(file, generateIdentity(), now)
    expect(parseIdentityFile(readFileSync(join(dotfiles, "keys"))).identities).toHaveLength(2)
    expect(readdirSync(dotfiles)).toEqual(["keys"])
})

test("several writers at once lose no identity", async () => {
    const file = place()
    const identities = Array.from({ length: 12 }, generateIdentity)
    await Promise.all(identities.map((identity) => appendIdentity(file, identity, now)))
    const stored = parseIdentityFile(readFileSync(file)).identities.map(({ recipient }) => recipient)
    expect(new Set(stored)).toEqual(new Set(identities.map(({ recipient }) => recipient)))
})

test("leaves the file alone when it cannot be replaced", async () => {
    const file = place()
    mkdirSync(file)
    await expect(appendIdentity(file, generateIdentity(), now)).rejects.toThrow("is not a file")
    expect(readdirSync(join(file, ".."))).toEqual(["keys.txt"])
})

test("says who holds the file up", async () => {
    const file = place()
    writeFileSync(`${file}.new`, "")
    await expect(appendIdentity(file, generateIdentity(), now)).rejects.toThrow("keys.txt.new exists")
})
