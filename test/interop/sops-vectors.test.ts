// Documents of every release, rewritten by us, open with the real sops to what they were.
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { generateIdentity, parseIdentity } from "../../agent/age/identity.ts"
import { parseRecipient } from "../../agent/age/recipient.ts"
import { formatOf } from "../../agent/sops/format.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { rewrap } from "../../agent/sops/rewrap.ts"
import { rotate } from "../../agent/sops/rotate.ts"
import { ageTarget } from "../../agent/sops/target.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import { identitiesFor, parseVector, vectors } from "../sops/vectors.ts"
import type { Vector } from "../sops/vectors.ts"
import { releases, Sandbox } from "./sops-program.ts"
import type { Release } from "./sops-program.ts"

const { secret, recipient } = generateIdentity()
const parsed = parseRecipient(recipient)
if (parsed.kind === "unresolved plugin") throw new Error("not a native recipient")
const target = ageTarget(parsed)
let sandbox: Sandbox

beforeAll(() => {
    sandbox = new Sandbox()
})
afterAll(() => {
    sandbox.remove()
})

const versions = { sops: "3.13.2", "sops-3.9.4": "3.9.4" } as const

/** Key groups are not rewritten. What a release cannot read it cannot read afterwards either. */
function readableBy(release: Release): readonly Vector[] {
    const version = versions[release]
    return vectors.filter(({ name, read }) => read[version] === "ok" && !name.startsWith("shamir"))
}

async function rotated(vector: Vector): Promise<Buffer> {
    const document = await parseVector(vector.file)
    const dataKey = await unlock(document, { identities: identitiesFor(vector) })
    return rotate(document, dataKey, [target], new Date("2027-01-02T03:04:05Z"))
}

async function rewrapped(vector: Vector): Promise<Buffer> {
    const document = await parseVector(vector.file)
    return rewrap(document, await unlock(document, { identities: identitiesFor(vector) }), [target])
}

async function expectSame(release: Release, vector: Vector, bytes: Buffer): Promise<void> {
    const format = formatOf(vector.file)
    const document = await parseDocument(bytes, format)
    const ours = openDocument(
        document,
        await unlock(document, { identities: [parseIdentity(secret)] }),
    ).whole()
    const theirs = await sandbox.decrypt(release, bytes, format, secret)
    // The old release prints JSON without the final newline.
    expect(theirs.toString("latin1").trimEnd()).toBe(ours.toString("latin1").trimEnd())
}

describe.each(releases)("%s", (release) => {
    for (const vector of readableBy(release)) {
        test(`${vector.file} rotated`, async () => {
            await expectSame(release, vector, await rotated(vector))
        })

        test(`${vector.file} rewrapped`, async () => {
            await expectSame(release, vector, await rewrapped(vector))
        })
    }
})

describe("sops 3.13.2 reads comments of lists where rotating has moved them", () => {
    for (const vector of vectors.filter(({ name }) => name === "seq-comments")) {
        test(vector.file, async () => {
            await expectSame("sops", vector, await rotated(vector))
        })
    }
})
