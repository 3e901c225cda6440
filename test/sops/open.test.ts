import { describe, expect, test } from "vitest"
import { parseDocument } from "../../agent/sops/document.ts"
import { MacMismatch, NoIdentityMatch, SopsError } from "../../agent/sops/error.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { sealBinary, sealTree } from "../../agent/sops/seal.ts"
import { alice, at, opened, samples, unlocked } from "./sealed.ts"

const formats = ["json", "yaml", "dotenv", "ini"] as const
const encrypted = /ENC\[[^\]]*\]/g

function seal(format: (typeof formats)[number], plaintext = samples[format]): Promise<Buffer> {
    return sealTree(Buffer.from(plaintext), format, [alice.target], { at })
}

describe("lookup", () => {
    test("gives the bytes of one value in nested JSON and YAML", async () => {
        for (const format of ["json", "yaml"] as const) {
            const { document, dataKey } = await unlocked(await seal(format), format)
            const open = openDocument(document, dataKey)
            const found = ["a", "b/c", "b/d", "b/e", "l/0", "l/1/x"].map((key) => open.lookup(key).toString())
            expect(found).toEqual(["CANARY one", "12", "1.5", "true", "CANARY two", "CANARY three"])
            expect(open.lookup("").toString()).toBe(samples[format])
            expect(() => open.lookup("b")).toThrow(expect.objectContaining({ problem: "not a scalar" }))
            expect(() => open.lookup("c")).toThrow(expect.objectContaining({ problem: "no such key" }))
        }
    })

    test("says that there is nothing under a null", async () => {
        const { document, dataKey } = await unlocked(await seal("json", '{"n":null}'), "json")
        expect(() => openDocument(document, dataKey).lookup("n")).toThrow('the value of "n" is null')
    })

    test("lists what there is", async () => {
        const { document, dataKey } = await unlocked(await seal("json"), "json")
        const leaves = [...openDocument(document, dataKey).leaves()]
        expect(leaves.map(({ path }) => path.join("/"))).toEqual([
            "a",
            "b/c",
            "b/d",
            "b/e",
            "l/0",
            "l/1/x",
            "l/2",
        ])
    })
})

describe("the MAC", () => {
    test("is demanded", async () => {
        const sealed = (await seal("json")).toString()
        const without = sealed.replace(/"mac": "[^"]*"/, '"mac": ""')
        await expect(opened(Buffer.from(without), "json")).rejects.toBeInstanceOf(MacMismatch)
        const removed = sealed.replace(/\n\t\t"mac": "[^"]*",/, "")
        await expect(opened(Buffer.from(removed), "json")).rejects.toBeInstanceOf(MacMismatch)
    })

    test("is bound to lastmodified, by meaning and not by letter", async () => {
        const sealed = (await seal("json")).toString()
        for (const same of ["2026-07-08T09:10:11+00:00", "2026-07-08T09:10:11.5Z"])
            expect(await opened(Buffer.from(sealed.replace("2026-07-08T09:10:11Z", same)), "json")).toBe(
                samples.json,
            )
        const other = sealed.replace("2026-07-08T09:10:11Z", "2026-07-08T09:10:12Z")
        await expect(opened(Buffer.from(other), "json")).rejects.toBeInstanceOf(MacMismatch)
    })

    test("of another version of the same document does not do", async () => {
        const sealed = await seal("json")
        const { document, dataKey } = await unlocked(sealed, "json")
        const mac = document.metadata.mac
        const dropped = sealed.toString().replace(/"a": "ENC[^"]*",\n\t/, "")
        expect(dropped).toContain(mac)
        expect(() => openDocument(document, dataKey)).not.toThrow()
        await expect(opened(Buffer.from(dropped), "json")).rejects.toBeInstanceOf(MacMismatch)
    })

    test("covers what is not encrypted", async () => {
        const sealed = (await seal("json", '{"x_unencrypted": 1, "y_unencrypted": "a"}')).toString()
        await expect(opened(Buffer.from(sealed.replace('": 1', '": 2')), "json")).rejects.toBeInstanceOf(
            MacMismatch,
        )
        await expect(opened(Buffer.from(sealed.replace('"a"', '"b"')), "json")).rejects.toBeInstanceOf(
            MacMismatch,
        )
    })
})

describe("names the value that is wrong", () => {
    test("by its path, without its content", async () => {
        const sealed = (await seal("json")).toString()
        const [, , , , , fifth = ""] = sealed.match(encrypted) ?? []
        await expect(opened(Buffer.from(sealed.replace(fifth, "ENC[CANARY]")), "json")).rejects.toThrow(
            'the value of "l/1/x": this is not an encrypted value of sops',
        )
        await expect(opened(Buffer.from(sealed.replace(`"${fifth}"`, "15")), "json")).rejects.toThrow(
            'the value of "l/1/x": it should be encrypted and is a plain int',
        )
    })

    test("also when it claims to be a comment", async () => {
        const sealed = (await seal("json")).toString()
        await expect(opened(Buffer.from(sealed.replace("type:str", "type:comment")), "json")).rejects.toThrow(
            'the value of "a": a comment cannot be a value',
        )
    })
})

