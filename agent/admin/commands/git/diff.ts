import { createHash } from "node:crypto"
import { basename, resolve } from "node:path"
import { visible } from "../../../error.ts"
import { ownersOf } from "../../../repo/recipients.ts"
import { maxSize } from "../../../sops/codec.ts"
import { type Document, parseDocument, recipientsOf } from "../../../sops/document.ts"
import { formatOf } from "../../../sops/format.ts"
import { leavesOf } from "../../../sops/lookup.ts"
import { openDocument } from "../../../sops/open.ts"
import { unlock } from "../../../sops/unlock.ts"
import { ivIn } from "../../../sops/value/ivs.ts"
import { plainText } from "../../../sops/value/scalar.ts"
import type { Context } from "../../context.ts"
import { flakeDirectory } from "../../flake.ts"
import { isPlain } from "../../git/merge-text.ts"
import { findIdentities } from "../../keys/find.ts"
import { readBounded } from "../../../os/regular-file.ts"
import { loadReaders } from "../../repository/load.ts"

/** Prints a secret's file for people to compare: never fails, because then git would show no difference at all. */
export async function describe(
    { file, values }: { file: string; values: boolean },
    context: Context,
): Promise<void> {
    const bytes = readBounded(resolve(context.cwd, file), maxSize) ?? Buffer.alloc(0)
    // What git hands over has the name of the file in a folder of its own.
    const format = formatOf(basename(file))
    let document: Document
    try {
        document = await parseDocument(bytes, format)
    } catch (error) {
        if (basename(file) !== "secret" && isPlain(bytes, format)) context.out(bytes)
        else context.out(`not a secret: ${error instanceof Error ? visible(error.message) : "unreadable"}\n`)
        return
    }
    const owners = await ownersHere(context)
    const readers = recipientsOf(document).map(
        (recipient) =>
            `reader: ${owners.get(recipient)?.join(" and ") ?? "of the past"} (${visible(recipient)})\n`,
    )
    context.out(readers.toSorted().join(""))
    if (values) context.out(await valueOf(document, context))
    else if (format === "binary")
        context.out(
            `value: encrypted as ${fingerprint(document.metadata.mac)} at ${visible(document.metadata.lastModified)}\n`,
        )
    else context.out(valuesOf(document))
}

/** Whose keys are which; nobody's, where the repository cannot be read. */
async function ownersHere(context: Context): Promise<ReadonlyMap<string, readonly string[]>> {
    try {
        return ownersOf(await loadReaders(flakeDirectory(context), context))
    } catch {
        return new Map()
    }
}

/**
 * A line for each value: what is not encrypted as it is, and of what is the IV, which changes with the value and not with
 * the data key. The last line differs whenever anything does.
 */
function valuesOf({ parsed, metadata }: Document): string {
    const lines = parsed.documents.flatMap((document, index) =>
        [...leavesOf(document)].map(({ path, scalar }) => {
            const key = visible([...(index === 0 ? [] : [`[${index}]`]), ...path].join("/"))
            const text = scalar.kind === "null" ? "null" : Buffer.from(plainText(scalar)).toString()
            const iv = ivIn(text)
            return `${key}: ${iv === undefined ? visible(text) : `encrypted as ${fingerprint(iv)}`}\n`
        }),
    )
    return `${lines.join("")}all: ${fingerprint(metadata.mac)} at ${visible(metadata.lastModified)}\n`
}

async function valueOf(document: Document, context: Context): Promise<string | Buffer> {
    try {
        const key = await unlock(document, (await findIdentities(context)).keyring)
        const value = openDocument(document, key).whole()
        return value.includes(0)
            ? `value: ${value.length} bytes, not text\n`
            : Buffer.concat([Buffer.from("value:\n"), value])
    } catch (error) {
        return `value: cannot be opened: ${error instanceof Error ? visible(error.message) : "unknown"}\n`
    }
}

/** Of a ciphertext: that of a plaintext could be guessed (docs/security-rules.md#what-is-told). */
function fingerprint(text: string): string {
    return createHash("sha256").update(text).digest("hex").slice(0, 12)
}
