import * as fc from "fast-check"
import { expect, test } from "vitest"
import { AgeError } from "../../../agent/age/error.ts"
import { parseSshPrivateKey } from "../../../agent/age/ssh/key.ts"
import { sshStrings } from "../../../agent/age/ssh/wire.ts"
import { armored, ed25519Point, ed25519Section, opensshFile, rsaKey } from "../ssh-files.ts"
import { hanging } from "../hanging.ts"
import { sshCases, vector } from "../vectors.ts"
import { cpuTime } from "../../cpu-time.ts"

// Everything here must be refused before sshpk sees it, quickly, and without a word of the file in the message.

const seed = Buffer.alloc(32, "CANARY")
const plain = opensshFile(seed)
const pair = rsaKey()
const pem = { format: "pem" } as const
const protection = { cipher: "aes-256-cbc", passphrase: "CANARY" }
const pkcs1 = Buffer.from(pair.privateKey.export({ ...pem, type: "pkcs1" }))
const pkcs8 = Buffer.from(pair.privateKey.export({ ...pem, type: "pkcs8" }))
const pkcs1Encrypted = Buffer.from(pair.privateKey.export({ ...pem, type: "pkcs1", ...protection }))
const pkcs8Encrypted = Buffer.from(pair.privateKey.export({ ...pem, type: "pkcs8", ...protection }))
const opensshEncrypted = Buffer.from(sshCases.find(({ name }) => name === "ed_enc")?.privateKey ?? "")

function uint32(number: number): Buffer {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(number)
    return bytes
}

/** An ed25519 key under bcrypt, with this salt and so many rounds. */
function bcrypt(salt: Buffer, rounds: number, cipher = "aes256-ctr", kdf = "bcrypt"): Buffer {
    const options = Buffer.concat([sshStrings(salt), uint32(rounds)])
    return opensshFile(seed, { cipher, kdf, options, section: Buffer.alloc(144, 1) })
}

function edit(file: Buffer, from: RegExp | string, to: string): Buffer {
    const text = file.toString("latin1")
    const edited = text.replace(from, to)
    expect(edited).not.toBe(text)
    return Buffer.from(edited, "latin1")
}

const salt = Buffer.alloc(16, 1)
const section = ed25519Section(seed)
const otherPoint = ed25519Point(Buffer.alloc(32, 1))
const ecdsa = sshStrings("ecdsa-sha2-nistp256", "nistp256", Buffer.alloc(65, 4))

test("the files that the cases below change are good", () => {
    expect(parseSshPrivateKey(plain)).toMatchObject({ kind: "ed25519" })
    for (const [file, expected] of [
        [vector("agessh/rsa"), { format: "ssh-private", type: "rsa", encrypted: false }],
        [opensshEncrypted, { format: "ssh-private", type: "ed25519", encrypted: true }],
        [bcrypt(salt, 256), { format: "ssh-private", type: "ed25519", encrypted: true }],
        [pkcs1, { format: "pkcs1", type: "rsa", encrypted: false }],
        [pkcs8, { format: "pkcs8", type: "rsa", encrypted: false }],
        [pkcs1Encrypted, { format: "pkcs1", type: "rsa", encrypted: true }],
        [pkcs8Encrypted, { format: "pkcs8", type: "rsa", encrypted: true }],
    ] as const)
        expect(parseSshPrivateKey(file)).toMatchObject({ kind: "gated", ...expected })
})

