// AES-GCM does not commit to its key: who knows two data keys makes one ciphertext that is authentic under both. Such a
// file is made here, with an entry of the one key for alice and of the other for bob, and commands are let loose on it.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { sealAge } from "../../agent/age/file.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { Scene } from "./scene.ts"

const origin = new Scene()
let scene = origin
const path = "sops/secrets/s1/secret"
/** Two data keys. */
const [first, second] = [randomBytes(32), randomBytes(32)]

beforeAll(async () => {
    for (const name of ["alice", "bob", "carol"])
        expect(await origin.inside(["users", "add", name, origin.key(name).recipient])).toMatchObject({
            code: 0,
        })
    for (const line of ["groups add-user admins alice", "groups add-user admins bob"])
        expect(await origin.inside(line.split(" "))).toMatchObject({ code: 0 })
    const set = await origin.inside(["set", "s1", "--group", "admins"], { stdin: "CANARY TOP" })
    expect(set).toMatchObject({ code: 0 })
    await craft(origin)
    origin.git("commit", "--quiet", "--all", "--message=crafted")
})
beforeEach(() => {
    scene = new Scene(origin)
    return () => scene[Symbol.dispose]()
})
afterAll(() => origin[Symbol.dispose]())

test("the value is authentic under both keys: nothing but the MAC and the binding commit", () => {
    const values = [first, second].map((key) => opened(read(origin).data, key, "data:"))
    expect(values[0]?.toString()).toMatch(/^CANARY/u)
    expect(values[1]).toHaveLength(values[0]?.length ?? 0)
    expect(values[1]).not.toEqual(values[0])
    expect(opened(read(origin).sops.mac, first, read(origin).sops.lastmodified)).toHaveLength(128)
    expect(() => opened(read(origin).sops.mac, second, read(origin).sops.lastmodified)).toThrow(
        "authenticate",
    )
})

test("who has the other key is told, and is given no value", async () => {
    expect((await scene.inside(["get", "s1"], { as: "alice" })).out).toMatch(/^CANARY/u)
    const get = await scene.inside(["get", "s1"], { as: "bob" })
    expect(get).toMatchObject({ code: 1, out: "" })
    expect(await scene.inside(["verify", "--decrypt"], { as: "bob" })).toMatchObject({ code: 5 })
    // Without the other key nobody can see it; that it is not bound, everybody can.
    expect(await scene.inside(["verify", "--bound"], { as: "alice" })).toMatchObject({ code: 5 })
})

test("a new value is sealed under one key for everybody", async () => {
    const set = await scene.inside(["set", "s1"], { stdin: "CANARY NEW" })
    expect(set.code, set.err).toBe(0)
    for (const as of ["alice", "bob"])
        expect((await scene.inside(["get", "s1"], { as })).out, as).toBe("CANARY NEW")
    expect(await scene.inside(["verify", "--bound"])).toMatchObject({ code: 0 })
})

test("who is added to the group reads what the one who adds reads; bob is not let in twice", async () => {
    const added = await scene.inside(["groups", "add-user", "admins", "carol"])
    expect(added.code, added.err).toBe(0)
    const values = await Promise.all(
        ["alice", "carol"].map(async (as) => (await scene.inside(["get", "s1"], { as })).out),
    )
    expect(values[0]).toMatch(/^CANARY/u)
    expect(values[1]).toBe(values[0])
    expect(await scene.inside(["get", "s1"], { as: "bob" })).toMatchObject({ code: 1, out: "" })
    // He changes nothing by what he reads, for he reads nothing.
    const as = "bob"
    expect(await scene.inside(["groups", "remove-user", "admins", "carol"], { as })).toMatchObject({
        code: 1,
    })
})

interface Crafted {
    data: string
    sops: { age: { recipient: string; enc: string }[]; lastmodified: string; mac: string; hostseal?: unknown }
}

function read({ tree }: Scene): Crafted {
    const document: unknown = JSON.parse(readFileSync(join(tree, path), "utf8"))
    const isCrafted = (value: unknown): value is Crafted =>
        typeof value === "object" && value !== null && "data" in value && "sops" in value
    if (!isCrafted(document)) throw new Error("no document")
    return document
}