/** Opens what was tampered with: the plaintext if that succeeds, and an assertion that a failure is a proper one. */
async function attempt(bytes: Buffer, format: Parameters<typeof opened>[1]): Promise<string | undefined> {
    try {
        return await opened(bytes, format)
    } catch (error) {
        const isTyped = [SopsError, MacMismatch, NoIdentityMatch].some((type) => error instanceof type)
        expect(isTyped, String(error)).toBe(true)
        for (let cause = error; cause instanceof Error; cause = cause.cause)
            expect(cause.message).not.toContain("CANARY")
        return undefined
    }
}

describe.each(formats)("tampering with %s", (format) => {
    /** Its encrypted values without comments, which are not authenticated against each other, and without the MAC. */
    const valuesOf = (text: string): string[] =>
        (text.match(encrypted) ?? []).filter((value) => !value.includes("type:comment")).slice(0, -1)

    test("each value swapped with, or replaced by, each other one", async () => {
        const text = (await seal(format)).toString()
        const values = valuesOf(text)
        expect(values.length).toBeGreaterThan(2)
        for (const one of values) {
            for (const other of values.filter((value) => value !== one)) {
                const swapped = text.replace(one, "\u0000").replace(other, one).replace("\u0000", other)
                expect(await attempt(Buffer.from(swapped), format)).toBeUndefined()
                expect(await attempt(Buffer.from(text.replace(one, other)), format)).toBeUndefined()
            }
        }
    })

    test("each value emptied, dropped, cut, or with a part of another", async () => {
        const text = (await seal(format)).toString()
        const values = valuesOf(text)
        const line = (value: string): RegExp => new RegExp(`\\n[^\\n]*${RegExp.escape(value)}[^\\n]*`)
        for (const [index, value] of values.entries()) {
            const other = values[(index + 1) % values.length] ?? ""
            const changes = [
                text.replace(value, ""),
                text.replace(`"${value}"`, '""'),
                `\n${text}`.replace(line(value), ""),
                text.replace(value, value.slice(0, -20)),
                ...["data", "iv", "tag"].map((part) => {
                    const pattern = new RegExp(`(?<=${part}:)[^,]+`)
                    return text.replace(value, value.replace(pattern, pattern.exec(other)?.[0] ?? ""))
                }),
                text.replace(value, value.replace(/type:\w+/, "type:bytes")),
                text.replace(value, "CANARY in the clear"),
            ]
            for (const change of changes) {
                if (change === text) continue
                expect(await attempt(Buffer.from(change), format)).toBeUndefined()
            }
        }
    })

    test("a bit flipped anywhere: refused, or nothing that was sealed has changed", async () => {
        const sealed = await seal(format)
        expect(await attempt(sealed, format)).toBe(samples[format])
        for (let position = 0; position < sealed.length; position += 3) {
            const flipped = Buffer.from(sealed)
            flipped.writeUInt8(flipped.readUInt8(position) ^ (1 << (position % 8)), position)
            const result = await attempt(flipped, format)
            if (result !== undefined) expect(linesOf(result)).toEqual(linesOf(samples[format]))
        }
    })

    test("cut anywhere", async () => {
        const sealed = await seal(format)
        for (let length = 0; length < sealed.length - 1; length += 7) {
            const result = await attempt(sealed.subarray(0, length), format)
            if (result !== undefined) expect(linesOf(result)).toEqual(linesOf(samples[format]))
        }
    })
})

/** The words of a plaintext, without comments and layout. */
function linesOf(plaintext: string): string[] {
    return plaintext.split("\n").filter((line) => !/^\s*[#;]/.test(line))
}

test("a binary document: a bit flipped or a cut anywhere", async () => {
    const sealed = await sealBinary(Buffer.from("CANARY"), [alice.target], at)
    for (let position = 0; position < sealed.length; position++) {
        const flipped = Buffer.from(sealed)
        flipped.writeUInt8(flipped.readUInt8(position) ^ (1 << (position % 8)), position)
        const results = [
            await attempt(flipped, "binary"),
            await attempt(sealed.subarray(0, position), "binary"),
        ]
        for (const result of results) expect([undefined, "CANARY"]).toContain(result)
    }
})

test("a value of another document, with its MAC and its key, does not open under this one's key", async () => {
    const [one, other] = [(await seal("json")).toString(), (await seal("json")).toString()]
    const mac = /"mac": "[^"]*"/
    expect(await attempt(Buffer.from(one.replace(mac, mac.exec(other)?.[0] ?? "")), "json")).toBeUndefined()
    const [value = ""] = one.match(encrypted) ?? []
    const [foreign = ""] = other.match(encrypted) ?? []
    expect(await attempt(Buffer.from(one.replace(value, foreign)), "json")).toBeUndefined()
})

test("a wrong data key is refused", async () => {
    const document = await parseDocument(await seal("json"), "json")
    expect(() => openDocument(document, Buffer.alloc(32))).toThrow(/does not authenticate/)
    expect(() => openDocument(document, Buffer.alloc(16))).toThrow(/32 bytes/)
})
