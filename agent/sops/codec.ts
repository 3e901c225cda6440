// What each text format has to offer, so that everything above (values, MAC, keys, open, seal, rewrap, rotate) is
// written once. A codec knows nothing of encryption: to it, `ENC[…]` is a string like any other.
//
// Malformed input: `SopsError` with problem "syntax" and a line, never with content. Nesting deeper than
// `maxDepth` (metadata included): `SopsError("limit", …)`. The size was checked before.
import type { Branch, Comment, Leaf } from "./tree.ts"

/** Mappings and lists inside each other, the top level included (docs/security-rules.md#limits). */
export const maxDepth = 64

/** Bytes of one document (docs/security-rules.md#limits). */
export const maxSize = 16 * 1024 * 1024

/**
 * A document as read. Every node that was read has its span (`at`), which `splice` builds on.
 *
 * `documents` come without metadata. `metadata` is the sops mapping of each document, in order, as plain nodes:
 * unflattened for ini and dotenv (flatten.ts), without the comments that stand in it; `undefined` for a document
 * without (allowed in later YAML documents; in the first one only when the layout is "plain").
 */
export interface Parsed {
    readonly documents: readonly Branch[]
    readonly metadata: readonly (Branch | undefined)[]
}

/** Changes to the text of a document. Whatever is not mentioned keeps its bytes: layout, quoting, comments, order. */
export interface Edits {
    /**
     * New text for leaves and comments, by the identity of the node in `Parsed`. It is an `ENC[…]` string or "",
     * to be quoted as the format needs; for a comment it is what follows the marker.
     */
    readonly leaves?: ReadonlyMap<Leaf | Comment, string>
    /**
     * Comments to take out of their list (a `Leaf` in an encrypted document, a `Comment` in a plain one) and to
     * write as a comment line with this text above the mapping entry that holds the list: sops 3.13.2 refuses
     * encrypted comments inside lists (docs/sops-rules.md#comments-in-lists). A list that this empties becomes `[]`. YAML only.
     */
    readonly lifted?: ReadonlyMap<Leaf | Comment, string>
    /**
     * The metadata to have. It is a new tree that shares nodes with `Parsed.metadata[0]`: a node that was in the
     * file keeps its text byte for byte (re-indented or renumbered only if it moves), a new one is printed as sops
     * 3.13.2 does. So a list whose `List` node is new may hold entries that are old. The order of entries is that
     * of this tree. All YAML documents that had metadata get the same block; where the document had none at all
     * (it was parsed as "plain") the block is appended where sops puts it, to every document. In the flat formats
     * (flatten.ts) what stays keeps its line, and new names come where sops would sort them.
     */
    readonly metadata?: Branch
}

/** One text format: `yaml` of yaml.ts, `dotenv` of dotenv.ts, `ini` of ini.ts, `json` and `binary` of json.ts. */
export interface Codec {
    /**
     * Reads a document. Layout "encrypted" demands metadata, `SopsError("not encrypted", …)` without; "plain" is a
     * document that is to be encrypted, and user data under the key `sops` (or `sops_…` in dotenv) is refused with
     * `SopsError("unsupported", …)`.
     */
    parse(source: string, layout: "encrypted" | "plain"): Parsed
    /** The plaintext document exactly as sops 3.13.2 prints it on decrypt. Strings may be bytes that are not UTF-8. */
    emit(documents: readonly Branch[]): Buffer
    /** The source with the edits made and every other byte kept. */
    splice(source: string, parsed: Parsed, edits: Edits): string
}
