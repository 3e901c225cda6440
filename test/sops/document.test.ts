import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseDocument, recipientsOf } from "../../agent/sops/document.ts"
import { SopsError } from "../../agent/sops/error.ts"
import { formatOf } from "../../agent/sops/format.ts"
import { sealBinary } from "../../agent/sops/seal.ts"
import { alice, at, bob } from "./sealed.ts"
import { parseVector, vectorBytes, vectors } from "./vectors.ts"
import { cpuTime } from "../cpu-time.ts"

test("tells the recipients without any key, each once", async () => {
    const sealed = await sealBinary(Buffer.from("CANARY"), [alice.target, bob.target, alice.target], at)
    expect(recipientsOf(await parseDocument(sealed, "binary"))).toEqual([alice.recipient, bob.recipient])
    const [ed25519, rsa, age] = recipientsOf(await parseVector("enc/recipients-ssh.3.12.2.yaml"))
    expect([ed25519, rsa, age]).toEqual([
        expect.stringMatching(/^ssh-ed25519 \S+$/),
        expect.stringMatching(/^ssh-rsa \S+$/),
        expect.stringMatching(/^age1/),
    ])
})

describe("refuses", () => {
    for (const [why, bytes, problem] of [
        ["17 MiB", Buffer.alloc(17 * 1024 * 1024, " "), "limit"],
        ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22]), "encoding"],
        ["nothing", Buffer.alloc(0), "syntax"],
        ["a byte order mark", Buffer.from("\ufeff{}"), "syntax"],
        ["a plain document", Buffer.from('{"data":"CANARY"}'), "not encrypted"],
        ["plain text", Buffer.from("CANARY"), "syntax"],
    ] as const) {
        test(why, async () => {
            await expect(parseDocument(bytes, "binary")).rejects.toMatchObject({
                name: "SopsError",
                problem,
                message: expect.not.stringContaining("CANARY"),
            })
        })
    }
})

describe("nonsense made of a document is refused properly, and at once", () => {
    /** A piece is cut out, doubled, or overwritten by another piece or by bytes of any kind. */
    const change = fc.record({
        from: fc.nat(),
        length: fc.oneof(fc.nat(8), fc.nat(400)),
        to: fc.nat(),
        bytes: fc.option(fc.uint8Array({ maxLength: 8 })),
    })
    const newest = vectors.filter(
        ({ writer, name }) => writer === "3.13.2" && name !== "yaml-quoting-strings",
    )
    for (const { file } of newest) {
        test(file, async () => {
            const original = vectorBytes(file)
            await fc.assert(
                fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
                    const mutated = changes.reduce((bytes, { from, length, to, bytes: other }) => {
                        const start = from % (bytes.length + 1)
                        const piece = other ?? bytes.subarray(start, start + length)
                        const target = to % (bytes.length + 1)
                        return Buffer.concat([
                            bytes.subarray(0, target),
                            piece,
                            bytes.subarray(target + (length % 40)),
                        ])
                    }, original)
                    const start = cpuTime()
                    const error: unknown = await parseDocument(mutated, formatOf(file)).then(
                        () => undefined,
                        (thrown: unknown) => thrown,
                    )
                    if (error !== undefined) expect(error).toBeInstanceOf(SopsError)
                    expect(cpuTime() - start).toBeLessThan(2000)
                }),
                { numRuns: 300 },
            )
        })
    }
})
