import { bindingBy } from "./bind.ts"
import type { Binder } from "./bind.ts"
import { dataKeyOf, encryptText, generateDataKey, generateIv } from "./value/cipher.ts"
import type { DataKey } from "./value/cipher.ts"
import type { Edits, Parsed } from "./codec.ts"
import { codecOf, decode, encode } from "./document.ts"
import { SopsError } from "./error.ts"
import type { Format } from "./format.ts"
import { writeJson } from "./json/writer.ts"
import { textLeaf } from "./key-entry.ts"
import { newMetadata } from "./metadata-edit.ts"
import { macOf } from "./open.ts"
import { plainText } from "./value/scalar.ts"
import { checkComment, checkRule, defaultRule, selectionOf } from "./selection.ts"
import type { SelectionRule } from "./selection.ts"
import { wrapAll } from "./target.ts"
import type { Target } from "./target.ts"
import { lastModified } from "./value/time.ts"
import type { Comment, Leaf } from "./tree.ts"
import { walk } from "./walk.ts"

/** A new binary document, as sops 3.13.2 writes one: any bytes as a secret. `at` is its `lastmodified`. */
export async function sealBinary(
    plaintext: Buffer,
    targets: readonly Target[],
    at: Date,
    bind?: Binder,
): Promise<Buffer> {
    const dataKey = generateDataKey()
    const entries = await wrapAll(dataKey, targets)
    const key = dataKeyOf(dataKey)
    const lastmodified = lastModified(at)
    const mac = sealMac(digestOf(plaintext), key, lastmodified)
    const data = textLeaf(encryptText(plaintext, "str", key, "data:", generateIv()))
    const sops = newMetadata({ entries, lastmodified, mac, binding: bindingBy(bind, dataKey, entries) })
    dataKey.fill(0)
    const document = writeJson({
        kind: "branch",
        items: [
            { kind: "item", key: "data", value: data },
            { kind: "item", key: "sops", value: sops },
        ],
    })
    return encode(document)
}

/** The MAC text of a binary document. */
export function digestOf(plaintext: Buffer, macOnlyEncrypted = false): string {
    const mac = macOf({ macOnlyEncrypted })
    mac.add({ kind: "str", value: plaintext }, true)
    return mac.digest()
}

/** The encrypted MAC (docs/sops-rules.md#mac): bound to `lastmodified`, always with an IV of its own. */
export function sealMac(digest: string, key: DataKey, lastmodified: string): string {
    return encryptText(Buffer.from(digest), "str", key, lastmodified, generateIv())
}

export interface SealOptions {
    /** What `lastmodified` says. */
    readonly at: Date
    /** Which values to encrypt: all but those under keys that end in `_unencrypted`, if not given. */
    readonly rule?: SelectionRule
    readonly macOnlyEncrypted?: boolean
    readonly bind?: Binder
}

/**
 * Encrypts a plaintext document, keeping its layout. Refuses what sops could not read back: a rule with a pattern
 * that Go refuses, and a comment to be encrypted inside a list where it cannot be moved above it (docs/sops-rules.md#comments-in-lists).
 */
export async function sealTree(
    plaintext: Buffer,
    format: Exclude<Format, "binary">,
    targets: readonly Target[],
    { at, rule = defaultRule, macOnlyEncrypted = false, bind }: SealOptions,
): Promise<Buffer> {
    checkRule(rule)
    const source = decode(plaintext)
    const codec = await codecOf(format)
    const parsed = codec.parse(source, "plain")
    const dataKey = generateDataKey()
    const entries = await wrapAll(dataKey, targets)
    const key = dataKeyOf(dataKey)

    const { digest, ...edits } = encryptTree(parsed, rule, macOnlyEncrypted, key)
    const lastmodified = lastModified(at)
    const binding = bindingBy(bind, dataKey, entries)
    dataKey.fill(0)
    const changes = { entries, lastmodified, mac: sealMac(digest, key, lastmodified), binding }
    const metadata = newMetadata(changes, rule, macOnlyEncrypted)
    return encode(codec.splice(source, parsed, { ...edits, metadata }))
}

/**
 * The new texts of everything that the rule has encrypted, and the MAC of the whole. `kept` has the text of what was
 * encrypted before, in this place and under this key.
 */
export function encryptTree(
    { documents }: Parsed,
    rule: SelectionRule,
    macOnlyEncrypted: boolean,
    key: DataKey,
    kept: (aad: string, type: string, bytes: Buffer) => string | undefined = () => undefined,
): Required<Pick<Edits, "leaves" | "lifted">> & { readonly digest: string } {
    const mac = macOf({ macOnlyEncrypted })
    const selection = selectionOf(rule)
    const leaves = new Map<Leaf | Comment, string>()
    const lifted = new Map<Leaf | Comment, string>()
    const textFor = (bytes: Buffer, type: string, aad: string): string =>
        kept(aad, type, bytes) ?? encryptText(bytes, type, key, aad, generateIv())
    walk(documents, rule, {
        leaf(leaf, place) {
            mac.add(leaf.scalar, place.encrypted)
            const bytes = Buffer.from(plainText(leaf.scalar))
            if (place.encrypted && bytes.length > 0)
                leaves.set(leaf, textFor(bytes, leaf.scalar.kind, place.aad))
            return leaf
        },
        comment(comment, place) {
            if (!place.encrypted || comment.text === "") return comment
            if (place.inList && place.lifted === undefined)
                throw new SopsError(
                    "unsupported",
                    "sops 3.13.2 refuses encrypted comments in lists: move it out of the list",
                )
            const aad = place.lifted ?? place.aad
            const text = textFor(Buffer.from(comment.text), "comment", aad)
            checkComment(selection, text)
            const edits = place.inList ? lifted : leaves
            edits.set(comment, text)
            return comment
        },
    })
    return { leaves, lifted, digest: mac.digest() }
}
