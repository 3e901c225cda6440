import { createHash, timingSafeEqual } from "node:crypto"
import { dataKeyOf, decryptText } from "./value/cipher.ts"
import type { DataKey, Decrypted } from "./value/cipher.ts"
import type { Document } from "./document.ts"
import { MacMismatch, SopsError } from "./error.ts"
import { finder, leavesOf, pathName, scalarAt } from "./lookup.ts"
import type { Find, Located } from "./lookup.ts"
import type { Metadata } from "./metadata.ts"
import { plainText, scalarOf, valueBytes } from "./value/scalar.ts"
import type { Branch, Comment, Leaf, Scalar } from "./tree.ts"
import { walk } from "./walk.ts"
import type { Place } from "./walk.ts"

/** A document whose every value was decrypted and whose MAC was verified. */
export interface OpenDocument {
    readonly documents: readonly Branch[]
    /** The plaintext document, byte for byte as sops 3.13.2 prints it. */
    whole(): Buffer
    /**
     * The bytes of one value: `a/b/0` goes through mappings and lists of the first document, a key that itself
     * contains `/` is found too, `""` is the whole. Scalars that are not strings come in the form of `valueBytes`.
     * Throws `SopsError` of problem "no such key" or "not a scalar".
     */
    lookup(key: string): Buffer
    /** All values of the first document, in order, null ones included. */
    leaves(): Iterable<Located>
    /** Overwrites every decrypted string. What `lookup` and `whole` gave may be a part of it. */
    wipe(): void
}

/** What was found in place of an encrypted value. */
export interface OpenedValue extends Decrypted {
    readonly aad: string
    readonly lifted: string | undefined
}

/**
 * Decrypts a document and verifies its MAC. Throws `MacMismatch`, or `SopsError` with the path of the first value that
 * is not what was sealed.
 */
export function openDocument(document: Document, dataKey: Buffer): OpenDocument {
    const { documents } = decrypt(document, dataKeyOf(dataKey))
    const find = finder(documents)
    return {
        documents,
        whole: () => document.codec.emit(documents),
        lookup: (key) => (key === "" ? document.codec.emit(documents) : valueOf(find, key)),
        leaves: () => (documents[0] === undefined ? [] : leavesOf(documents[0])),
        wipe() {
            for (const decrypted of documents)
                for (const { scalar } of leavesOf(decrypted))
                    if (scalar.kind === "str" && typeof scalar.value !== "string") scalar.value.fill(0)
        },
    }
}

/**
 * Decrypts and verifies; `found` hears of every encrypted value by the node it stands in. The MAC returned is the text
 * that was verified.
 */
export function decrypt(
    { parsed, metadata }: Document,
    key: DataKey,
    found: (node: Leaf | Comment, value: OpenedValue) => void = () => {},
): { readonly documents: readonly Branch[]; readonly mac: string } {
    const mac = macOf(metadata)
    const documents = walk(parsed.documents, metadata.rule, {
        leaf(leaf, place) {
            const node = place.encrypted ? decryptLeaf(leaf, key, place, found) : leaf
            // Comments are never hashed, wherever they stand (docs/sops-rules.md#comments-in-lists).
            if (node.kind === "leaf") mac.add(node.scalar, place.encrypted)
            return node
        },
        comment: (comment, place) => (place.encrypted ? decryptComment(comment, key, place, found) : comment),
    })
    const digest = mac.digest()
    verify(metadata, key, digest)
    return { documents, mac: digest }
}

/** The running MAC of a document (docs/sops-rules.md#mac). */
export function macOf({ macOnlyEncrypted }: Pick<Metadata, "macOnlyEncrypted">): {
    add(scalar: Scalar, encrypted: boolean): void
    digest(): string
} {
    const hash = createHash("sha512")
    // So that a MAC of this kind is never one of the other (sops.go:93).
    if (macOnlyEncrypted)
        hash.update("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69", "hex")
    return {
        add(scalar, encrypted) {
            if (encrypted || !macOnlyEncrypted) hash.update(plainText(scalar))
        },
        digest: () => hash.digest("hex").toUpperCase(),
    }
}

function verify(metadata: Metadata, key: DataKey, computed: string): void {
    if (metadata.mac === "") throw new MacMismatch("the document has no MAC")
    const mac = decryptMac(metadata, key)
    const expected = Buffer.from(computed)
    if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) throw new MacMismatch()
}

function decryptMac(metadata: Metadata, key: DataKey): Buffer {
    try {
        return decryptText(metadata.mac, key, metadata.macAad).bytes
    } catch {
        throw new MacMismatch("the MAC cannot be decrypted: it, or lastmodified, was changed")
    }
}

function decryptLeaf(
    leaf: Leaf,
    key: DataKey,
    place: Place,
    found: (node: Leaf, value: OpenedValue) => void,
): Leaf | Comment {
    try {
        const text = sealedText(leaf)
        if (text === "") return leaf
        const value = decryptText(text, key, place.aad)
        if (value.type === "comment" && !place.inList)
            throw new SopsError("value", "a comment cannot be a value")
        const node: Leaf | Comment =
            value.type === "comment"
                ? { kind: "comment", text: value.bytes.toString(), inline: false }
                : { kind: "leaf", scalar: scalarOf(value.type, value.bytes) }
        found(leaf, { ...value, aad: place.aad, lifted: place.lifted })
        return node
    } catch (error) {
        throw withPath(error, place)
    }
}

/** What stands in the place of an encrypted value; an empty one is never encrypted. Throws `SopsError`. */
export function sealedText({ scalar }: Leaf): string {
    if (scalar.kind !== "str")
        throw new SopsError("value", `it should be encrypted and is a plain ${scalar.kind}`)
    return scalar.value.toString()
}

/** An error about a value, with the way to it. */
export function withPath(error: unknown, { path }: Place): unknown {
    if (!(error instanceof SopsError)) return error
    return new SopsError(error.problem, `the value of ${pathName(path)}: ${error.message}`)
}

/** A comment that does not decrypt is taken for one that was never encrypted, as in sops (docs/sops-rules.md#comments). */
function decryptComment(
    comment: Comment,
    key: DataKey,
    place: Place,
    found: (node: Comment, value: OpenedValue) => void,
): Comment {
    if (comment.text === "") return comment
    let value: Decrypted
    try {
        value = decryptText(comment.text, key, place.aad)
    } catch {
        return comment
    }
    found(comment, { ...value, aad: place.aad, lifted: place.lifted })
    return { kind: "comment", text: value.bytes.toString(), inline: comment.inline && value.type === "str" }
}

function valueOf(find: Find, key: string): Buffer {
    const bytes = valueBytes(scalarAt(find(key), key))
    if (bytes === undefined) throw new SopsError("not a scalar", `the value of ${pathName([key])} is null`)
    return bytes
}
