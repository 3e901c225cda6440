import { expect, test } from "vitest"
import { encodeBech32 } from "../../agent/age/bech32.ts"
import { parseIdentityFile, pluginName } from "../../agent/age/identity-file.ts"
import { generateHybridIdentity, generateIdentity } from "../../agent/age/identity.ts"

const one = generateIdentity()
const two = generateHybridIdentity()
const plugin = encodeBech32("age-plugin-yubikey-", Buffer.from("CANARY")).toUpperCase()

test("reads several identities, comments, empty lines and CRLF", () => {
    const text = `# created: today\n# public key: ${one.recipient}\n${one.secret}\r\n\n  \n${two.secret}`
    const { identities, plugins } = parseIdentityFile(Buffer.from(text))
    expect(identities.map(({ recipient }) => recipient)).toEqual([one.recipient, two.recipient])
    expect(plugins).toEqual([])
})

test("lists plugin identities with the recipient that the comment above claims", () => {
    const text = `#    Recipient: age1yubikey1abc\n#   Serial: 1\n${plugin}\n${plugin}\n`
    expect(parseIdentityFile(Buffer.from(text)).plugins).toEqual([
        { name: "yubikey", text: plugin, recipient: "age1yubikey1abc" },
        { name: "yubikey", text: plugin },
    ])
})

test("a comment's recipient counts for the next identity only", () => {
    const text = `# public key: ${one.recipient}\n${one.secret}\n${plugin}\n`
    expect(parseIdentityFile(Buffer.from(text)).plugins).toEqual([{ name: "yubikey", text: plugin }])
})

for (const [why, bytes] of Object.entries({
    "no identity": Buffer.from("# nothing here\n\n"),
    "an empty file": Buffer.alloc(0),
    "an unknown line": Buffer.from(`${one.secret}\nCANARY\n`),
    "an SSH key": Buffer.from("-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\n"),
    "a mistyped identity": Buffer.from(`${one.secret}X\n`),
    "a mistyped plugin identity": Buffer.from(`${plugin}X\n`),
    "a plugin named ..": Buffer.from(encodeBech32("age-plugin-..-", Buffer.from("CANARY")).toUpperCase()),
    "a plugin with a separator": Buffer.from(encodeBech32("age-plugin-a/b-", Buffer.alloc(1)).toUpperCase()),
    "more than 16 MiB": Buffer.alloc(16 * 1024 * 1024 + 1, "#"),
})) {
    test(`refuses ${why} without repeating it`, () => {
        expect(() => parseIdentityFile(bytes)).toThrow(expect.objectContaining({ code: "key" }))
        expect(() => parseIdentityFile(bytes)).not.toThrow(/CANARY|AGE-SECRET-KEY-1|1[A-Z0-9]{20}/)
    })
}

for (const [what, bytes] of Object.entries({
    "a comment in Latin-1": Buffer.from(`# für mich\n${one.secret}\n`, "latin1"),
    "a byte order mark": Buffer.from(`\u{feff}# x\n${one.secret}\n`),
    "CRLF and blank lines": Buffer.from(`\r\n# x\r\n\r\n${one.secret}\r\n\r\n`),
    "an old Mac's line ends": Buffer.from(`# x\r${one.secret}\r`),
    "blanks around it": Buffer.from(`  ${one.secret}\t\n`),
})) {
    test(`reads a file with ${what}`, () => {
        expect(parseIdentityFile(bytes).identities.map(({ recipient }) => recipient)).toEqual([one.recipient])
    })
}

test("says which line is wrong", () => {
    const text = `# a comment\n${one.secret}\nCANARY\n`
    expect(() => parseIdentityFile(Buffer.from(text))).toThrow(/^line 3: /)
})

test("the name of a plugin is in lower case", () => {
    expect(pluginName(plugin)).toBe("yubikey")
})

test("names the line at fault, and what is wrong with the file as a whole", () => {
    expect(() => parseIdentityFile(Buffer.from(`# made\n${one.secret}\nCANARY\n`))).toThrow(/^line 3: /u)
    expect(() => parseIdentityFile(Buffer.alloc(16 * 1024 * 1024 + 1, "#"))).toThrow("at most 16 MiB")
    expect(() => parseIdentityFile(Buffer.alloc(16 * 1024 * 1024, "#"))).toThrow("holds no identity")
})
