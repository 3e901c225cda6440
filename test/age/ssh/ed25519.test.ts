import { expect, test } from "vitest"
import { hkdf } from "../../../agent/age/derivation.ts"
import { AgeError } from "../../../agent/age/error.ts"
import { openAge, readHeader, sealAge } from "../../../agent/age/file.ts"
import {
    scalarOfSeed,
    sshEd25519Identity,
    sshEd25519Recipient,
    sshTag,
} from "../../../agent/age/ssh/ed25519.ts"
import { parseSshPublicLine } from "../../../agent/age/ssh/public.ts"
import type { Ed25519PublicKey } from "../../../agent/age/ssh/public.ts"
import { agreeWithShare, importScalar } from "../../../agent/age/x25519.ts"
import { sshCases, vector } from "../vectors.ts"

// vectors/agessh/ed1.age, written by age 1.3.2; the values of each step were computed with its libraries.

const publicKey = ed25519(vector("agessh/ed1.pub").toString())
const seed = Buffer.from(sshCases.find(({ name }) => name === "ed1")?.seedHex ?? "", "hex")
const header = readHeader(vector("agessh/ed1.age"))
const identity = sshEd25519Identity(importScalar(scalarOfSeed(seed)), publicKey)

function ed25519(line: string): Ed25519PublicKey {
    const key = parseSshPublicLine(line)
    if (key.type !== "ssh-ed25519") throw new Error("not an ed25519 key")
    return key
}

test("tag, scalar, tweak and first agreement", () => {
    expect(sshTag(publicKey.blob)).toBe("9Vuyww")
    const scalar = scalarOfSeed(seed)
    expect(scalar.toString("hex")).toBe("dfcf100a73dae4499d61e33f629d134251b629d9ab52291f750540cbce1e8b7d")
    const tweak = hkdf(Buffer.alloc(0), publicKey.blob, "age-encryption.org/v1/ssh-ed25519")
    expect(tweak.toString("hex")).toBe("a1bef5577d8ce1521f5e3ec4cb0acd3ecf321bba535e7899cea0cb43462dc396")
    const { secret } = agreeWithShare(importScalar(scalar).privateKey, header.stanzas[0]?.args[1] ?? "")
    expect(secret.toString("hex")).toBe("38e8b0e09b67e0a045ce299a5a62f71fe9578ec75fdea07284aa94f72bc8146b")
})

test("opens what age wrote", async () => {
    expect(identity.unwrap(header.stanzas)).toEqual(Buffer.from("58d560229b678fa6b8afbb92792f789d", "hex"))
    expect((await openAge(vector("agessh/ed1.age"), [identity])).toString()).toBe("agessh fixture ed1\n")
})

test("opens what our recipient wraps, and another key's stanza is not its business", async () => {
    const other = sshCases.find(({ name }) => name === "ed2")
    const recipients = [other?.publicKey ?? "", publicKey.text].map((line) =>
        sshEd25519Recipient(ed25519(line)),
    )
    const file = await sealAge(Buffer.from("CANARY"), recipients, "armor")
    expect((await openAge(file, [identity])).toString()).toBe("CANARY")
    const [first] = readHeader(file).stanzas
    expect(identity.unwrap(first ? [first] : [])).toBeUndefined()
})

const [stanza] = header.stanzas
const [tag = "", share = ""] = stanza?.args ?? []
const body = stanza?.body ?? Buffer.alloc(0)

for (const [why, args, bytes] of [
    ["a body that does not open", [tag, share], Buffer.alloc(32)],
    ["a short body", [tag, share], body.subarray(1)],
    ["a long body", [tag, share], Buffer.concat([body, body])],
    ["a short share", [tag, share.slice(2)], body],
    ["a low-order share", [tag, "A".repeat(43)], body],
    ["a share that is not base64", [tag, share.replace(/.$/, "=")], body],
    ["no share", [tag], body],
    ["a third argument", [tag, share, share], body],
] as const) {
    test(`${why} under our tag is an error, not another's stanza`, () => {
        const attempt = (): unknown => identity.unwrap([{ type: "ssh-ed25519", args, body: bytes }])
        expect(attempt).toThrow(AgeError)
        expect(attempt).toThrow(expect.objectContaining({ code: "header failure" }))
    })
}
