import { execFileSync } from "node:child_process"
import { createPublicKey } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import * as fc from "fast-check"
import { afterAll, expect, test } from "vitest"
import { parseSshPublicLine } from "../../../agent/age/ssh/public.ts"
import { UserError } from "../../../agent/error.ts"
import { pgpFingerprint } from "../../../agent/machine/pgp/fingerprint.ts"
import { openMessage } from "../../../agent/machine/pgp/message.ts"
import { dearmor, mpi, packets } from "../../../agent/sops/pgp/packets.ts"
import { rsaKey } from "../../age/ssh-files.ts"
import { sshAsPgp } from "./ssh-as-pgp.ts"

// gpg writes the messages. The socket of its agent lies in its home: a short path, or it does not fit.
const home = mkdtempSync("/tmp/hs-pgp-")
const pair = rsaKey()
const publicKey = parseSshPublicLine(pair.publicLine)
if (publicKey.type !== "ssh-rsa") throw new Error("not an RSA key")
const fingerprint = pgpFingerprint(publicKey)
const key = { privateKey: pair.privateKey, id: fingerprint.slice(-16) }
const dataKey = Buffer.from("CANARY-data-key-of-32-bytes-long")

function gpg(input: Buffer, ...args: string[]): Buffer {
    return execFileSync(
        "gpg",
        ["--batch", "--quiet", "--homedir", home, "--trust-model", "always", ...args],
        {
            input,
            stdio: ["pipe", "pipe", "pipe"],
        },
    )
}

function encrypt(...args: string[]): string {
    return gpg(dataKey, ...args, "--armor", "--encrypt", "-r", fingerprint).toString()
}

gpg(sshAsPgp(pair.privateKey), "--import")
afterAll(() => {
    execFileSync("gpgconf", ["--homedir", home, "--kill", "all"])
    rmSync(home, { recursive: true })
})

test("the fingerprint is the one that gpg shows", () => {
    const lines = gpg(Buffer.alloc(0), "--with-colons", "--list-keys").toString().split("\n")
    const shown = lines.find((line) => line.startsWith("fpr:"))?.split(":")[9]
    expect(fingerprint.toUpperCase()).toBe(shown)
})

const ways = {
    "as sops does": [],
    "without compression": ["--compress-algo", "none"],
    ZIP: ["--compress-algo", "zip"],
    ZLIB: ["--compress-algo", "zlib"],
    "AES-128": ["--cipher-algo", "AES"],
    "AES-192": ["--cipher-algo", "AES192"],
    "AES-256": ["--cipher-algo", "AES256"],
    "3DES": ["--cipher-algo", "3DES"],
    Camellia: ["--cipher-algo", "CAMELLIA256"],
    "a recipient that is not named": ["--throw-keyids"],
} as const
for (const [way, args] of Object.entries(ways))
    test(`opens what gpg encrypts: ${way}`, () => {
        expect(openMessage(dearmor(encrypt(...args)), key)).toEqual(dataKey)
    })

test("opens one with CRLF and without the checksum", () => {
    const text = encrypt().replaceAll("\n", "\r\n")
    expect(openMessage(dearmor(text), key)).toEqual(dataKey)
    expect(openMessage(dearmor(text.replace(/=.{4}\r\n-/u, "-")), key)).toEqual(dataKey)
})

test("a message for another key is none of ours, also when it names nobody", () => {
    const other = rsaKey()
    expect(openMessage(dearmor(encrypt()), { privateKey: other.privateKey, id: "0011223344556677" })).toBe(
        undefined,
    )
    expect(openMessage(dearmor(encrypt("--throw-keyids")), { ...key, privateKey: other.privateKey })).toBe(
        undefined,
    )
})

test("bzip2 is told, not guessed", () => {
    expect(() => openMessage(dearmor(encrypt("--compress-algo", "bzip2")), key)).toThrow(/packed in a way/u)
})

test("a bomb is not unpacked", () => {
    const bomb = gpg(Buffer.alloc(10_000_000), "--encrypt", "-r", fingerprint)
    expect(() => openMessage(bomb, key)).toThrow(/cannot be unpacked/u)
})

const message = dearmor(encrypt())

test("every cut and every flipped bit is an error or none of ours, and never another value", () => {
    const outcome = (bytes: Buffer): unknown => {
        try {
            return openMessage(bytes, key)
        } catch (error) {
            if (!(error instanceof UserError)) throw error
            expect(String(error.stack)).not.toContain("CANARY")
            return undefined
        }
    }
    for (let end = 0; end < message.length; end++) expect(outcome(message.subarray(0, end))).toBeUndefined()
    fc.assert(
        fc.property(fc.nat(message.length - 1), fc.nat(7), (at, bit) => {
            const changed = Buffer.from(message)
            changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at)
            const opened = outcome(changed)
            // The number of the key algorithm has two names.
            if (opened !== undefined) expect(opened).toEqual(dataKey)
        }),
        { numRuns: 500 },
    )
})

test("arbitrary bytes end, and are an error or packets", () => {
    fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
            try {
                expect([...packets(Buffer.from(bytes))].length).toBeLessThanOrEqual(bytes.length)
            } catch (error) {
                expect(error).toBeInstanceOf(UserError)
            }
        }),
    )
})

for (const text of ["", "CANARY", "-----BEGIN PGP MESSAGE-----\n\nCAN\u{c4}RY\n-----END PGP MESSAGE-----"])
    test(`no armour: ${JSON.stringify(text.slice(0, 10))}`, () => {
        expect(() => dearmor(text)).toThrow(/^the PGP message cannot be read: [^C]*$/u)
    })

test("numbers carry their length in bits", () => {
    expect(mpi(Buffer.from("000101", "hex")).toString("hex")).toBe("00090101")
    expect(mpi(Buffer.from("ff", "hex")).toString("hex")).toBe("0008ff")
    expect(mpi(Buffer.alloc(3)).toString("hex")).toBe("0000")
    const { n = "" } = createPublicKey(pair.privateKey).export({ format: "jwk" })
    expect(mpi(Buffer.from(n, "base64url")).readUInt16BE()).toBe(
        pair.privateKey.asymmetricKeyDetails?.modulusLength,
    )
})
