import { createECDH } from "node:crypto"
import { Decrypter, Encrypter, armor } from "age-encryption"
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { encodeBech32 } from "../../agent/age/bech32.ts"
import { AgeError } from "../../agent/age/error.ts"
import { openAge, openWithFileKey, readHeader, sealAge } from "../../agent/age/file.ts"
import { generateHybridIdentity, generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import type { Identity, Recipient } from "../../agent/age/key.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import type { Stanza } from "../../agent/age/stanza.ts"

const plaintext = Buffer.from("CANARY of a file")
const classic = generateIdentity()
const hybrid = generateHybridIdentity()
const other = generateIdentity()

function recipient(text: string): Recipient {
    const parsed = parseRecipient(text)
    if (parsed.kind === "unresolved plugin") throw new Error("unexpected plugin")
    return parsed
}

for (const [kind, { secret, recipient: text }] of Object.entries({ classic, hybrid })) {
    test(`${kind}: ours opens age-encryption's and age-encryption opens ours, in both forms`, async () => {
        const encrypter = new Encrypter()
        encrypter.addRecipient(text)
        const theirs = Buffer.from(await encrypter.encrypt(plaintext))
        const identity = parseIdentity(secret)
        expect(await openAge(theirs, [identity])).toEqual(plaintext)
        expect(await openAge(Buffer.from(armor.encode(theirs)), [identity])).toEqual(plaintext)

        const decrypter = new Decrypter()
        decrypter.addIdentity(secret)
        const binary = await sealAge(plaintext, [recipient(text)], "binary")
        expect(Buffer.from(await decrypter.decrypt(binary))).toEqual(plaintext)
        const armored = await sealAge(plaintext, [recipient(text)], "armor")
        expect(Buffer.from(await decrypter.decrypt(armor.decode(armored.toString())))).toEqual(plaintext)
    })
}

test("any plaintext comes back, armoured or not, for any of the recipients", async () => {
    const identities = [parseIdentity(classic.secret), parseIdentity(other.secret)]
    const recipients = [recipient(classic.recipient), recipient(other.recipient)]
    await fc.assert(
        fc.asyncProperty(
            fc.uint8Array({ maxLength: 300 }),
            fc.constantFrom("armor" as const, "binary" as const),
            async (bytes, form) => {
                const file = await sealAge(Buffer.from(bytes), recipients, form)
                for (const identity of identities)
                    expect(await openAge(file, [identity])).toEqual(Buffer.from(bytes))
            },
        ),
        { numRuns: 50 },
    )
})

test("nobody else can open it", async () => {
    const file = await sealAge(plaintext, [recipient(classic.recipient)], "armor")
    for (const identities of [[], [parseIdentity(other.secret)], [parseIdentity(hybrid.secret)]])
        await expect(openAge(file, identities)).rejects.toMatchObject({ code: "no match" })
})

test("a file needs a recipient", async () => {
    await expect(sealAge(plaintext, [], "binary")).rejects.toMatchObject({ code: "key" })
})

test("post-quantum and classic recipients cannot share a file", async () => {
    const mixed = [recipient(classic.recipient), recipient(hybrid.recipient)]
    await expect(sealAge(plaintext, mixed, "binary")).rejects.toThrow(/post-quantum and classic/)
})

test("a recipient given twice gets one stanza", async () => {
    const twice = [recipient(classic.recipient), recipient(` ${classic.recipient}\n`)]
    expect(readHeader(await sealAge(plaintext, twice, "binary")).stanzas).toHaveLength(1)
})

test("a tagged recipient shares a file with others; age-encryption writes it", async () => {
    const pair = createECDH("prime256v1")
    pair.generateKeys()
    const point = Buffer.from(pair.getPublicKey("hex", "compressed"), "hex")
    const tagged = recipient(encodeBech32("age1tag", point))
    const file = await sealAge(plaintext, [tagged, recipient(classic.recipient)], "armor")
    const types = readHeader(file).stanzas.map(({ type, body }) => [type, body.length])
    expect(types).toEqual([
        ["p256tag", 32],
        ["X25519", 32],
    ])
    expect(await openAge(file, [parseIdentity(classic.secret)])).toEqual(plaintext)
})

test("an identity that answers with a promise, as plugins do", async () => {
    const native = parseIdentity(classic.secret)
    const slow: Identity = {
        recipient: native.recipient,
        unwrap: async (stanzas: readonly Stanza[]) => await native.unwrap(stanzas),
    }
    const file = await sealAge(plaintext, [recipient(classic.recipient)], "binary")
    expect(await openAge(file, [parseIdentity(other.secret), slow])).toEqual(plaintext)
})

test("a file key of another length is refused before it is used", async () => {
    const header = readHeader(await sealAge(plaintext, [recipient(classic.recipient)], "binary"))
    expect(() => openWithFileKey(header, Buffer.alloc(32))).toThrow(
        expect.objectContaining({ code: "header failure" }),
    )
    expect(() => openWithFileKey(header, Buffer.alloc(16))).toThrow(
        expect.objectContaining({ code: "HMAC failure" }),
    )
})

// One mutation each. What age-encryption refuses we must refuse, and what it opens we must open, to the same bytes.
const mutations = fc.oneof(
    fc.record({ kind: fc.constant("flip" as const), at: fc.nat(), bit: fc.nat(7) }),
    fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }),
    fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 3 }) }),
    fc.record({ kind: fc.constant("double line" as const), at: fc.nat() }),
    fc.record({ kind: fc.constant("drop line" as const), at: fc.nat() }),
)
type Mutation = typeof mutations extends fc.Arbitrary<infer T> ? T : never

