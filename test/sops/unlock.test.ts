import { describe, expect, test, vi } from "vitest"
import { AgeError } from "../../agent/age/error.ts"
import type { Identity } from "../../agent/age/key.ts"
import type { Stanza } from "../../agent/age/stanza.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import type { Document } from "../../agent/sops/document.ts"
import { NoIdentityMatch } from "../../agent/sops/error.ts"
import { keyEntry } from "../../agent/sops/key-entry.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { sealBinary } from "../../agent/sops/seal.ts"
import type { Target } from "../../agent/sops/target.ts"
import { unlock, unlockAll } from "../../agent/sops/unlock.ts"
import { alice, at, bob, carol, person } from "./sealed.ts"
import { identitiesOf, parseVector, vectors } from "./vectors.ts"

const everyone = Array.from({ length: 10 }, person)

async function sealedTo(targets: readonly Target[]): Promise<Document> {
    return parseDocument(await sealBinary(Buffer.from("CANARY"), targets, at), "binary")
}

/** An identity that counts how often it is asked, and under which name it goes. */
function counted(
    who: { readonly keyring: { readonly identities: readonly Identity[] } },
    recipient?: string,
): Identity & { asked: number } {
    const [identity] = who.keyring.identities
    if (identity === undefined) throw new Error("no identity")
    return {
        recipient: recipient ?? identity.recipient,
        asked: 0,
        unwrap(stanzas) {
            this.asked++
            return identity.unwrap(stanzas)
        },
    }
}

/** The same as a thing that costs a touch: it answers many files at once. */
function touched(identity: Identity, recipient: string): Identity & { runs: number[] } {
    return {
        recipient,
        runs: [],
        unwrap: () => {
            throw new Error("asked for one file")
        },
        async unwrapAll(files: readonly (readonly Stanza[])[]) {
            this.runs.push(files.length)
            return Promise.all(files.map(async (stanzas) => identity.unwrap(stanzas)))
        },
    }
}

/** A recipient under the name of a plugin. */
function plugin(who: { readonly target: Target }, recipient: string): Target {
    return {
        id: recipient,
        async wrap(dataKey) {
            const { enc } = await who.target.wrap(dataKey)
            return keyEntry("age", { recipient, enc })
        },
    }
}

const hardware = "age1thing1qqqq"

describe("one unwrap is enough", () => {
    test("for the last of ten recipients, with other identities at hand", async () => {
        const document = await sealedTo(everyone.map(({ target }) => target))
        const [me, other] = [counted(everyone[9] ?? alice), counted(alice)]
        const dataKey = await unlock(document, { identities: [other, me] })
        expect(openDocument(document, dataKey).whole().toString()).toBe("CANARY")
        expect([me.asked, other.asked]).toEqual([1, 0])
    })

    test("even when nothing names the recipient, if all is tried", async () => {
        const document = await sealedTo([bob.target, plugin(alice, "")])
        expect(await unlock(document, alice.keyring)).toHaveLength(32)
    })
})

describe("who cannot open it is told", () => {
    test("who could, and what was tried", async () => {
        const document = await sealedTo([alice.target, bob.target])
        const error: unknown = await unlock(document, carol.keyring).catch((thrown: unknown) => thrown)
        expect(error).toBeInstanceOf(NoIdentityMatch)
        expect(error).toMatchObject({
            recipients: [alice.recipient, bob.recipient],
            tried: [carol.recipient],
        })
    })

    test("that only PGP could open it", async () => {
        const pgp: Target = {
            id: "pgp:F",
            wrap: async () => keyEntry("pgp", { fp: "F", enc: "x", created_at: "x" }),
        }
        await expect(unlock(await sealedTo([pgp]), alice.keyring)).rejects.toThrow(
            /^no age identity can open this: .* pgp:F only/,
        )
    })

    test("that the key for it is damaged", async () => {
        const broken: Target = {
            id: alice.recipient,
            wrap: async () => keyEntry("age", { recipient: alice.recipient, enc: "CANARY" }),
        }
        const error: unknown = await unlock(await sealedTo([broken]), alice.keyring).catch(
            (thrown: unknown) => thrown,
        )
        expect(error).toMatchObject({ cause: { message: `the key for ${alice.recipient} is damaged` } })
        expect(String(error)).not.toContain("CANARY")
    })
})

