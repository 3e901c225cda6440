import { createHmac, hkdfSync } from "node:crypto"
import { describe, expect, test } from "vitest"
import { boundTo } from "../../agent/sops/bind.ts"
import { claimed, dataKeyName, judge, readersOf, tagOf } from "../../agent/sops/binding.ts"
import type { Verdict } from "../../agent/sops/binding.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import type { Format } from "../../agent/sops/format.ts"
import { keyEntry } from "../../agent/sops/key-entry.ts"
import { rewrap } from "../../agent/sops/rewrap.ts"
import { sealBinary } from "../../agent/sops/seal.ts"
import { alice, at, bob, carol, unlocked } from "./sealed.ts"
import type { Person } from "./sealed.ts"

const wifi = "sops/secrets/wifi"
const old = Buffer.from("CANARY old")

async function sealed(place: string | undefined, ...people: readonly Person[]): Promise<Buffer> {
    const bind = place === undefined ? undefined : boundTo(place)
    return sealBinary(
        old,
        people.map(({ target }) => target),
        at,
        bind,
    )
}

async function verdict(
    bytes: Buffer,
    place = wifi,
    format: Format = "binary",
    who: Person = alice,
): Promise<Verdict> {
    const { document, dataKey } = await unlocked(bytes, format, who)
    const found = judge(document, dataKey, place)
    // Without a key the claim is the same wherever the tag is right.
    if (found.kind !== "unbound") expect(claimed(document, place)).toEqual(found)
    return found
}

describe("the authenticator", () => {
    const dataKey = Buffer.from(Array.from({ length: 32 }, (_, index) => index))

    test("is as documented, so that others can make it", () => {
        const entries = [
            keyEntry("age", { recipient: "ssh-ed25519 AAAA alice@home", enc: "\na\n\n" }),
            keyEntry("pgp", { fp: "ab cd", enc: "p" }),
        ]
        const text =
            "16:hostseal binding,1:1,0:,17:sops/secrets/wifi,1:1,1:1," +
            "87:8:pgp:ABCD,24:FI3pxaekTRnlbNmuGlVL9g==,16:ssh-ed25519 AAAA,24:ypeBEsobvcr6wjGzmiPcTQ==,,"
        const key = Buffer.from(hkdfSync("sha256", dataKey, "", "hostseal binding v1", 32))
        const expected = "p+VjTc2M7FQyquLCGIfo75154krTnf2zFaEZpAzxIQc="
        expect(createHmac("sha256", key).update(text).digest("base64")).toBe(expected)
        const access = { threshold: 1, groups: [readersOf(entries)] }
        expect(tagOf(dataKey, wifi, access).toString("base64")).toBe(expected)
        expect(dataKeyName(dataKey)).toBe("Jm90mSIAt2xQk7NX2DE1CQ==")
    })

    test("leaves the data key as it is", () => {
        const before = Buffer.from(dataKey)
        tagOf(dataKey, wifi, { threshold: 1, groups: [] })
        expect(dataKey).toEqual(before)
    })
})

