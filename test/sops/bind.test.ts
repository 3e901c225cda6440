import { describe, expect, test } from "vitest"
import { bindDocument, boundTo, unbindDocument } from "../../agent/sops/bind.ts"
import { dataKeyName, judge } from "../../agent/sops/binding.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import type { Format } from "../../agent/sops/format.ts"
import { quickRecipients } from "../../agent/sops/shape/quick-reading.ts"
import { keyEntry } from "../../agent/sops/key-entry.ts"
import { replaceBinary } from "../../agent/sops/replace.ts"
import { rewrap } from "../../agent/sops/rewrap.ts"
import { rotate } from "../../agent/sops/rotate.ts"
import { sealBinary, sealTree } from "../../agent/sops/seal.ts"
import type { Target } from "../../agent/sops/target.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { alice, at, bob, opened, samples, unlocked } from "./sealed.ts"
import type { Person } from "./sealed.ts"
import { identitiesFor, parseVector, vectors } from "./vectors.ts"

const wifi = "sops/secrets/wifi"
const old = Buffer.from("CANARY old")
const later = new Date("2027-01-02T03:04:05Z")

async function sealed(...people: readonly Person[]): Promise<Buffer> {
    return sealBinary(
        old,
        people.map(({ target }) => target),
        at,
        boundTo(wifi),
    )
}

async function verdict(bytes: Buffer, place = wifi, format: Format = "binary"): Promise<unknown> {
    const { document, dataKey } = await unlocked(bytes, format)
    return judge(document, dataKey, place)
}

describe("what writes a document", () => {
    const pgp: Target = { id: "pgp:F", wrap: async () => keyEntry("pgp", { fp: "F", enc: "x" }) }

    test("rewrap binds to the readers there are then, rotate and replace under the new data key", async () => {
        const { document, dataKey } = await unlocked(await sealed(alice), "binary")
        const both = [alice.target, bob.target, pgp]
        const written = [
            await rewrap(document, dataKey, both, new Set(), boundTo(wifi)),
            await rotate(document, dataKey, both, later, new Set(), boundTo(wifi)),
            await replaceBinary(document, undefined, old, both, later, new Set(), boundTo(wifi)),
            await replaceBinary(document, dataKey, old, both, later, new Set(), boundTo(wifi)),
            await replaceBinary(
                document,
                dataKey,
                Buffer.from("CANARY"),
                both,
                later,
                new Set(),
                boundTo(wifi),
            ),
        ]
        for (const bytes of written) {
            expect(await verdict(bytes)).toEqual({ kind: "bound" })
            expect(bytes.toString().match(/"hostseal"/gu)).toHaveLength(1)
        }
        const names = await Promise.all(
            written.map(async (bytes) => dataKeyName((await unlocked(bytes, "binary")).dataKey)),
        )
        expect(names.map((name) => name === dataKeyName(dataKey))).toEqual([true, false, false, true, true])
    })

    test("without a place no binding stays that would be stale", async () => {
        const { document, dataKey } = await unlocked(await sealed(alice), "binary")
        const both = [alice.target, bob.target]
        for (const bytes of [
            await rewrap(document, dataKey, both),
            await rotate(document, dataKey, both, later),
            await replaceBinary(document, undefined, old, both, later),
            await replaceBinary(document, dataKey, Buffer.from("CANARY"), both, later),
        ])
            expect(bytes.toString()).not.toContain("hostseal")
    })

    test("nothing new: not a byte changes, however the binding is laid out", async () => {
        const file = await sealed(alice, bob)
        const odd = Buffer.from(file.toString().replace(/\n\t\t\t"place"/u, ' "place"'))
        for (const bytes of [file, odd]) {
            const { document, dataKey } = await unlocked(bytes, "binary")
            const after = await rewrap(
                document,
                dataKey,
                [alice.target, bob.target],
                new Set(),
                boundTo(wifi),
            )
            expect(after.toString()).toBe(bytes.toString())
        }
    })

    test("a quickRecipients sees the readers of a bound document", async () => {
        expect(quickRecipients(await sealed(alice, bob))).toEqual([alice.recipient, bob.recipient])
    })
})

describe.each(["json", "yaml", "dotenv", "ini"] as const)("%s", (format) => {
    const plain = Buffer.from(samples[format])
    const path = "hosts/web01.enc"

    test("a document is sealed bound, and rewritten bound", async () => {
        const ssh = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB=="
        const rsa: Target = {
            id: ssh,
            wrap: async () => keyEntry("age", { recipient: ssh, enc: "x\ny" }),
        }
        const bytes = await sealTree(plain, format, [alice.target, rsa], { at, bind: boundTo(path) })
        expect(await verdict(bytes, path, format)).toEqual({ kind: "bound" })
        const { document, dataKey } = await unlocked(bytes, format)
        const all = [alice.target, bob.target, rsa]
        const more = await rewrap(document, dataKey, all, new Set(), boundTo(path))
        expect(await verdict(more, path, format)).toEqual({ kind: "bound" })
        const wider = await unlocked(more, format)
        const fewer = await rewrap(
            wider.document,
            wider.dataKey,
            [alice.target, rsa],
            new Set(),
            boundTo(path),
        )
        expect(fewer.toString()).toBe(bytes.toString())
        const rotated = await rotate(wider.document, wider.dataKey, all, later, new Set(), boundTo(path))
        expect(await verdict(rotated, path, format)).toEqual({ kind: "bound" })
        expect(await opened(rotated, format, bob)).toBe(samples[format])
    })

    test("is bound and unbound again without another change", async () => {
        const before = await sealTree(plain, format, [alice.target], { at })
        const { document, dataKey } = await unlocked(before, format)
        const bytes = bindDocument(document, dataKey, path)
        expect(await verdict(bytes, path, format)).toEqual({ kind: "bound" })
        const lines = new Set(bytes.toString().split("\n"))
        expect(
            before
                .toString()
                .split("\n")
                .filter((line) => !lines.has(line)),
        ).toEqual([])
        expect(unbindDocument(await parseDocument(bytes, format)).toString()).toBe(before.toString())
        const again = await unlocked(bytes, format)
        expect(bindDocument(again.document, again.dataKey, path).toString()).toBe(bytes.toString())
        const moved = bindDocument(again.document, again.dataKey, "b.enc")
        expect(await verdict(moved, "b.enc", format)).toEqual({ kind: "bound" })
        expect(await verdict(moved, path, format)).toEqual({ kind: "elsewhere", place: "b.enc" })
    })
})

describe("what other writers wrote can be bound", () => {
    for (const vector of vectors) {
        test(vector.file, async () => {
            const document = await parseVector(vector.file)
            const dataKey = await unlock(document, { identities: identitiesFor(vector) })
            const bytes = bindDocument(document, dataKey, wifi)
            const after = await parseDocument(bytes, document.format)
            expect(judge(after, dataKey, wifi)).toEqual({ kind: "bound" })
            expect(after.metadata.groups.flat().map(({ enc }) => enc)).toEqual(
                document.metadata.groups.flat().map(({ enc }) => enc),
            )
            expect(unbindDocument(after).toString()).toBe(document.source)
        })
    }
})
