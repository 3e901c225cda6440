import { createHash } from "node:crypto"
import { resolve } from "node:path"
import { visible } from "../../../error.ts"
import { ownersOf } from "../../../repo/recipients.ts"
import { maxSize } from "../../../sops/codec.ts"
import { type Document, parseDocument, recipientsOf } from "../../../sops/document.ts"
import { openDocument } from "../../../sops/open.ts"
import { unlock } from "../../../sops/unlock.ts"
import type { Context } from "../../context.ts"
import { flakeDirectory } from "../../flake.ts"
import { findIdentities } from "../../keys/find.ts"
import { readBounded } from "../../../os/regular-file.ts"
import { loadWorktree } from "../../repository/worktree.ts"

/** Prints a secret's file for people to compare: never fails, because then git would show no difference at all. */
export async function describe(
    { file, values }: { file: string; values: boolean },
    context: Context,
): Promise<void> {
    const bytes = readBounded(resolve(context.cwd, file), maxSize) ?? Buffer.alloc(0)
    let document: Document
    try {
        document = await parseDocument(bytes, "binary")
    } catch (error) {
        context.out(`not a secret: ${error instanceof Error ? visible(error.message) : "unreadable"}\n`)
        return
    }
    const owners = ownersOf(loadWorktree(flakeDirectory(context)).repo)
    const readers = recipientsOf(document).map(
        (recipient) =>
            `reader: ${owners.get(recipient)?.join(" and ") ?? "of the past"} (${visible(recipient)})\n`,
    )
    context.out(readers.toSorted().join(""))
    if (values) context.out(await valueOf(document, context))
    else
        context.out(
            `value: encrypted as ${fingerprint(document)} at ${visible(document.metadata.lastModified)}\n`,
        )
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

/** Of the ciphertext: that of a plaintext could be guessed (docs/security-rules.md#what-is-told). */
function fingerprint({ metadata }: Document): string {
    return createHash("sha256").update(metadata.mac).digest("hex").slice(0, 12)
}