describe("a verdict", () => {
    test("bound: place and readers are those it was sealed with", async () => {
        expect(await verdict(await sealed(wifi, alice, bob))).toEqual({ kind: "bound" })
        expect(await verdict(await sealed(wifi, alice, bob), wifi, "binary", bob)).toEqual({ kind: "bound" })
    })

    test("elsewhere: the file was copied", async () => {
        const file = await sealed("sops/secrets/s1", alice, bob)
        expect(await verdict(file)).toEqual({ kind: "elsewhere", place: "sops/secrets/s1" })
    })

    test("places are compared as NFC, with their case", async () => {
        const bytes = await sealed("sops/secrets/caf\u00e9", alice)
        expect(await verdict(bytes, "sops/secrets/cafe\u0301")).toEqual({ kind: "bound" })
        expect(
            await verdict(await sealed("sops/secrets/cafe\u0301", alice), "sops/secrets/caf\u00e9"),
        ).toEqual({
            kind: "bound",
        })
        expect(await verdict(await sealed("sops/secrets/WiFi", alice))).toMatchObject({ kind: "elsewhere" })
    })

    test("readers: a label more with a faked entry, or one less", async () => {
        const file = await sealed(wifi, alice, bob)
        const fake = `{\n\t\t\t\t"enc": "rubbish",\n\t\t\t\t"recipient": "${carol.recipient}"\n\t\t\t},`
        const more = Buffer.from(file.toString().replace(`"age": [`, `"age": [\n\t\t\t${fake}`))
        expect(await verdict(more)).toEqual({ kind: "readers", added: [carol.recipient], gone: [] })
        const { document, dataKey } = await unlocked(file, "binary")
        const { hostseal } = block(document.source)
        const less = edited(await rewrap(document, dataKey, [alice.target]), (sops) => ({
            ...sops,
            hostseal,
        }))
        expect(await verdict(less)).toEqual({ kind: "readers", added: [], gone: [bob.recipient] })
    })

    test("entries: the entry of a reader was exchanged", async () => {
        const file = edited(await sealed(wifi, alice, bob), ({ age, ...sops }) => ({
            ...sops,
            age: listed(age).map((entry) =>
                entry["recipient"] === bob.recipient ? { ...entry, enc: "rubbish" } : entry,
            ),
        }))
        expect(await verdict(file)).toEqual({ kind: "entries", ids: [bob.recipient] })
    })

    test("space around an entry and the order of entries are nothing", async () => {
        const file = edited(await sealed(wifi, alice, bob), ({ age, ...sops }) => ({
            ...sops,
            age: listed(age)
                .toReversed()
                .map(({ enc, ...entry }) => ({ ...entry, enc: `${String(enc).trim()}\r\n` })),
        }))
        expect(await verdict(file)).toEqual({ kind: "bound" })
    })

    test("unbound: nothing is there, or it was made with another data key", async () => {
        expect(await verdict(await sealed(undefined, alice))).toEqual({ kind: "unbound", why: "none" })
        const { hostseal } = block((await sealed(wifi, alice)).toString())
        const moved = edited(await sealed(wifi, alice), (sops) => ({ ...sops, hostseal }))
        expect(await verdict(moved)).toEqual({ kind: "unbound", why: "other key" })
    })

    test.each<[string, (hostseal: Record<string, unknown>) => unknown]>([
        ["text", () => "rubbish"],
        ["a list", () => [1]],
        ["another version", (all) => ({ ...all, version: "2" })],
        ["a field that is not known", (all) => ({ ...all, more: "x" })],
        ["a field less", (all) => ({ ...all, place: undefined })],
        ["a place that is a number", (all) => ({ ...all, place: 7 })],
        ["a tag cut short", (all) => ({ ...all, tag: String(all["tag"]).slice(0, 20) })],
        ["a tag in the alphabet of URLs", (all) => ({ ...all, tag: `${"_".repeat(43)}=` })],
        ["readers that are text", (all) => ({ ...all, readers: "x" })],
        ["a reader without a print", (all) => ({ ...all, readers: [alice.recipient] })],
        ["a reader that is a list", (all) => ({ ...all, readers: [[]] })],
        ["groups and readers", (all) => ({ ...all, groups: [], threshold: "1" })],
        ["a threshold alone", (all) => ({ ...all, readers: undefined, threshold: "2", groups: "x" })],
    ])("malformed: %s", async (_, change) => {
        const file = edited(await sealed(wifi, alice), (sops) => ({
            ...sops,
            hostseal: change(record(sops["hostseal"])),
        }))
        expect(await verdict(file)).toEqual({ kind: "unbound", why: "malformed" })
        expect(claimed(await parseDocument(file, "binary"), wifi)).toEqual({
            kind: "unbound",
            why: "malformed",
        })
    })

    test("of two data keys that open one file, as AES-GCM allows, it is bound under one at most", async () => {
        const { document, dataKey } = await unlocked(await sealed(wifi, alice), "binary")
        expect(judge(document, dataKey, wifi)).toEqual({ kind: "bound" })
        expect(judge(document, Buffer.from(dataKey).fill(7, 0, 1), wifi)).toEqual({
            kind: "unbound",
            why: "other key",
        })
    })

    test("a document with two bindings is none", async () => {
        const [first, second] = [await sealed(wifi, alice), await sealed("sops/secrets/s1", alice)]
        const other = JSON.stringify(block(second.toString())["hostseal"])
        const twice = first.toString().replace(`"hostseal": {`, `"hostseal": ${other},\n\t\t"hostseal": {`)
        await expect(parseDocument(Buffer.from(twice), "binary")).rejects.toThrow(/twice/u)
    })

    test("every byte of place, readers and tag counts", async () => {
        const file = await sealed(wifi, alice, bob)
        const { document, dataKey } = await unlocked(file, "binary")
        const [start, end] = [document.source.indexOf(`"place"`), document.source.indexOf(`"lastmodified"`)]
        let changes = 0
        for (let index = start; index < end; index++) {
            const letter = document.source.charAt(index)
            if (!/[A-Za-z0-9/+]/u.test(letter)) continue
            const other = letter === "b" ? "c" : "b"
            const text = document.source.slice(0, index) + other + document.source.slice(index + 1)
            const changed = await parseDocument(Buffer.from(text), "binary")
            changes++
            // The last letter of base64 has bits that say nothing.
            if (judge(changed, dataKey, wifi).kind === "bound") expect(text.slice(index + 1)).toMatch(/^=/u)
        }
        expect(changes).toBeGreaterThan(200)
    })
})

function block(source: string): Record<string, unknown> {
    return record(record(JSON.parse(source))["sops"])
}

/** The document with other metadata. */
function edited(bytes: Buffer, change: (sops: Record<string, unknown>) => unknown): Buffer {
    const all = record(JSON.parse(bytes.toString()))
    return Buffer.from(JSON.stringify({ ...all, sops: change(record(all["sops"])) }, undefined, "\t"))
}

function record(value: unknown): Record<string, unknown> {
    if (typeof value !== "object" || value === null) throw new Error("not an object")
    return { ...value }
}

function listed(value: unknown): readonly Record<string, unknown>[] {
    return Array.isArray(value) ? value.map(record) : []
}
