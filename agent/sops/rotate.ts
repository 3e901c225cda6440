import { bindingBy } from "./bind.ts"
import type { Binder } from "./bind.ts"
import { dataKeyOf, encryptText, generateDataKey, generateIv } from "./value/cipher.ts"
import type { DataKey } from "./value/cipher.ts"
import type { Edits } from "./codec.ts"
import { encode } from "./document.ts"
import type { Document } from "./document.ts"
import { editMetadata } from "./metadata-edit.ts"
import { decrypt } from "./open.ts"
import type { OpenedValue } from "./open.ts"
import { wrapAnew } from "./rewrap.ts"
import { plainText, scalarOf } from "./value/scalar.ts"
import { sealMac } from "./seal.ts"
import { checkComment, selectionOf } from "./selection.ts"
import type { Target } from "./target.ts"
import { lastModified } from "./value/time.ts"
import type { Comment, Leaf } from "./tree.ts"

/**
 * The document under a new data key, for these targets and nobody else. Verifies the MAC first. Values keep their
 * IVs, as with sops, so that the same rotation gives the same values; layout and everything that is not encrypted
 * stay. Entries that are not age's need a target too, or must be `dropped`, else nothing is written (`wrapAnew`).
 */
export async function rotate(
    document: Document,
    dataKey: Buffer,
    targets: readonly Target[],
    at: Date,
    dropped: ReadonlySet<string> = new Set(),
    bind?: Binder,
): Promise<Buffer> {
    const values = new Map<Leaf | Comment, OpenedValue>()
    const { mac } = decrypt(document, dataKeyOf(dataKey), (node, value) => values.set(node, value))

    const newKey = generateDataKey()
    const entries = await wrapAnew(document, newKey, targets, dropped)
    const binding = bindingBy(bind, newKey, entries)
    const key = dataKeyOf(newKey)
    newKey.fill(0)
    const edits = encryptAnew(document, values, key)

    const lastmodified = lastModified(at)
    const changes = { entries, lastmodified, mac: sealMac(mac, key, lastmodified), binding }
    const metadata = editMetadata(document.metadata.block, changes)
    return encode(document.codec.splice(document.source, document.parsed, { ...edits, metadata }))
}

/** The new texts of all values. Comments leave their lists on this occasion, where sops can read them elsewhere. */
function encryptAnew(
    { format, metadata }: Document,
    values: ReadonlyMap<Leaf | Comment, OpenedValue>,
    key: DataKey,
): Required<Pick<Edits, "leaves" | "lifted">> {
    const ivs = new Ivs()
    const selection = selectionOf(metadata.rule)
    const leaves = new Map<Leaf | Comment, string>()
    const lifted = new Map<Leaf | Comment, string>()
    for (const [node, value] of values) {
        if (node.kind === "leaf" && value.type !== "comment") {
            const bytes = Buffer.from(plainText(scalarOf(value.type, value.bytes)))
            leaves.set(node, encryptText(bytes, value.type, key, value.aad, ivs.of(value, value.aad, bytes)))
        } else {
            // Only YAML can hold a comment above; in JSON a comment in a list is a string like any other.
            const above = format === "yaml" ? value.lifted : undefined
            const aad = above ?? value.aad
            const text = encryptText(value.bytes, "comment", key, aad, ivs.of(value, aad, value.bytes))
            checkComment(selection, text)
            const edits = above === undefined ? leaves : lifted
            edits.set(node, text)
        }
    }
    return { leaves, lifted }
}

/**
 * Keeps IVs, except one that comes with two different values. sops never writes that, but someone who is about to
 * lose access could: two values under one IV would tell the authentication key of the *new* data key.
 */
class Ivs {
    private readonly used = new Map<string, { aad: string; bytes: Buffer }>()

    of({ iv }: OpenedValue, aad: string, bytes: Buffer): Buffer {
        const name = iv.toString("latin1")
        const other = this.used.get(name)
        if (other !== undefined && (other.aad !== aad || !other.bytes.equals(bytes))) return generateIv()
        this.used.set(name, { aad, bytes })
        return iv
    }
}
