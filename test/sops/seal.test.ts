import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseDocument } from "../../agent/sops/document.ts"
import { sealBinary, sealTree } from "../../agent/sops/seal.ts"
import { documentOf } from "./documents.ts"
import { alice, at, bob, opened, samples } from "./sealed.ts"

test("a binary document looks as sops 3.13.2 writes it", async () => {
    const sealed = (await sealBinary(Buffer.from("CANARY"), [alice.target], at)).toString()
    const enc = String.raw`ENC\[AES256_GCM,data:[^,]+,iv:[^,]{44},tag:[^,]{24},type:str\]`
    expect(sealed).toMatch(
        new RegExp(
            String.raw`^\{\n\t"data": "${enc}",\n\t"sops": \{\n\t\t"age": \[\n\t\t\t\{\n\t\t\t\t"enc": "-----BEGIN AGE ENCRYPTED FILE-----\\n[^"]*\\n-----END AGE ENCRYPTED FILE-----\\n",` +
                String.raw`\n\t\t\t\t"recipient": "${alice.recipient}"\n\t\t\t\}\n\t\t\],\n\t\t"lastmodified": "2026-07-08T09:10:11Z",\n\t\t"mac": "${enc}",\n\t\t"version": "3.13.2"\n\t\}\n\}\n$`,
        ),
    )
})

test("any bytes come back", async () => {
    await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
            const sealed = await sealBinary(Buffer.from(bytes), [alice.target, bob.target], at)
            for (const who of [alice, bob])
                expect(await opened(sealed, "binary", who)).toBe(Buffer.from(bytes).toString())
        }),
        { numRuns: 50 },
    )
})

test("sealing twice shares nothing", async () => {
    const parts = async (): Promise<string[]> =>
        (await sealBinary(Buffer.from("CANARY"), [alice.target], at))
            .toString()
            .match(/(?<=data:|iv:|tag:)[^,]+/g) ?? []
    const all = [...(await parts()), ...(await parts())]
    expect(new Set(all).size).toBe(12)
})

describe.each(["json", "yaml", "dotenv", "ini"] as const)("%s", (format) => {
    test("a sealed document opens to what sops would print of it", async () => {
        const sealed = await sealTree(Buffer.from(samples[format]), format, [alice.target], { at })
        expect(sealed.toString()).not.toContain("CANARY")
        expect(await opened(sealed, format)).toBe(samples[format])
    })

    test("and so does any other, to the same text each time", async () => {
        await fc.assert(
            fc.asyncProperty(documentOf(format), async (plaintext) => {
                const once = await opened(await sealTree(plaintext, format, [alice.target], { at }), format)
                const again = await opened(
                    await sealTree(Buffer.from(once), format, [alice.target], { at }),
                    format,
                )
                expect(again).toBe(once)
            }),
            { numRuns: 60 },
        )
    })

    test("what is sealed is not sealed again", async () => {
        const sealed = await sealTree(Buffer.from(samples[format]), format, [alice.target], { at })
        await expect(sealTree(sealed, format, [alice.target], { at })).rejects.toMatchObject({
            problem: "unsupported",
        })
    })
})

test("a selection rule is written down and followed", async () => {
    const rule = { option: "encrypted_regex", pattern: "^(a|x)$" } as const
    const sealed = await sealTree(Buffer.from(samples.json), "json", [alice.target], {
        at,
        rule,
        macOnlyEncrypted: true,
    })
    expect(sealed.toString()).toContain('"c": 12,')
    expect(sealed.toString()).toContain('"encrypted_regex": "^(a|x)$"')
    // What is not encrypted may be changed by hand, as it is not part of the MAC.
    const edited = Buffer.from(sealed.toString().replace('"c": 12,', '"c": 13,'))
    expect(await opened(edited, "json")).toBe(samples.json.replace('"c": 12,', '"c": 13,'))
})

describe("refuses", () => {
    test("to seal for nobody", async () => {
        await expect(sealBinary(Buffer.from("CANARY"), [], at)).rejects.toMatchObject({
            problem: "recipients",
        })
        await expect(sealTree(Buffer.from("{}"), "json", [], { at })).rejects.toMatchObject({
            problem: "recipients",
        })
    })

    test("a rule that sops would silently ignore", async () => {
        const rule = { option: "encrypted_regex", pattern: "[" } as const
        await expect(sealTree(Buffer.from("{}"), "json", [alice.target], { at, rule })).rejects.toMatchObject(
            { problem: "unsupported" },
        )
    })

    test("a rule that takes encrypted comments for plain ones", async () => {
        const rule = { option: "unencrypted_comment_regex", pattern: "AES256" } as const
        await expect(
            sealTree(Buffer.from("# CANARY\na: 1\n"), "yaml", [alice.target], { at, rule }),
        ).rejects.toMatchObject({ problem: "unsupported" })
    })

    test("what it could not read again", async () => {
        const large = Buffer.alloc(13 * 1024 * 1024)
        await expect(sealBinary(large, [alice.target], at)).rejects.toMatchObject({ problem: "limit" })
    })

    test("a comment in a list that the rule encrypts only there", async () => {
        const yaml = Buffer.from("l:\n    # CANARY\n    - 1\n")
        const rule = { option: "encrypted_regex", pattern: "^l$" } as const
        await expect(sealTree(yaml, "yaml", [alice.target], { at, rule })).rejects.toMatchObject({
            problem: "unsupported",
        })
    })
})

test("a comment in a list is moved above it, since sops 3.13.2 could not read it there", async () => {
    const yaml = Buffer.from("a:\n    l:\n        # CANARY\n        - 1\n        - 2\n")
    const sealed = await sealTree(yaml, "yaml", [alice.target], { at })
    expect(sealed.toString()).not.toContain("CANARY")
    expect(await opened(sealed, "yaml")).toBe("a:\n    # CANARY\n    l:\n        - 1\n        - 2\n")
    expect((await parseDocument(sealed, "yaml")).metadata.version).toBe("3.13.2")
})
