import { expect, test } from "vitest"
import { openAge, readHeader, sealAge } from "../../../agent/age/file.ts"
import { parseRecipient } from "../../../agent/age/recipient.ts"
import { parseSshPublicLine } from "../../../agent/age/ssh/public.ts"
import { sshRsaIdentity, sshRsaRecipient } from "../../../agent/age/ssh/rsa.ts"
import { rsaKey } from "../ssh-files.ts"
import { vector } from "../vectors.ts"

const { privateKey, publicLine } = rsaKey()
const publicKey = rsa(publicLine)
const identity = sshRsaIdentity(privateKey, publicKey)

function rsa(line: string): Extract<ReturnType<typeof parseSshPublicLine>, { type: "ssh-rsa" }> {
    const key = parseSshPublicLine(line)
    if (key.type !== "ssh-rsa") throw new Error("not an RSA key")
    return key
}

test("the tag of a file that age wrote", () => {
    const other = sshRsaRecipient(rsa(vector("agessh/rsa.pub").toString()))
    const [stanza] = readHeader(vector("agessh/rsa.age")).stanzas
    expect(stanza?.args).toEqual(["mcagOA"])
    expect(stanza?.body).toHaveLength(384)
    expect(other.wrap(Buffer.alloc(16))).toMatchObject([{ type: "ssh-rsa", args: ["mcagOA"] }])
    // Tagged for another key.
    expect(identity.unwrap(stanza ? [stanza] : [])).toBeUndefined()
})

test("opens what our recipient wraps", async () => {
    const recipient = parseRecipient(`${publicLine} a comment`)
    if (recipient.kind !== "ssh-rsa") throw new Error("not an RSA recipient")
    const file = await sealAge(Buffer.from("CANARY"), [recipient], "binary")
    expect((await openAge(file, [identity])).toString()).toBe("CANARY")
})

test("damage under our tag is an error", () => {
    const [stanza] = [sshRsaRecipient(publicKey).wrap(Buffer.alloc(16))].flat()
    if (!stanza || stanza instanceof Promise) throw new Error("native recipients answer at once")
    for (const broken of [
        { ...stanza, body: stanza.body.subarray(1) },
        { ...stanza, body: Buffer.alloc(256, 1) },
        { ...stanza, args: [...stanza.args, "x"] },
        { ...stanza, args: [] },
    ])
        expect(() => identity.unwrap([broken])).toThrow(expect.objectContaining({ code: "header failure" }))
})
