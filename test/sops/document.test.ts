import { describe, expect, test } from "vitest"
import { parseDocument, recipientsOf } from "../../agent/sops/document.ts"
import { sealBinary } from "../../agent/sops/seal.ts"
import { alice, at, bob } from "./sealed.ts"
import { parseVector } from "./vectors.ts"

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
