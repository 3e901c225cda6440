// What we write opens with the real sops, old and new, to the same bytes, and we open what they write.
import * as fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import type { Document } from "../../agent/sops/document.ts"
import type { Format } from "../../agent/sops/format.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { replaceBinary } from "../../agent/sops/replace.ts"
import { rewrap } from "../../agent/sops/rewrap.ts"
import { rotate } from "../../agent/sops/rotate.ts"
import { sealBinary, sealTree } from "../../agent/sops/seal.ts"
import { ageTarget } from "../../agent/sops/target.ts"
import type { Target } from "../../agent/sops/target.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { documentOf } from "../sops/documents.ts"
import { releases, Sandbox } from "./sops-program.ts"

const first = generateIdentity()
const second = generateIdentity()
const third = generateIdentity()
const at = new Date("2026-07-08T09:10:11.999Z")
const runs = { numRuns: 12 }
let sandbox: Sandbox

beforeAll(() => {
    sandbox = new Sandbox()
})
afterAll(() => {
    sandbox.remove()
})

function target({ recipient }: { readonly recipient: string }): Target {
    const parsed = parseRecipient(recipient)
    if (parsed.kind === "unresolved plugin") throw new Error("not a native recipient")
    return ageTarget(parsed)
}

async function unlocked(
    bytes: Buffer,
    format: Format,
    secret: string,
): Promise<{ document: Document; dataKey: Buffer }> {
    const document = await parseDocument(bytes, format)
    return { document, dataKey: await unlock(document, { identities: [parseIdentity(secret)] }) }
}

async function openWith(bytes: Buffer, format: Format, secret: string): Promise<Buffer> {
    const { document, dataKey } = await unlocked(bytes, format, secret)
    return openDocument(document, dataKey).whole()
}

/** Rewrapped for somebody more, and rotated to two others. */
async function rewritten(
    bytes: Buffer,
    format: Format,
    secret: string,
): Promise<{ wider: Buffer; fresh: Buffer }> {
    const { document, dataKey } = await unlocked(bytes, format, secret)
    const targets = [target(first), target(second)]
    return {
        wider: await rewrap(document, dataKey, targets),
        fresh: await rotate(document, dataKey, [target(second), target(third)], at),
    }
}

describe.each(releases)("%s", (release) => {
    test("opens any bytes that we seal, replace, rewrap and rotate", async () => {
        const bytes = fc.oneof(
            fc.uint8Array({ maxLength: 300 }),
            fc.string({ unit: "binary", maxLength: 300 }),
        )
        await fc.assert(
            fc.asyncProperty(bytes, bytes, async (one, other) => {
                const [plaintext, next] = [Buffer.from(one), Buffer.from(other)]
                const sealed = await sealBinary(plaintext, [target(first)], at)
                expect(await sandbox.decrypt(release, sealed, "binary", first.secret)).toEqual(plaintext)
                const { document, dataKey } = await unlocked(sealed, "binary", first.secret)
                const replaced = await replaceBinary(document, dataKey, next, [target(first)], at)
                expect(await sandbox.decrypt(release, replaced, "binary", first.secret)).toEqual(next)
                const blind = await replaceBinary(document, undefined, next, [target(second)], at)
                expect(await sandbox.decrypt(release, blind, "binary", second.secret)).toEqual(next)
                const { wider, fresh } = await rewritten(sealed, "binary", first.secret)
                for (const { secret } of [first, second])
                    expect(await sandbox.decrypt(release, wider, "binary", secret)).toEqual(plaintext)
                expect(await sandbox.decrypt(release, fresh, "binary", third.secret)).toEqual(plaintext)
                await expect(sandbox.decrypt(release, fresh, "binary", first.secret)).rejects.toMatchObject({
                    code: 128,
                })
            }),
            runs,
        )
    })

    test("writes binary documents that we open", async () => {
        await fc.assert(
            fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
                const written = await sandbox.encrypt(release, Buffer.from(bytes), "binary", [
                    "--age",
                    first.recipient,
                ])
                expect(await openWith(written, "binary", first.secret)).toEqual(Buffer.from(bytes))
            }),
            runs,
        )
    })

    describe.each(["json", "yaml", "dotenv", "ini"] as const)("%s", (format) => {
        test("what it writes we open to the bytes it prints, and rewrite so that it prints them again", async () => {
            await fc.assert(
                fc.asyncProperty(documentOf(format), async (plaintext) => {
                    const written = await sandbox.encrypt(release, plaintext, format, [
                        "--age",
                        first.recipient,
                    ])
                    const printed = await sandbox.decrypt("sops", written, format, first.secret)
                    expect(await openWith(written, format, first.secret)).toEqual(printed)
                    const { wider, fresh } = await rewritten(written, format, first.secret)
                    const expected = await sandbox.decrypt(release, written, format, first.secret)
                    for (const [document, { secret }] of [
                        [wider, first],
                        [wider, second],
                        [fresh, third],
                    ] as const) {
                        expect(await sandbox.decrypt(release, document, format, secret)).toEqual(expected)
                        expect(await openWith(document, format, secret)).toEqual(printed)
                    }
                }),
                runs,
            )
        })

        test("opens what we seal to the bytes that we open it to", async () => {
            await fc.assert(
                fc.asyncProperty(documentOf(format), async (plaintext) => {
                    const sealed = await sealTree(plaintext, format, [target(first)], { at })
                    const printed = await sandbox.decrypt(release, sealed, format, first.secret)
                    const ours = await openWith(sealed, format, first.secret)
                    // The old release prints JSON without the final newline.
                    expect(printed.toString().trimEnd()).toBe(ours.toString().trimEnd())
                }),
                runs,
            )
        })
    })
})