function mutate(file: Buffer, mutation: Mutation): Buffer {
    const at = mutation.at % file.length
    if (mutation.kind === "flip") {
        const copy = Buffer.from(file)
        copy.writeUInt8(copy.readUInt8(at) ^ (1 << mutation.bit), at)
        return copy
    }
    if (mutation.kind === "cut") return file.subarray(0, at)
    if (mutation.kind === "insert")
        return Buffer.concat([file.subarray(0, at), mutation.bytes, file.subarray(at)])
    const lines = file.toString("latin1").split("\n")
    const line = mutation.at % lines.length
    lines.splice(line, 1, ...(mutation.kind === "drop line" ? [] : [lines[line] ?? "", lines[line] ?? ""]))
    return Buffer.from(lines.join("\n"), "latin1")
}

for (const [kind, { secret, recipient: text }] of Object.entries({ classic, hybrid })) {
    test(`${kind}: agrees with age-encryption on mutated files`, async () => {
        const identity = parseIdentity(secret)
        const decrypter = new Decrypter()
        decrypter.addIdentity(secret)
        const file = await sealAge(plaintext, [recipient(text)], "binary")
        await fc.assert(
            fc.asyncProperty(mutations, async (mutation) => {
                const mutated = mutate(file, mutation)
                const theirs = await decrypter.decrypt(mutated).then(
                    (bytes) => Buffer.from(bytes),
                    () => undefined,
                )
                const ours = await openAge(mutated, [identity]).catch((error: unknown) => {
                    expect(error).toBeInstanceOf(AgeError)
                    expect(String(error)).not.toMatch(/CANARY|AGE-SECRET/)
                    return undefined
                })
                expect(ours).toEqual(theirs)
            }),
            { numRuns: kind === "classic" ? 400 : 60 },
        )
    })
}

test("takes no other white space for the end of an armour, as age", async () => {
    const file = await sealAge(plaintext, [recipient(classic.recipient)], "armor")
    const text = file.toString("latin1").trimEnd()
    const identity = parseIdentity(classic.secret)
    for (const end of ["", "\n", "\r\n", "\n \n"])
        expect(await openAge(Buffer.from(text + end), [identity])).toEqual(plaintext)
    for (const end of ["\v", " ", " \n", "\f\n"])
        await expect(openAge(Buffer.from(text + end), [identity])).rejects.toThrow()
})

test("agrees with age-encryption on mutated armour", async () => {
    const decrypter = new Decrypter()
    decrypter.addIdentity(classic.secret)
    const identity = parseIdentity(classic.secret)
    const file = await sealAge(plaintext, [recipient(classic.recipient)], "armor")
    await fc.assert(
        fc.asyncProperty(mutations, async (mutation) => {
            const mutated = mutate(file, mutation)
            const theirs = await Promise.resolve(mutated)
                .then((bytes) => decrypter.decrypt(armor.decode(bytes.toString("latin1"))))
                .then(
                    (bytes) => Buffer.from(bytes),
                    () => undefined,
                )
            const ours = await openAge(mutated, [identity]).catch(() => undefined)
            // The library takes any white space for the end of the last line; age itself takes a line end alone.
            const text = mutated.toString("latin1")
            const end = text.slice(text.lastIndexOf("FILE-----") + "FILE-----".length)
            expect(ours).toEqual(/^\r?(?:\n|$)/u.test(end) ? theirs : undefined)
        }),
        { numRuns: 400 },
    )
})