/** Alice's entry is for the first key, bob's for the second, and nothing is bound. */
async function craft(at: Scene): Promise<void> {
    const document = read(at)
    document.data = collision()
    const plain = opened(document.data, first, "data:")
    const mac = createHash("sha512").update(plain).digest("hex").toUpperCase()
    document.sops.mac = sealed(Buffer.from(mac), first, document.sops.lastmodified)
    for (const entry of document.sops.age) {
        const recipient = parseRecipient(entry.recipient)
        if (recipient.kind === "unresolved plugin") throw new Error("not in this test")
        const isAlice = entry.recipient === at.key("alice").recipient
        entry.enc = (await sealAge(isAlice ? first : second, [recipient], "armor")).toString()
    }
    delete document.sops.hostseal
    writeFileSync(join(at.tree, path), JSON.stringify(document, undefined, "\t"))
}

/** One ciphertext of three blocks with one tag that is right under both keys: the last block is solved for. */
function collision(): string {
    const iv = randomBytes(32)
    const text = Buffer.from("CANARY of two keys, for one.....")
    const head = createCipheriv("aes-256-gcm", first, iv).update(text)
    // The tag is linear in the last block: tag(x) = tag(0) + x·H², with an H of each key.
    const [zero, one] = [Buffer.alloc(16), Buffer.alloc(16)]
    one[0] = 0x80
    const tags = (block: Buffer) => [first, second].map((key) => tagOf(Buffer.concat([head, block]), key, iv))
    const [a0, b0] = tags(zero).map(number)
    const [a1, b1] = tags(one).map(number)
    const slope = (a0 ?? 0n) ^ (a1 ?? 0n) ^ (b0 ?? 0n) ^ (b1 ?? 0n)
    const last = bytes(times((a0 ?? 0n) ^ (b0 ?? 0n), inverse(slope)))
    const data = Buffer.concat([head, last])
    const [tag, same] = tags(last)
    expect(tag).toEqual(same)
    return token(data, iv, tag ?? zero)
}

/** The tag that belongs to a ciphertext. */
function tagOf(data: Buffer, key: Buffer, iv: Buffer): Buffer {
    const stream = createCipheriv("aes-256-gcm", key, iv).update(Buffer.alloc(data.length))
    const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from("data:"))
    cipher.update(data.map((byte, index) => byte ^ (stream[index] ?? 0)))
    cipher.final()
    return cipher.getAuthTag()
}

// The field of GCM: its first bit is the one of x⁰.
function number(block: Buffer): bigint {
    return BigInt(`0x${block.toString("hex")}`)
}

function bytes(value: bigint): Buffer {
    return Buffer.from(value.toString(16).padStart(32, "0"), "hex")
}

function times(x: bigint, y: bigint): bigint {
    let [product, factor] = [0n, y]
    for (let bit = 127n; bit >= 0n; bit--) {
        if (((x >> bit) & 1n) === 1n) product ^= factor
        factor = (factor & 1n) === 1n ? (factor >> 1n) ^ (0xe1n << 120n) : factor >> 1n
    }
    return product
}

/** x to the power of 2¹²⁸ - 2. */
function inverse(x: bigint): bigint {
    let [result, square] = [1n << 127n, x]
    for (let bit = 1; bit < 128; bit++) {
        square = times(square, square)
        result = times(result, square)
    }
    return result
}

function sealed(plain: Buffer, key: Buffer, more: string): string {
    const iv = randomBytes(32)
    const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(more))
    const data = Buffer.concat([cipher.update(plain), cipher.final()])
    return token(data, iv, cipher.getAuthTag())
}

function opened(text: string, key: Buffer, more: string): Buffer {
    const [, data = "", iv = "", tag = ""] = /data:(.*),iv:(.*),tag:(.*),type:str/u.exec(text) ?? []
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64"))
    decipher.setAAD(Buffer.from(more)).setAuthTag(Buffer.from(tag, "base64"))
    return Buffer.concat([decipher.update(Buffer.from(data, "base64")), decipher.final()])
}

function token(data: Buffer, iv: Buffer, tag: Buffer): string {
    const [d, i, t] = [data, iv, tag].map((each) => each.toString("base64"))
    return `ENC[AES256_GCM,data:${d},iv:${i},tag:${t},type:str]`
}
