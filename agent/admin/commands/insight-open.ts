import type { Problem } from "../../repo/verify.ts"
import { parseDocument } from "../../sops/document.ts"
import type { Document } from "../../sops/document.ts"
import { NoIdentityMatch } from "../../sops/error.ts"
import { openDocument } from "../../sops/open.ts"
import { unlockAll } from "../../sops/unlock.ts"
import type { Context } from "../context.ts"
import { findIdentities } from "../keys/find.ts"
import { progress } from "../terminal/progress.ts"

/**
 * Opens each of these files with the keys at hand and forgets what is in it. A file that is encrypted for others is
 * no problem and only counted; one that should open, and does not, is one.
 */
export async function openEach(
    files: ReadonlyMap<string, Buffer>,
    context: Context,
): Promise<{ readonly problems: readonly Problem[]; readonly count: number; readonly foreign: number }> {
    const { keyring } = await findIdentities(context)
    const mine = new Set(keyring.identities.map(({ recipient }) => recipient))
    const documents: { path: string; document: Document }[] = []
    for (const [path, bytes] of files) {
        try {
            documents.push({ path, document: await parseDocument(bytes, "binary") })
        } catch {
            // It has been reported as unreadable.
        }
    }
    const step = progress("opening", documents.length, context)
    const keys = await unlockAll(
        documents.map(({ document }) => document),
        keyring,
        step,
    )
    step.end()
    const problems: Problem[] = []
    let foreign = 0
    for (const [index, { path, document }] of documents.entries()) {
        const key = keys[index]
        const message = key instanceof Buffer ? problemOf(document, key) : lockedOut(key, mine)
        if (message === "foreign") foreign++
        else if (message !== undefined) problems.push({ code: "unreadable", path, message })
    }
    return { problems, count: documents.length - foreign - problems.length, foreign }
}

function problemOf(document: Document, key: Buffer): string | undefined {
    try {
        openDocument(document, key)
        return undefined
    } catch (error) {
        return error instanceof Error ? error.message : "cannot be opened"
    } finally {
        key.fill(0)
    }
}

function lockedOut(error: unknown, mine: ReadonlySet<string>): string {
    const named =
        error instanceof NoIdentityMatch && !error.recipients.some((recipient) => mine.has(recipient))
    return named ? "foreign" : error instanceof Error ? error.message : "cannot be unlocked"
}