test("a damaged entry does not keep a sound one from being used", async () => {
    const broken: Target = {
        id: bob.recipient,
        wrap: async () => keyEntry("age", { recipient: bob.recipient, enc: "x" }),
    }
    const identities = [...bob.keyring.identities, ...alice.keyring.identities]
    expect(await unlock(await sealedTo([broken, alice.target]), { identities })).toHaveLength(32)
})

describe("what costs a touch", () => {
    test("is asked once for all documents that need it, and not for those that do not", async () => {
        const documents = [
            await sealedTo([bob.target, plugin(alice, hardware)]),
            await sealedTo([carol.target, plugin(alice, hardware)]),
            await sealedTo([plugin(alice, hardware)]),
            await sealedTo([bob.target]),
        ]
        const token = touched(counted(alice), hardware)
        const tried = vi.fn(() => undefined)
        const identities = [token, ...carol.keyring.identities]
        const results = await unlockAll(documents, { identities }, tried)
        expect(tried).toHaveBeenCalledTimes(4)
        expect(token.runs).toEqual([2])
        expect(results.map((result) => (result instanceof Error ? result.name : "open"))).toEqual([
            "open",
            "open",
            "open",
            "NoIdentityMatch",
        ])
    })

    test("is tried on entries of its plugin when its own recipient is spelt otherwise or not known", async () => {
        const document = await sealedTo([bob.target, plugin(alice, hardware)])
        for (const name of ["", "age1thing1pppp"]) {
            const token = touched(counted(alice), name)
            expect(await unlock(document, { identities: [token] })).toHaveLength(32)
            expect(token.runs).toEqual([1])
        }
        const other = touched(counted(alice), "age1other1qqqq")
        await expect(unlock(document, { identities: [other] })).rejects.toBeInstanceOf(NoIdentityMatch)
        expect(other.runs).toEqual([])
    })

    test("that fails leaves the others their turn", async () => {
        const broken: Identity = {
            recipient: hardware,
            unwrap: () => undefined,
            unwrapAll: () => Promise.reject(new AgeError("plugin", "no touch")),
        }
        const document = await sealedTo([plugin(alice, hardware)])
        const good = touched(counted(alice), hardware)
        expect(await unlock(document, { identities: [broken, good] })).toHaveLength(32)
        const error: unknown = await unlock(document, { identities: [broken] }).catch(
            (thrown: unknown) => thrown,
        )
        expect(error).toMatchObject({ cause: { message: "no touch" } })
    })
})

test("a person who gives up ends it at once", async () => {
    const document = await sealedTo([alice.target])
    const gone: Identity = {
        recipient: alice.recipient,
        unwrap: () => {
            throw new Error("interrupted")
        },
    }
    const next = counted(alice)
    await expect(unlock(document, { identities: [gone, next] })).rejects.toThrow("interrupted")
    expect(next.asked).toBe(0)
})

test("entries of others are opened last, by whoever can", async () => {
    const pgp: Target = {
        id: "pgp:F",
        wrap: async (dataKey) => keyEntry("pgp", { fp: "F", enc: dataKey.toString("hex") }),
    }
    const foreign = vi.fn(async ({ enc }: { readonly enc: string }) => Buffer.from(enc, "hex"))
    const document = await sealedTo([alice.target, pgp])
    expect(await unlock(document, { ...alice.keyring, foreign })).toHaveLength(32)
    expect(foreign).not.toHaveBeenCalled()
    expect(await unlock(document, { ...carol.keyring, foreign })).toHaveLength(32)
    expect(foreign).toHaveBeenCalledOnce()
})

describe("key groups", () => {
    const [one, two, three] = ["keys/age1.txt", "keys/age2.txt", "keys/age3.txt"].map(identitiesOf)
    const files = vectors.filter(({ name }) => name.startsWith("shamir-2of3")).map(({ file }) => file)

    for (const file of files) {
        test(`${file}: any two of three open it, one alone does not`, async () => {
            const document = await parseVector(file)
            for (const pair of [
                [one, two],
                [three, one],
                [two, three],
                [one, two, three],
            ]) {
                const identities = pair.flatMap((each) => each ?? [])
                expect(
                    openDocument(document, await unlock(document, { identities })).whole().length,
                ).toBeGreaterThan(0)
            }
            for (const identities of [one, two, three]) {
                await expect(unlock(document, { identities: identities ?? [] })).rejects.toThrow(
                    /^1 of the 2 key groups needed/,
                )
            }
        })
    }
})