const refusals: Record<string, readonly [Buffer, RegExp]> = {
    // Inputs that hang sshpk 1.18.0 or the process around it.
    "PKCS #8 with a lone tag, an endless loop": [hanging.loneTag, /malformed|only RSA/],
    "4294967295 rounds of bcrypt": [bcrypt(salt, 4294967295), /4294967295 rounds/],
    "257 rounds of bcrypt": [bcrypt(salt, 257), /257 rounds/],
    "2147483647 iterations of PBKDF2": [hanging.iterations, /more than 2000000 rounds/],
    "zero rounds": [bcrypt(salt, 0), /0 rounds/],

    // Size and armour.
    "an empty file": [Buffer.alloc(0), /empty/],
    "16385 bytes": [Buffer.concat([plain, Buffer.alloc(16385 - plain.length, "\n")]), /larger than 16 KiB/],
    "no END line": [plain.subarray(0, plain.lastIndexOf("-----END")), /cut off/],
    "another END line": [edit(plain, "END OPENSSH", "END RSA"), /does not end/],
    "text on the line of the block": [edit(plain, "-----BEGIN", "x -----BEGIN"), /not an SSH private key/],
    "text inside": [edit(plain, "\n", "\nCANARY CANARY?\n"), /base64/],
    "a NUL": [edit(plain, "b3Bl", "b\0Bl"), /base64/],
    "base64 that is not canonical": [edit(pkcs8, /..\n-----END/, "=\n-----END"), /base64/],
    "a header in an OpenSSH key": [edit(plain, /\n/, "\nProc-Type: 4,ENCRYPTED\n"), /./],
    DES: [edit(pkcs1Encrypted, "AES-256-CBC", "DES-EDE3-CBC"), /headers that are not known/],
    "a short IV": [edit(pkcs1Encrypted, /(CBC,.{30})../, "$1"), /headers that are not known/],

    // Kinds that are refused by name.
    "an ECDSA key": [armored("EC PRIVATE KEY", section), /an ECDSA key/],
    "a DSA key": [armored("DSA PRIVATE KEY", section), /a DSA key/],
    "a certificate": [armored("CERTIFICATE", section), /a certificate/],
    "a public key": [Buffer.from("ssh-ed25519 AAAA"), /a public key/],
    PuTTY: [Buffer.from("PuTTY-User-Key-File-3: ssh-ed25519\nCANARY"), /a PuTTY key/],
    DNSSEC: [Buffer.from("Private-key-format: v1.3\nCANARY"), /a DNSSEC key/],
    "an age identity": [Buffer.from("AGE-SECRET-KEY-1CANARY"), /an age identity/],
    "a raw RFC 4253 blob": [sshStrings("ssh-ed25519", otherPoint), /not an SSH private key/],
    "an OpenSSH ECDSA key": [opensshFile(seed, { blob: ecdsa }), /ecdsa-sha2-nistp256 keys cannot be used/],
    "a PKCS #8 ed25519 key": [armored("PRIVATE KEY", hanging.ed25519), /only RSA/],

    // Labels and contents that disagree.
    "an RSA label over an OpenSSH key": [relabel(plain, "RSA PRIVATE KEY"), /malformed/],
    "a PKCS #8 label over an OpenSSH key": [relabel(plain, "PRIVATE KEY"), /malformed/],
    "an ENCRYPTED label over an OpenSSH key": [relabel(plain, "ENCRYPTED PRIVATE KEY"), /malformed/],
    "an OpenSSH label over PKCS #1": [relabel(pkcs1, "OPENSSH PRIVATE KEY"), /though it says so/],
    "a PKCS #8 label over PKCS #1": [relabel(pkcs1, "PRIVATE KEY"), /malformed/],
    "a PKCS #1 label over PKCS #8": [relabel(pkcs8, "RSA PRIVATE KEY"), /malformed/],
    "an ENCRYPTED label over PKCS #8": [relabel(pkcs8, "ENCRYPTED PRIVATE KEY"), /malformed/],

    // The container.
    "another magic": [opensshFile(seed, { magic: Buffer.from("openssh-key-v2\0") }), /though it says so/],
    "no keys": [opensshFile(seed, { keys: 0 }), /more than one key/],
    "two keys": [opensshFile(seed, { keys: 2 }), /more than one key/],
    "bytes left over": [opensshFile(seed, { trailing: Buffer.alloc(16) }), /left over/],
    "an empty private half": [opensshFile(seed, { section: Buffer.alloc(0) }), /wrong length/],
    "a cipher without a kdf": [opensshFile(seed, { cipher: "aes256-ctr" }), /protected in a way/],
    "a kdf without a cipher": [opensshFile(seed, { kdf: "bcrypt" }), /./],
    "options without a kdf": [opensshFile(seed, { options: Buffer.alloc(4) }), /./],
    "an unknown cipher": [bcrypt(salt, 16, "rot13"), /cipher is not supported/],
    chacha20: [bcrypt(salt, 16, "chacha20-poly1305@openssh.com"), /-Z aes256-ctr/],
    "an unknown kdf": [bcrypt(salt, 16, "aes256-ctr", "argon2"), /protected in a way/],
    "a short salt": [bcrypt(Buffer.alloc(15), 16), /salt/],
    "a long salt": [bcrypt(Buffer.alloc(65), 16), /salt/],
    "unequal check numbers": [opensshFile(seed, { section: flip(section, 0) }), /damaged/],
    "a private half of another type": [opensshFile(seed, { section: flip(section, 12) }), /different types/],
    "a private half of another key": [
        opensshFile(seed, { section: ed25519Section(Buffer.alloc(32, 1)) }),
        /do not belong together/,
    ],
    "a public half of another key": [
        opensshFile(seed, { blob: sshStrings("ssh-ed25519", otherPoint) }),
        /do not belong together/,
    ],
    "a seed that does not make the public half": [
        opensshFile(seed, { section: flip(section, section.indexOf(seed)) }),
        /do not belong together/,
    ],
    "wrong padding": [opensshFile(seed, { section: flip(section, section.length - 1) }), /padding/],
    "a whole block of padding": [
        opensshFile(seed, { section: Buffer.concat([section, Buffer.from([6, 7, 8, 9, 10, 11, 12, 13])]) }),
        /padding/,
    ],
    "a section that is no multiple of the block": [
        opensshFile(seed, { section: section.subarray(0, -1) }),
        /wrong length/,
    ],

    // Numbers.
    "RSA of 1024 bits": [Buffer.from(rsaKey(1024).privateKey.export({ ...pem, type: "pkcs1" })), /1024 bits/],
}

