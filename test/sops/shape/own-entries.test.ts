import { expect, test } from "vitest"
import { parseIdentity } from "../../../agent/age/identity.ts"
import { parseDocument } from "../../../agent/sops/document.ts"
import type { Document } from "../../../agent/sops/document.ts"
import { emptyEntries } from "../../../agent/sops/shape/own-entries.ts"
import { sealBinary } from "../../../agent/sops/seal.ts"
import { unlock } from "../../../agent/sops/unlock.ts"
import { alice, at, bob, carol } from "../sealed.ts"
import type { Person } from "../sealed.ts"

const everybody = [alice, bob, carol]

/** Sealed to all three, with one more entry: its label is of one, and what it holds is for another. */
async function withEntry(label: Person | undefined, content: Person): Promise<Document> {
    const file = await sealBinary(
        Buffer.from("CANARY"),
        everybody.map(({ target }) => target),
        at,
    )
    if (label === undefined) return parseDocument(file, "binary")
    const { enc } = await content.target.wrap(Buffer.alloc(32, 1))
    const entry = `"age": [{"recipient": "${label.recipient}", "enc": ${JSON.stringify(enc)}},`
    return parseDocument(Buffer.from(file.toString().replace(/"age": \[/u, entry)), "binary")
}

test.each([
    ["there is none beside the good ones", undefined, alice, []],
    ["one is for this key, and holds another data key", alice, alice, [alice.recipient]],
    ["one says this key, and is for another", alice, bob, [alice.recipient]],
    ["one is somebody else's", carol, carol, []],
])("an entry without the data key is found: %s", async (_, label, content, found) => {
    const document = await withEntry(label, content)
    const { identities } = alice.keyring
    expect(await emptyEntries(document, await unlock(document, alice.keyring), identities)).toEqual(found)
    const both = [parseIdentity(bob.secret), ...identities]
    expect(await emptyEntries(document, await unlock(document, bob.keyring), both)).toEqual(found)
})
