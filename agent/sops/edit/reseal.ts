// A document with other values, under the data key that it has. Whatever is not changed keeps its bytes, so that a
// change of one value is a change of one line; where the shape changes too, the document is laid out as the new
// plaintext is, and only what is encrypted keeps its bytes.

import type { Binder } from "../bind.ts"
import { bindingBy } from "../bind.ts"
import { decode, encode } from "../document.ts"
import type { Document } from "../document.ts"
import type { KeyEntry } from "../key-entry.ts"
import { editMetadata, newMetadata } from "../metadata-edit.ts"
import { decrypt, macOf } from "../open.ts"
import { rewrap, rewrapped } from "../rewrap.ts"
import { encryptTree, sealMac } from "../seal.ts"
import type { Target } from "../target.ts"
import type { Branch, Comment, Leaf, List, Scalar, Value } from "../tree.ts"
import { dataKeyOf, encryptText, generateIv } from "../value/cipher.ts"
import { plainText } from "../value/scalar.ts"
import { lastModified } from "../value/time.ts"
import { walk } from "../walk.ts"

/** How a document is sealed with other values. */
export interface ResealOptions {
    /** What `lastmodified` says when a value changes. */
    readonly at: Date
    readonly bind?: Binder | undefined
    /** Another version of the document, decrypted: a value that comes from there keeps the IV that it has there. */
    readonly other?: { readonly document: Document; readonly dataKey: Buffer }
}

/**
 * The document with another plaintext, for these targets as `rewrap` has it. Verifies the MAC first. A plaintext that says
 * the same changes no value, MAC or `lastmodified`.
 */
export async function reseal(
    document: Document,
    dataKey: Buffer,
    plaintext: Buffer | ((old: Buffer) => Promise<Buffer>),
    targets: readonly Target[],
    { at, bind, other }: ResealOptions,
): Promise<Buffer> {
    const { codec, metadata, parsed, source } = document
    const { rule, macOnlyEncrypted } = metadata
    const key = dataKeyOf(dataKey)
    const sealed = new Sealed()
    const ivs = new Ivs()
    const { documents } = decrypt(document, key, (node, { aad, type, bytes, iv }) => {
        sealed.add(node, aad, type, bytes)
        ivs.use(iv)
    })
    if (other !== undefined)
        decrypt(other.document, dataKeyOf(other.dataKey), (_, { aad, type, bytes, iv }) =>
            ivs.add(aad, type, bytes, iv),
        )
    const old = codec.emit(documents)
    const text = decode(Buffer.isBuffer(plaintext) ? plaintext : await plaintext(old))
    const next = codec.parse(text, "plain")
    const before = codec.parse(old.toString(), "plain").documents
    const changes = changesIn(documents, parsed.documents, before, next.documents)
    if (changes?.size === 0) return rewrap(document, dataKey, targets, new Set(), bind)

    const entries = await rewrapped(document, dataKey, targets, new Set())
    const lastmodified = lastModified(at)
    const binding = bindingBy(bind, dataKey, entries)
    const places = new Map<Leaf, { readonly aad: string; readonly encrypted: boolean }>()
    walk(parsed.documents, rule, {
        leaf(leaf, { aad, encrypted }) {
            places.set(leaf, { aad, encrypted })
            return leaf
        },
        comment: (comment) => comment,
    })
    if (changes !== undefined && [...changes].every(([leaf, { to }]) => isSealed(places.get(leaf), to))) {
        const leaves = new Map<Leaf, string>()
        const values = new Map<Leaf, Scalar>()
        for (const [leaf, { from, to }] of changes) {
            values.set(from, to)
            const bytes = Buffer.from(plainText(to))
            const aad = places.get(leaf)?.aad ?? ""
            leaves.set(leaf, encryptText(bytes, to.kind, key, aad, ivs.take(aad, to.kind, bytes)))
        }
        const mac = sealMac(digestOf(documents, values, document), key, lastmodified)
        const block = editMetadata(metadata.block, { entries, lastmodified, mac, binding })
        return encode(codec.splice(source, parsed, { leaves, metadata: block }))
    }
    const { digest, ...edits } = encryptTree(
        next,
        rule,
        macOnlyEncrypted,
        key,
        (aad, type, bytes) =>
            sealed.take(aad, type, bytes) ?? encryptText(bytes, type, key, aad, ivs.take(aad, type, bytes)),
    )
    const mac = sealMac(digest, key, lastmodified)
    const bare = entries.map((entry): KeyEntry => ({ ...entry, node: withoutPlace(entry.node) }))
    const block = newMetadata({ entries: bare, lastmodified, mac, binding }, rule, macOnlyEncrypted)
    return encode(codec.splice(text, next, { ...edits, metadata: block }))
}

/** What is encrypted in a document, to be written again where it stands again. */
class Sealed {
    readonly #texts = new Map<string, string[]>()

    add(node: Leaf | Comment, aad: string, type: string, bytes: Buffer): void {
        const text = node.kind === "comment" ? node.text : String(plainText(node.scalar))
        const name = nameOf(aad, type, bytes)
        this.#texts.set(name, [...(this.#texts.get(name) ?? []), text])
    }

    /** Each text once: two equal values in a list are not to be seen as such. */
    take(aad: string, type: string, bytes: Buffer): string | undefined {
        return this.#texts.get(nameOf(aad, type, bytes))?.shift()
    }
}