function relabel(file: Buffer, label: string): Buffer {
    return Buffer.from(file.toString().replaceAll(/(BEGIN|END) [A-Z ]*KEY/g, `$1 ${label}`))
}

function flip(bytes: Buffer, at: number): Buffer {
    const copy = Buffer.from(bytes)
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
    return copy
}

for (const [why, [file, message]] of Object.entries(refusals)) {
    test(`refuses ${why}`, () => {
        const start = cpuTime()
        const error = refusal(file)
        expect(cpuTime() - start).toBeLessThan(2000)
        expect(error?.code).toBe("key")
        expect(error?.message).toMatch(message)
        expect(String(error?.stack)).not.toContain("CANARY")
    })
}

test("takes 16384 bytes", () => {
    const file = Buffer.concat([plain, Buffer.alloc(16384 - plain.length, "\n")])
    expect(parseSshPrivateKey(file)).toMatchObject({ kind: "ed25519" })
})

const latin = Buffer.from("# für Älice, Schlüssel\n\n", "latin1")
const around: Record<string, (file: Buffer) => Buffer> = {
    "text in front and behind": (file) =>
        Buffer.concat([Buffer.from("# mine\n\n"), file, Buffer.from("the end\n")]),
    "a comment in Latin-1": (file) => Buffer.concat([latin, file, latin]),
    "CRLF line ends": (file) => edit(file, /\n/g, "\r\n"),
    "an old Mac's line ends": (file) => edit(file, /\n/g, "\r"),
    "blank lines everywhere": (file) => edit(file, /\n/g, "\n \n\n"),
    "indentation, as in a Nix string": (file) => edit(file, /^/gm, "    "),
    "blanks at the ends of lines": (file) => edit(file, /\n/g, " \t\n"),
    "one long line": (file) => edit(file, /(?<![-A-F0-9])\n(?![-PD\n])/g, ""),
    "a comment among its headers": (file) => edit(file, "-----\n", "-----\nComment: CANARY\n"),
    "a second key behind it": (file) => Buffer.concat([file, opensshFile(Buffer.alloc(32, 3))]),
}
for (const [what, change] of Object.entries(around)) {
    for (const [kind, file] of [
        ["ed25519", plain],
        ["RSA", pkcs1],
        ["encrypted RSA", pkcs1Encrypted],
    ] as const)
        test(`${kind}: ${what} changes nothing`, () => {
            const one = parseSshPrivateKey(change(file))
            expect(one).toEqual(parseSshPrivateKey(file))
        })
}

const kinds = {
    "OpenSSH ed25519": plain,
    "OpenSSH ed25519, encrypted": opensshEncrypted,
    "OpenSSH RSA": vector("agessh/rsa"),
    "PKCS #1": pkcs1,
    "PKCS #8": pkcs8,
    "PKCS #8, encrypted": pkcs8Encrypted,
}
for (const [kind, file] of Object.entries(kinds)) {
    const label = /BEGIN ([A-Z ]+)-----/.exec(file.toString())?.[1] ?? ""
    const bytes = Buffer.from(file.toString().replaceAll(/-----.*-----|\n/g, ""), "base64")

    test(`${kind}: every cut of the file, and of what is inside, is refused`, () => {
        for (let end = 0; end < file.length - 1; end++)
            expect(refusal(file.subarray(0, end))?.code).toBe("key")
        for (let end = 0; end < bytes.length; end++)
            expect(refusal(armored(label, bytes.subarray(0, end)))?.code).toBe("key")
    })

    test(`${kind}: any damage inside is accepted or our error, quickly, and never quoted`, () => {
        const lines = file.toString().split("\n").slice(1, -2)
        fc.assert(
            fc.property(
                fc.nat(bytes.length - 1),
                fc.uint8Array({ minLength: 1, maxLength: 4 }),
                (at, patch) => {
                    const damaged = Buffer.from(bytes)
                    Buffer.from(patch).copy(damaged, at)
                    const start = cpuTime()
                    const error = refusal(armored(label, damaged))
                    expect(cpuTime() - start).toBeLessThan(2000)
                    for (const line of lines) expect(String(error?.stack)).not.toContain(line.slice(0, 16))
                },
            ),
            { numRuns: 300 },
        )
    })
}

test("arbitrary bytes under every label", () => {
    fc.assert(
        fc.property(
            fc.constantFrom("OPENSSH PRIVATE KEY", "RSA PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
            fc.uint8Array({ maxLength: 200 }),
            (label, bytes) => {
                expect(refusal(armored(label, Buffer.from(bytes)))).toBeInstanceOf(AgeError)
            },
        ),
    )
})

/** The error, or `undefined` when the file is accepted; anything but an `AgeError` fails the test. */
function refusal(file: Buffer): AgeError | undefined {
    try {
        parseSshPrivateKey(file)
        return undefined
    } catch (error) {
        if (error instanceof AgeError) return error
        throw error
    }
}
