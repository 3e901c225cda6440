import { describe, expect, test } from "vitest"
import { dataKeyOf, encryptText } from "../../agent/sops/value/cipher.ts"
import { parseDocument, recipientsOf } from "../../agent/sops/document.ts"
import { MacMismatch } from "../../agent/sops/error.ts"
import { keyEntry } from "../../agent/sops/key-entry.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { rotate } from "../../agent/sops/rotate.ts"
import { digestOf, sealBinary, sealMac, sealTree } from "../../agent/sops/seal.ts"
import type { Target } from "../../agent/sops/target.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { alice, at, bob, carol, opened, samples, unlocked } from "./sealed.ts"
import { identitiesFor, parseVector, vectors } from "./vectors.ts"

const later = new Date("2027-01-02T03:04:05Z")
const parts = (text: string, part: string): string[] =>
    text.match(new RegExp(`(?<=,?${part}:)[^,\\]]+`, "g")) ?? []

describe.each(["json", "yaml", "dotenv", "ini"] as const)("%s", (format) => {
    test("new key, new recipients, same plaintext, same IVs, same layout", async () => {
        const before = await sealTree(Buffer.from(samples[format]), format, [alice.target, bob.target], {
            at,
        })
        const { document, dataKey } = await unlocked(before, format)
        const after = await rotate(document, dataKey, [carol.target, bob.target], later)
        const again = await unlocked(after, format, carol)
        expect(again.dataKey).not.toEqual(dataKey)
        expect(recipientsOf(again.document)).toEqual([bob.recipient, carol.recipient])
        expect(openDocument(again.document, again.dataKey).whole().toString()).toBe(samples[format])
        expect(again.document.metadata.lastModified).toBe("2027-01-02T03:04:05Z")

        const [old, fresh] = [before.toString(), after.toString()]
        expect(parts(fresh, "iv").slice(0, -1)).toEqual(parts(old, "iv").slice(0, -1))
        expect(parts(fresh, "iv").at(-1)).not.toBe(parts(old, "iv").at(-1))
        expect(parts(fresh, "tag").filter((tag) => old.includes(tag))).toEqual([])
        const outline = (text: string): string =>
            text.split(/\n[^\n]*(?:sops|\[sops\])/)[0]?.replaceAll(/(data|tag):[^,]+/g, "") ?? ""
        expect(outline(fresh)).toBe(outline(old))
        await expect(opened(after, format, alice)).rejects.toThrow(/no identity matches/)
    })
})

describe("what other writers wrote", () => {
    for (const vector of vectors.filter(
        ({ name }) => !name.startsWith("shamir") && name !== "recipients-ssh",
    )) {
        test(vector.file, async () => {
            const document = await parseVector(vector.file)
            const dataKey = await unlock(document, { identities: identitiesFor(vector) })
            const rotated = await rotate(document, dataKey, [bob.target], later)
            const before = openDocument(document, dataKey).whole().toString("latin1")
            const again = await unlocked(rotated, document.format, bob)
            const after = openDocument(again.document, again.dataKey).whole().toString("latin1")
            // Comments leave their lists, where sops 3.13.2 cannot read them.
            const words = (text: string): string[] => text.split(/\s+/).toSorted()
            if (vector.name === "seq-comments") expect(words(after)).toEqual(words(before))
            else expect(after).toBe(before)
            expect(vector.name === "seq-comments" && after === before).toBe(false)
        })
    }
})

test("nothing is written when the MAC does not match", async () => {
    const sealed = await sealTree(Buffer.from(samples.json), "json", [alice.target], { at })
    const dropped = sealed.toString().replace(/"a": "ENC[^"]*",\n\t/, "")
    const { document, dataKey } = await unlocked(Buffer.from(dropped), "json")
    await expect(rotate(document, dataKey, [alice.target], later)).rejects.toBeInstanceOf(MacMismatch)
})

describe("entries of others", () => {
    const pgp = (access: string): Target => ({
        id: "pgp:F",
        wrap: async (dataKey) => keyEntry("pgp", { fp: "F", enc: `${access}${dataKey.toString("hex")}` }),
    })

    test("make it fail as a whole when nobody can write them", async () => {
        const { document, dataKey } = await unlocked(
            await sealBinary(Buffer.from("CANARY"), [alice.target, pgp("old")], at),
            "binary",
        )
        await expect(rotate(document, dataKey, [alice.target], later)).rejects.toThrow(
            /cannot be encrypted to pgp:F/,
        )
        const dropped = await rotate(document, dataKey, [alice.target], later, new Set(["pgp:F"]))
        expect(recipientsOf(await parseDocument(dropped, "binary"))).toEqual([alice.recipient])
        const kept = await parseDocument(
            await rotate(document, dataKey, [alice.target, pgp("new")], later),
            "binary",
        )
        expect(kept.metadata.groups.flat().map(({ id, enc }) => [id, enc.slice(0, 3)])).toEqual([
            [alice.recipient, "---"],
            ["pgp:F", "new"],
        ])
    })

    test("and a target that fails makes it fail", async () => {
        const { document, dataKey } = await unlocked(
            await sealBinary(Buffer.from("CANARY"), [alice.target], at),
            "binary",
        )
        const broken: Target = { id: "pgp:F", wrap: () => Promise.reject(new Error("gpg is not there")) }
        await expect(rotate(document, dataKey, [alice.target, broken], later)).rejects.toThrow(
            "gpg is not there",
        )
    })
})

describe("an IV that somebody put on two values is not used twice under the new key", () => {
    // Elements of a list have the same place, so only their bytes tell them apart.
    for (const [where, plaintext, places] of [
        ["two keys", '{"a":"CANARY one","b":"CANARY two"}', ["a:", "b:"]],
        ["two keys with one value", '{"a":"CANARY","b":"CANARY"}', ["a:", "b:"]],
        ["a list", '{"l":["CANARY one","CANARY two"]}', ["l:", "l:"]],
    ] as const) {
        test(where, async () => {
            const sealed = await sealTree(Buffer.from(plaintext), "json", [alice.target], { at })
            const { document, dataKey } = await unlocked(sealed, "json")
            const texts = plaintext.match(/CANARY[^"]*/gu) ?? []
            const planted = places.map((place, index) =>
                encryptText(
                    Buffer.from(texts[index] ?? ""),
                    "str",
                    dataKeyOf(dataKey),
                    place,
                    Buffer.alloc(32, 7),
                ),
            )
            const values = sealed.toString().match(/ENC\[[^\]]*\]/g) ?? []
            const forged = planted.reduce(
                (text, value, index) => text.replace(values[index] ?? "", value),
                sealed.toString(),
            )
            const { document: bad } = await unlocked(Buffer.from(forged), "json")
            expect(openDocument(bad, dataKey).whole()).toEqual(openDocument(document, dataKey).whole())
            const ivs = parts((await rotate(bad, dataKey, [alice.target], later)).toString(), "iv")
            expect(ivs).toHaveLength(3)
            expect(new Set(ivs).size).toBe(ivs.length)
        })
    }
})

test("the MAC of a binary document is what sops computes", async () => {
    // SHA-512 of nothing, in capitals; and its encryption opens with lastmodified as additional data.
    expect(digestOf(Buffer.alloc(0))).toMatch(/^CF83E1357EEFB8BD.*927DA3E$/)
    expect(sealMac(digestOf(Buffer.alloc(0)), dataKeyOf(Buffer.alloc(32)), "x")).toMatch(
        /^ENC\[.*,type:str\]$/,
    )
})
