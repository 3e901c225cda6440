import { isUtf8 } from "node:buffer"
import { maxSize } from "./codec.ts"
import type { Codec, Parsed } from "./codec.ts"
import { lineAt, SopsError } from "./error.ts"
import type { Format } from "./format.ts"
import { binary, json } from "./json/codec.ts"
import { readMetadata } from "./metadata.ts"
import type { Metadata } from "./metadata.ts"

/** An encrypted document, read but neither decrypted nor verified. */
export interface Document {
    readonly format: Format
    readonly source: string
    readonly codec: Codec
    readonly parsed: Parsed
    readonly metadata: Metadata
}

/**
 * Reads an encrypted document of any writer since sops 3.7. Checks size, then shape, then metadata (docs/security-rules.md#limits).
 * Throws `SopsError`; the message has a line or a field, never content.
 */
export async function parseDocument(bytes: Buffer, format: Format): Promise<Document> {
    const source = decode(bytes)
    const codec = await codecOf(format)
    try {
        const parsed = codec.parse(source, "encrypted")
        const [block] = parsed.metadata
        if (block === undefined) throw new SopsError("not encrypted", "the document has no sops metadata")
        return { format, source, codec, parsed, metadata: readMetadata(block) }
    } catch (error) {
        throw conflictIn(source) ?? error
    }
}

/** What git leaves in a file that two people changed is named as that, whatever a reader stumbled over in it. */
function conflictIn(source: string): SopsError | undefined {
    const marker = /^(?:<{7}|>{7}) /mu.exec(source)
    if (marker === null || !/^={7}\r?$/mu.test(source)) return undefined
    return new SopsError(
        "syntax",
        "conflict markers of git: take one side (git checkout --ours or --theirs), or merge with hostseal git-setup",
        { line: lineAt(source, marker.index) },
    )
}

/**
 * Who the document is encrypted to: age recipients as they are compared everywhere, others as `pgp:…`, `kms:…`;
 * in the order of the file, each once.
 */
export function recipientsOf(document: Document): readonly string[] {
    return [...new Set(document.metadata.groups.flat().map((entry) => entry.id))]
}

/** The bytes of a document that is to be written. Throws `SopsError` for one that would not be read again. */
export function encode(text: string): Buffer {
    const bytes = Buffer.from(text)
    checkSize(bytes)
    return bytes
}

function checkSize(bytes: Buffer): void {
    if (bytes.length > maxSize)
        throw new SopsError("limit", `the document is larger than ${maxSize / 1024 / 1024} MiB`)
}

/** The text of a document, its size checked. Throws `SopsError` unless it is UTF-8. */
export function decode(bytes: Buffer): string {
    checkSize(bytes)
    if (!isUtf8(bytes)) throw new SopsError("encoding", "the document is not UTF-8")
    return bytes.toString()
}

/** The text formats are loaded when one is met: most secrets are binary, and the YAML reader is large. */
export async function codecOf(format: Format): Promise<Codec> {
    switch (format) {
        case "json":
            return json
        case "binary":
            return binary
        case "dotenv":
            return (await import("./flat/dotenv.ts")).dotenv
        case "ini":
            return (await import("./ini/codec.ts")).ini
        case "yaml":
            break
    }
    return (await import("./yaml/codec.ts")).yaml
}
