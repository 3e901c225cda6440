import { describe, expect, test } from "vitest"
import { parseDocument, recipientsOf } from "../../agent/sops/document.ts"
import type { Document } from "../../agent/sops/document.ts"
import { keyEntry } from "../../agent/sops/key-entry.ts"
import { rewrap } from "../../agent/sops/rewrap.ts"
import { sealBinary, sealTree } from "../../agent/sops/seal.ts"
import type { Target } from "../../agent/sops/target.ts"
import { alice, at, bob, carol, opened, samples, unlocked } from "./sealed.ts"
import { identitiesFor, parseVector, vectors } from "./vectors.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { openDocument } from "../../agent/sops/open.ts"

const pgp: Target = {
    id: "pgp:F",
    wrap: async (dataKey) =>
        keyEntry("pgp", { fp: "F", created_at: "2026-01-01T00:00:00Z", enc: dataKey.toString("hex") }),
}

async function recipients(bytes: Buffer, format: Document["format"]): Promise<readonly string[]> {
    return recipientsOf(await parseDocument(bytes, format))
}

describe.each(["json", "yaml", "dotenv", "ini"] as const)("%s", (format) => {
    async function sealed(...targets: Target[]): Promise<Buffer> {
        return sealTree(Buffer.from(samples[format]), format, targets, { at })
    }

    test("a new one comes before the first that follows by name; the others keep the order they had", async () => {
        const { document, dataKey } = await unlocked(await sealed(carol.target, alice.target), format)
        const after = await rewrap(document, dataKey, [alice.target, bob.target, carol.target])
        expect(await recipients(after, format)).toEqual([bob.recipient, carol.recipient, alice.recipient])
        const { document: sorted } = await unlocked(await sealed(alice.target, carol.target), format)
        const key = await unlock(sorted, alice.keyring)
        const again = await rewrap(sorted, key, [bob.target, carol.target, alice.target])
        expect(await recipients(again, format)).toEqual([alice.recipient, bob.recipient, carol.recipient])
    })

    test("somebody more: all that was there stays, byte for byte", async () => {
        const before = await sealed(alice.target, bob.target)
        const { document, dataKey } = await unlocked(before, format)
        const after = await rewrap(document, dataKey, [carol.target, alice.target, bob.target])
        expect(await recipients(after, format)).toEqual([alice.recipient, bob.recipient, carol.recipient])
        expect(await opened(after, format, carol)).toBe(samples[format])
        const lines = new Set(after.toString().split("\n"))
        expect(
            before
                .toString()
                .split("\n")
                .filter((line) => !lines.has(line)),
        ).toEqual([])
    })

    test("somebody less: the others' keys stay, byte for byte", async () => {
        const before = await sealed(alice.target, bob.target, carol.target)
        const { document, dataKey } = await unlocked(before, format)
        const after = await rewrap(document, dataKey, [carol.target, alice.target])
        expect(await recipients(after, format)).toEqual([alice.recipient, carol.recipient])
        expect(await opened(after, format, carol)).toBe(samples[format])
        const { metadata } = await parseDocument(after, format)
        const kept = document.metadata.groups.flat().filter(({ id }) => id !== bob.recipient)
        expect(metadata.groups.flat().map(({ enc }) => enc)).toEqual(kept.map(({ enc }) => enc))
        expect(metadata.mac).toBe(document.metadata.mac)
        await expect(opened(after, format, bob)).rejects.toThrow(/no identity matches/)
    })

    test("nothing new: nothing changes", async () => {
        const before = await sealed(alice.target, pgp, bob.target)
        const { document, dataKey } = await unlocked(before, format)
        expect((await rewrap(document, dataKey, [bob.target, alice.target])).toString()).toBe(
            before.toString(),
        )
    })

    test("there and back again is the same", async () => {
        const before = await sealed(alice.target)
        const wider = await unlocked(before, format)
        const after = await unlocked(await rewrap(wider.document, wider.dataKey, [alice.target, pgp]), format)
        const back = await rewrap(after.document, after.dataKey, [alice.target], new Set(["pgp:F"]))
        expect(back.toString()).toBe(before.toString())
    })
})

describe("entries of others", () => {
    test("stay unless they are named", async () => {
        const { document, dataKey } = await unlocked(
            await sealBinary(Buffer.from("CANARY"), [alice.target, pgp], at),
            "binary",
        )
        const kept = await rewrap(document, dataKey, [bob.target])
        expect(await recipients(kept, "binary")).toEqual([bob.recipient, "pgp:F"])
        const dropped = await rewrap(document, dataKey, [bob.target], new Set(["pgp:F"]))
        expect(await recipients(dropped, "binary")).toEqual([bob.recipient])
    })
})

describe("refuses", () => {
    test("to leave nobody", async () => {
        const { document, dataKey } = await unlocked(
            await sealBinary(Buffer.from("CANARY"), [alice.target], at),
            "binary",
        )
        await expect(rewrap(document, dataKey, [])).rejects.toMatchObject({ problem: "recipients" })
    })

    test("a document with key groups", async () => {
        const document = await parseVector("enc/shamir-2of3-json.3.13.2.json")
        await expect(rewrap(document, Buffer.alloc(32), [alice.target])).rejects.toThrow(/key groups/)
    })
})

describe("what other writers wrote keeps its text", () => {
    for (const vector of vectors.filter(({ name }) => !name.startsWith("shamir"))) {
        test(vector.file, async () => {
            const document = await parseVector(vector.file)
            const keyring = { identities: identitiesFor(vector) }
            const dataKey = await unlock(document, keyring)
            const stays = document.metadata.groups
                .flat()
                .map(({ id }): Target => ({ id, wrap: () => Promise.reject(new Error("wrapped")) }))
            expect((await rewrap(document, dataKey, stays)).toString()).toBe(document.source)

            const wider = await rewrap(document, dataKey, [...stays, bob.target])
            const reopened = await unlocked(wider, document.format, bob)
            expect(reopened.dataKey).toEqual(dataKey)
            expect(openDocument(reopened.document, dataKey).whole()).toEqual(
                openDocument(document, dataKey).whole(),
            )
            const back = await rewrap(reopened.document, dataKey, stays)
            expect(back.toString()).toBe(document.source)
        })
    }
})
