import { describe, expect, test } from "vitest"
import { recipientsOf } from "../../agent/sops/document.ts"
import { keyEntry } from "../../agent/sops/key-entry.ts"
import { replaceBinary } from "../../agent/sops/replace.ts"
import { sealBinary, sealTree } from "../../agent/sops/seal.ts"
import type { Target } from "../../agent/sops/target.ts"
import { alice, at, bob, carol, opened, unlocked } from "./sealed.ts"

const later = new Date("2027-01-02T03:04:05Z")
const pgp: Target = { id: "pgp:F", wrap: async () => keyEntry("pgp", { fp: "F", enc: "x" }) }
const old = Buffer.from("CANARY old")
const fresh = Buffer.from("CANARY new")

describe("with the data key", () => {
    test("another value: the keys stay byte for byte, value, MAC and time are new", async () => {
        const before = await sealBinary(old, [alice.target, bob.target, pgp], at)
        const { document, dataKey } = await unlocked(before, "binary")
        const after = await replaceBinary(document, dataKey, fresh, [bob.target, alice.target], later)
        const again = await unlocked(after, "binary", bob)
        expect(await opened(after, "binary", bob)).toBe("CANARY new")
        expect(again.dataKey).toEqual(dataKey)
        expect(again.document.metadata.lastModified).toBe("2027-01-02T03:04:05Z")
        const text = (bytes: Buffer): string => bytes.toString().replaceAll(/ENC\[[^\]]*\]|20\d\d[^"]*Z/g, "")
        expect(text(after)).toBe(text(before))
        expect(after.toString().match(/(?<=iv:)[^,]+/g)).not.toEqual(
            before.toString().match(/(?<=iv:)[^,]+/g),
        )
    })

    test("the same value and people: not a byte changes", async () => {
        const before = await sealBinary(old, [alice.target], at)
        const { document, dataKey } = await unlocked(before, "binary")
        expect((await replaceBinary(document, dataKey, old, [alice.target], later)).toString()).toBe(
            before.toString(),
        )
    })

    test("the same value for somebody more: value, MAC and time stay", async () => {
        const { document, dataKey } = await unlocked(await sealBinary(old, [alice.target], at), "binary")
        const after = await unlocked(
            await replaceBinary(document, dataKey, old, [alice.target, bob.target], later),
            "binary",
            bob,
        )
        expect(after.document.metadata.mac).toBe(document.metadata.mac)
        expect(after.document.metadata.lastModified).toBe(document.metadata.lastModified)
    })

    test("what was tampered with is replaced, even by the same value", async () => {
        const before = (await sealBinary(old, [alice.target], at)).toString()
        const { document, dataKey } = await unlocked(
            Buffer.from(before.replace("2026-07-08", "2026-07-09")),
            "binary",
        )
        await expect(opened(Buffer.from(document.source), "binary")).rejects.toThrow(/MAC/)
        const after = await replaceBinary(document, dataKey, old, [alice.target], later)
        expect(await opened(after, "binary")).toBe("CANARY old")
    })
})

describe("without it", () => {
    test("there is a new one, for the targets alone", async () => {
        const { document, dataKey } = await unlocked(
            await sealBinary(old, [alice.target, bob.target], at),
            "binary",
        )
        const after = await replaceBinary(document, undefined, fresh, [carol.target, bob.target], later)
        const again = await unlocked(after, "binary", carol)
        expect(again.dataKey).not.toEqual(dataKey)
        expect(recipientsOf(again.document)).toEqual([bob.recipient, carol.recipient])
        expect(await opened(after, "binary", bob)).toBe("CANARY new")
    })

    test("an entry that cannot be written anew makes it fail", async () => {
        const { document } = await unlocked(await sealBinary(old, [alice.target, pgp], at), "binary")
        await expect(replaceBinary(document, undefined, fresh, [alice.target], later)).rejects.toThrow(
            /pgp:F/,
        )
    })
})

describe("refuses", () => {
    test("an empty list of recipients", async () => {
        const { document, dataKey } = await unlocked(await sealBinary(old, [alice.target], at), "binary")
        for (const key of [dataKey, undefined])
            await expect(replaceBinary(document, key, fresh, [], later)).rejects.toMatchObject({
                problem: "recipients",
            })
    })

    test("a document that is not of this kind", async () => {
        const json = await sealTree(Buffer.from('{"data":"CANARY","more":1}'), "json", [alice.target], { at })
        const { document, dataKey } = await unlocked(json, "binary")
        await expect(replaceBinary(document, dataKey, fresh, [alice.target], later)).rejects.toMatchObject({
            problem: "unsupported",
        })
        const rule = { option: "unencrypted_regex", pattern: "data" } as const
        const clear = await sealTree(Buffer.from('{"data":"CANARY"}'), "json", [alice.target], { at, rule })
        const open = await unlocked(clear, "binary")
        await expect(
            replaceBinary(open.document, open.dataKey, fresh, [alice.target], later),
        ).rejects.toThrow(/not encrypted/)
    })
})
