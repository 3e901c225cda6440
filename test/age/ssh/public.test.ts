import { expect, test } from "vitest"
import { fingerprint, parseSshPublicLine } from "../../../agent/age/ssh/public.ts"
import { sshStrings } from "../../../agent/age/ssh/wire.ts"
import { rsaKey } from "../ssh-files.ts"
import { vector } from "../vectors.ts"

const line = vector("agessh/ed1.pub").toString().trim()
const [, base64 = ""] = line.split(" ")
const text = `ssh-ed25519 ${base64}`
const rsa = vector("agessh/rsa.pub").toString().trim()

for (const [form, input] of Object.entries({
    "a .pub file": line,
    "without a comment": text,
    "with space around it and tabs inside": `  ssh-ed25519\t${base64}\tcomment with words\r\n`,
    "authorized_keys with options": `restrict,pty ${line}`,
    "options with blanks": `command="a b",no-pty ${line}`,
    "options with escaped quotes": `command="echo \\"a b\\"" ${line}`,
    "an option that looks like a key": `command="x ssh-ed25519 AAAA" ${line}`,
    known_hosts: `example.org,192.0.2.1 ${text}`,
    "a hashed host": `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${text}`,
    "a marked host": `@cert-authority *.example.org ${text}`,
    "another port": `[example.org]:2222 ${text}`,
})) {
    test(`reads ${form}`, () => {
        expect(parseSshPublicLine(input)).toMatchObject({ type: "ssh-ed25519", text })
    })
}

test("reads an RSA key", () => {
    const key = parseSshPublicLine(rsa)
    expect(key.type === "ssh-rsa" && key.modulus.length).toBe(384)
    expect(key.text).toBe(rsa.split(" ").slice(0, 2).join(" "))
})

// As printed by ssh-keygen -l.
test("fingerprints", () => {
    expect(fingerprint(line)).toBe("SHA256:9Vuyw15mZFr+Fe9NJ6wwOZwTzdCNEvskz914xKIa4jw")
    expect(fingerprint(rsa)).toBe("SHA256:mcagOMo9WX2gd/dMuxbfdXocIdNsCfHkWqqEFvQqpYo")
})

const point = Buffer.alloc(32, 9)
const encode = (...parts: (Buffer | string)[]): string => sshStrings(...parts).toString("base64")
const modulus = Buffer.concat([Buffer.alloc(1), Buffer.alloc(256, 0xff)])
const three = Buffer.from([3])

for (const [why, [input, message]] of Object.entries({
    nothing: ["", /not an SSH public key/],
    "a comment": ["# ssh-ed25519 AAAA", /./],
    "no key behind the type": ["ssh-ed25519", /cut off/],
    "base64 that is cut off": [text.slice(0, -4), /cut off/],
    "the URL alphabet": [
        `ssh-ed25519 ${encode("ssh-ed25519", Buffer.alloc(32, 0xff)).replaceAll("/", "_")}`,
        /base64/,
    ],
    "a type that its inside denies": [`ssh-rsa ${base64}`, /another type/],
    "31 bytes": [`ssh-ed25519 ${encode("ssh-ed25519", point.subarray(1))}`, /32 bytes/],
    "bytes left over": [`ssh-ed25519 ${encode("ssh-ed25519", point, "")}`, /left over/],
    "a length beyond the end": [`ssh-ed25519 ${Buffer.from("ffffffff").toString("base64")}`, /./],
    "a certificate": [
        `ssh-ed25519-cert-v01@openssh.com ${base64}`,
        /cert-v01@openssh.com keys cannot be used/,
    ],
    "an ECDSA key": [`ecdsa-sha2-nistp256 ${base64}`, /ecdsa-sha2-nistp256 keys cannot be used/],
    "a DSA key": [`ssh-dss ${base64}`, /ssh-dss keys cannot be used/],
    "a security key": [
        `sk-ssh-ed25519@openssh.com ${base64}`,
        /sk-ssh-ed25519@openssh.com keys cannot be used/,
    ],
    "a revoked key": [`@revoked * ${text}`, /revoked/],
    "quotes that do not close": [`command="x ${text}`, /./],
    "an overlong line": [`${text} ${"x".repeat(20000)}`, /too long/],
    "RSA of 1024 bits": [rsaKey(1024).publicLine, /1024 bits/],
    "RSA of 2040 bits": [
        `ssh-rsa ${encode("ssh-rsa", three, Buffer.from(`00${"ff".repeat(255)}`, "hex"))}`,
        /2040 bits/,
    ],
    "RSA of 8200 bits": [
        `ssh-rsa ${encode("ssh-rsa", three, Buffer.from(`00${"ff".repeat(1025)}`, "hex"))}`,
        /8200 bits/,
    ],
    "RSA with exponent 1": [`ssh-rsa ${encode("ssh-rsa", Buffer.from([1]), modulus)}`, /cannot be right/],
    "RSA with an even exponent": [
        `ssh-rsa ${encode("ssh-rsa", Buffer.from([2]), modulus)}`,
        /cannot be right/,
    ],
    "RSA with a huge exponent": [`ssh-rsa ${encode("ssh-rsa", modulus, modulus)}`, /cannot be right/],
    "an empty number": [`ssh-rsa ${encode("ssh-rsa", "", modulus)}`, /not positive/],
    "a negative number": [`ssh-rsa ${encode("ssh-rsa", three, Buffer.alloc(256, 0xff))}`, /not positive/],
    "a number with needless zeroes": [
        `ssh-rsa ${encode("ssh-rsa", three, Buffer.concat([Buffer.alloc(1), modulus]))}`,
        /shortest/,
    ],
} satisfies Record<string, [string, RegExp]>)) {
    test(`refuses ${why}`, () => {
        expect(() => parseSshPublicLine(input)).toThrow(
            expect.objectContaining({ name: "AgeError", code: "key" }),
        )
        expect(() => parseSshPublicLine(input)).toThrow(message)
    })
}
