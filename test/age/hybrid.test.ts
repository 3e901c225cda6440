import { createHash } from "node:crypto"
import { expect, test } from "vitest"
import { decodeBase64, encodeBase64 } from "../../agent/age/base64.ts"
import { hybridIdentity, hybridRecipient } from "../../agent/age/hybrid.ts"
import { parseHeader } from "../../agent/age/header.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { allVectors } from "./cctv.ts"

const seed = Buffer.from("b8be81702bae561b372c3de084b70415734529cfef83c57eeb3e6e57689f9e23", "hex")
const identity = hybridIdentity(seed)

test("the recipient of the CCTV vector `hybrid`, and its file key", () => {
    const hash = createHash("sha256").update(identity.recipient).digest("hex")
    expect(hash).toBe("3391361ba4a3d211173b3161b1460630cee790d95b732cd447313243226cb082")
    const vector = allVectors().find(({ name }) => name === "hybrid")
    const { stanzas } = parseHeader(vector?.file ?? Buffer.alloc(0))
    expect(identity.unwrap(stanzas)).toEqual(Buffer.from("59454c4c4f57205355424d4152494e45", "hex"))
})

test("refuses an ML-KEM key whose numbers are out of range, and a wrong length", () => {
    expect(() => hybridRecipient(Buffer.alloc(1216, 0xff))).toThrow(/ML-KEM/)
    expect(() => hybridRecipient(Buffer.alloc(1215))).toThrow(/1216 bytes/)
})

test("refuses a low-order X25519 half", () => {
    expect(() => hybridRecipient(Buffer.alloc(1216))).toThrow(/low-order/)
})

test("a damaged encapsulation does not open, whichever half it is in", async () => {
    const target = parseRecipient(identity.recipient)
    if (target.kind !== "hybrid") throw new Error("not a hybrid recipient")
    const [stanza] = await target.wrap(Buffer.alloc(16, 7))
    const encapsulated = decodeBase64(stanza?.args[0] ?? "") ?? Buffer.alloc(0)
    expect(encapsulated).toHaveLength(1120)
    for (const at of [0, 1087, 1088, 1118]) {
        const damaged = Buffer.from(encapsulated)
        damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at)
        const body = stanza?.body ?? Buffer.alloc(0)
        expect(
            identity.unwrap([{ type: "mlkem768x25519", args: [encodeBase64(damaged)], body }]),
        ).toBeUndefined()
    }
})

test("a stanza with more arguments, or an argument or a body of another length, is an error", async () => {
    const target = parseRecipient(identity.recipient)
    if (target.kind !== "hybrid") throw new Error("not a hybrid recipient")
    const [stanza] = await target.wrap(Buffer.alloc(16, 7))
    if (stanza === undefined) throw new Error("no stanza")
    const [argument = ""] = stanza.args
    for (const args of [[], [argument, argument], [encodeBase64(Buffer.alloc(1119))]])
        expect(() => identity.unwrap([{ ...stanza, args }])).toThrow("one argument of 1120 bytes")
    for (const length of [31, 33])
        expect(() => identity.unwrap([{ ...stanza, body: Buffer.alloc(length) }])).toThrow("has 32 bytes")
})
