import * as fc from "fast-check"
import { expect, test } from "vitest"
import { AgeError } from "../../agent/age/error.ts"
import { openAge, readHeader } from "../../agent/age/file.ts"
import { parseIdentityFile } from "../../agent/age/identity-file.ts"
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { parseSshPrivateKey } from "../../agent/age/ssh/key.ts"
import { parseSshPublicLine } from "../../agent/age/ssh/public.ts"
import { cpuTime } from "../cpu-time.ts"

// For every parser of this room: whatever the input, a result or our typed error, soon.

const parsers: Record<string, (input: Buffer) => unknown> = {
    readHeader,
    parseIdentityFile,
    parseSshPrivateKey,
    parseIdentity: (input) => parseIdentity(input.toString("latin1")),
    parseRecipient: (input) => parseRecipient(input.toString("latin1")),
    parseSshPublicLine: (input) => parseSshPublicLine(input.toString("latin1")),
}

const size = 65536
const fillings = [
    "\0",
    " ",
    "\n",
    "-",
    "\n---",
    "-> a\n\n",
    "-> X25519 A\nA\n",
    '"',
    '\\"',
    "a ",
    "# ",
    "1",
    "q1",
    "age1",
    "AGE-SECRET-KEY-1",
    "AGE-PLUGIN-",
    "\u00ff",
    "=",
    "A",
]
const beginnings = [
    "",
    "age-encryption.org/v1\n",
    "-----BEGIN AGE ENCRYPTED FILE-----\n",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\n",
    "ssh-ed25519 ",
    "# recipient: ",
    "age1",
    "command=",
]

for (const [name, parse] of Object.entries(parsers)) {
    const attempt = (input: Buffer): void => {
        const start = cpuTime()
        try {
            parse(input)
        } catch (error) {
            expect(error).toBeInstanceOf(AgeError)
        }
        expect(cpuTime() - start).toBeLessThan(2000)
    }

    test(`${name}: 64 KiB of one thing after another`, () => {
        for (const beginning of beginnings)
            for (const filling of fillings)
                attempt(Buffer.concat([Buffer.from(beginning), Buffer.alloc(size, filling, "latin1")]))
    })

    test(`${name}: arbitrary bytes`, () => {
        fc.assert(
            fc.property(
                fc.constantFrom(...beginnings),
                fc.uint8Array({ maxLength: 200 }),
                (beginning, bytes) => {
                    attempt(Buffer.concat([Buffer.from(beginning), bytes]))
                },
            ),
            { numRuns: 300 },
        )
    })
}

test("stanzas of known types with arbitrary contents", async () => {
    const identity = parseIdentity(generateIdentity().secret)
    const type = fc.constantFrom("X25519", "mlkem768x25519", "ssh-ed25519", "ssh-rsa", "scrypt")
    const argument = fc.base64String({ maxLength: 60 })
    await fc.assert(
        fc.asyncProperty(type, fc.array(argument), argument, async (name, args, body) => {
            const lines = [
                "age-encryption.org/v1",
                ["->", name, ...args].join(" "),
                body,
                `--- ${"A".repeat(43)}`,
                "",
            ]
            const error = await openAge(Buffer.from(lines.join("\n")), [identity]).catch(
                (reason: unknown) => reason,
            )
            expect(error).toBeInstanceOf(AgeError)
        }),
        { numRuns: 300 },
    )
})