/** IVs for what is encrypted anew. None is used twice: two values under one IV and key tell on each other. */
class Ivs {
    readonly #used = new Set<string>()
    readonly #elsewhere = new Map<string, Buffer>()

    use(iv: Buffer): void {
        this.#used.add(iv.toString("latin1"))
    }

    add(aad: string, type: string, bytes: Buffer, iv: Buffer): void {
        this.#elsewhere.set(nameOf(aad, type, bytes), iv)
    }

    take(aad: string, type: string, bytes: Buffer): Buffer {
        const known = this.#elsewhere.get(nameOf(aad, type, bytes))
        const iv = known === undefined || this.#used.has(known.toString("latin1")) ? generateIv() : known
        this.use(iv)
        return iv
    }
}

function nameOf(aad: string, type: string, bytes: Buffer): string {
    return `${type} ${bytes.toString("base64")} ${aad}`
}

/** A scalar that is to become another one: as it was decrypted, and as it is to be. */
interface Replaced {
    readonly from: Leaf
    readonly to: Scalar
}

/**
 * The leaves of the encrypted document that are to hold something else; `undefined` when `after` differs from `before` in
 * more than scalars.
 */
function changesIn(
    decrypted: readonly Branch[],
    encrypted: readonly Branch[],
    before: readonly Branch[],
    after: readonly Branch[],
): ReadonlyMap<Leaf, Replaced> | undefined {
    if (!isSameList(before, after)) return undefined
    const [old, next] = [before.flatMap(leavesIn), after.flatMap(leavesIn)]
    const pairs = encrypted.flatMap((each, index) => leafPairs(each, decrypted[index]))
    if (pairs.length !== old.length) return undefined
    const changes = new Map<Leaf, Replaced>()
    for (const [index, [leaf, from]] of pairs.entries()) {
        const [was, to] = [old[index]?.scalar, next[index]?.scalar]
        if (was !== undefined && to !== undefined && !isSameScalar(was, to)) changes.set(leaf, { from, to })
    }
    return changes
}

function isSameList(some: readonly (Value | Comment)[], others: readonly (Value | Comment)[]): boolean {
    return some.length === others.length && some.every((each, index) => isSame(each, others[index]))
}

/** Whether two trees differ in nothing but their scalars. */
function isSame(one: Value | Comment, other: Value | Comment | undefined): boolean {
    if (other?.kind !== one.kind) return false
    if (one.kind === "comment") return other.kind === "comment" && one.text === other.text
    if (one.kind === "list") return other.kind === "list" && isSameList(one.items, other.items)
    if (one.kind === "leaf") return true
    return (
        other.kind === "branch" &&
        one.items.length === other.items.length &&
        one.items.every((item, index) => {
            const twin = other.items[index]
            if (item.kind === "comment") return twin?.kind === "comment" && twin.text === item.text
            return twin?.kind === "item" && twin.key === item.key && isSame(item.value, twin.value)
        })
    )
}

function leavesIn(value: Value): readonly Leaf[] {
    if (value.kind === "leaf") return [value]
    return value.items.flatMap((item) =>
        item.kind === "comment" ? [] : leavesIn(item.kind === "item" ? item.value : item),
    )
}

/** The leaves of an encrypted node, each with what it was decrypted to; without those that turned out to be comments. */
function leafPairs(node: Value, twin: Value | Comment | undefined): readonly (readonly [Leaf, Leaf])[] {
    if (node.kind === "leaf") return twin?.kind === "leaf" ? [[node, twin]] : []
    if (twin === undefined || twin.kind === "leaf" || twin.kind === "comment") return []
    return node.items.flatMap((item, index) => {
        const other = twin.items[index]
        if (item.kind === "comment" || other === undefined) return []
        const value = item.kind === "item" ? item.value : item
        return leafPairs(value, other.kind === "item" ? other.value : other)
    })
}

function isSameScalar(one: Scalar, other: Scalar): boolean {
    if (one.kind !== other.kind) return false
    return Buffer.from(plainText(one)).equals(Buffer.from(plainText(other)))
}

/** Whether a scalar can be written in the place of an encrypted one. */
function isSealed(place: { readonly encrypted: boolean } | undefined, to: Scalar): boolean {
    return place?.encrypted === true && to.kind !== "null" && Buffer.from(plainText(to)).length > 0
}

function digestOf(
    documents: readonly Branch[],
    values: ReadonlyMap<Leaf, Scalar>,
    { metadata }: Document,
): string {
    const mac = macOf(metadata)
    walk(documents, metadata.rule, {
        leaf(leaf, { encrypted }) {
            mac.add(values.get(leaf) ?? leaf.scalar, encrypted)
            return leaf
        },
        comment: (comment) => comment,
    })
    return mac.digest()
}

/** The same tree as one that was not read from anywhere. */
function withoutPlace<T extends Value>(value: T): T
function withoutPlace(value: Value): Value {
    const { at: _, ...bare } = value
    if (bare.kind === "leaf") return bare
    if (bare.kind === "list")
        return {
            ...bare,
            items: bare.items.map((item) =>
                item.kind === "comment" ? bareComment(item) : withoutPlace(item),
            ),
        } satisfies List
    return {
        ...bare,
        items: bare.items.map((item) =>
            item.kind === "comment"
                ? bareComment(item)
                : { kind: "item", key: item.key, value: withoutPlace(item.value) },
        ),
    }
}

function bareComment({ text, inline }: Comment): Comment {
    return { kind: "comment", text, inline }
}
