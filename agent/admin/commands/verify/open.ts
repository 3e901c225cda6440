import { lineToCopy } from "../../../os/shell-words.ts"
import type { Problem } from "../../../repo/verify.ts"
import { secretName } from "../../../repo/edits.ts"
import { judge } from "../../../sops/binding.ts"
import type { Verdict } from "../../../sops/binding.ts"
import { parseDocument } from "../../../sops/document.ts"
import type { Document } from "../../../sops/document.ts"
import { NoIdentityMatch } from "../../../sops/error.ts"
import { openDocument } from "../../../sops/open.ts"
import { emptyEntries } from "../../../sops/shape/own-entries.ts"
import { unlockAll } from "../../../sops/unlock.ts"
import type { Context } from "../../context.ts"
import { findIdentities } from "../../keys/find.ts"
import { formatAt } from "../../repository/secret-file.ts"
import { progress } from "../../terminal/progress.ts"

/**
 * Opens each of these files with the keys at hand and forgets what is in it. A file that is encrypted for others is
 * no problem and only counted; one that should open, and does not, is one; with `bound`, so is one that is not bound to
 * its place and readers.
 */
export async function openEach(
    files: ReadonlyMap<string, Buffer>,
    bound: boolean,
    context: Context,
): Promise<{ readonly problems: readonly Problem[]; readonly count: number; readonly foreign: number }> {
    const { keyring } = await findIdentities(context)
    const mine = new Set(keyring.identities.map(({ recipient }) => recipient))
    const documents: { path: string; document: Document }[] = []
    for (const [path, bytes] of files) {
        try {
            documents.push({ path, document: await parseDocument(bytes, formatAt(path)) })
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
    const beside: Problem[] = []
    let foreign = 0
    for (const [index, { path, document }] of documents.entries()) {
        const key = keys[index]
        const message = key instanceof Buffer ? problemOf(document, key) : lockedOut(key, mine)
        if (message === "foreign") foreign++
        else if (message !== undefined) problems.push({ code: "unreadable", path, message })
        if (!(key instanceof Buffer)) continue
        const empty = await emptyEntries(document, key, keyring.identities)
        if (empty.length > 0) beside.push(emptyProblem(path, empty))
        if (bound && message === undefined) beside.push(...bindingProblem(document, key, path))
        key.fill(0)
    }
    const count = documents.length - foreign - problems.length
    return { problems: [...problems, ...beside], count, foreign }
}

function problemOf(document: Document, key: Buffer): string | undefined {
    try {
        openDocument(document, key)
        return undefined
    } catch (error) {
        return error instanceof Error ? error.message : "cannot be opened"
    }
}

/** An entry of one's own that holds something else: by another key, or by another entry, the file opens all the same. */
function emptyProblem(path: string, recipients: readonly string[]): Problem {
    return {
        code: "other-entries",
        path,
        message: `its file has an entry for you without its data key: ${recipients.join(", ")}`,
        hint: `set its value anew: hostseal set ${secretName(path)}`,
    }
}

function bindingProblem(document: Document, key: Buffer, path: string): readonly Problem[] {
    const verdict = judge(document, key, path)
    if (verdict.kind === "bound") return []
    const name = secretName(path)
    const hint =
        verdict.kind === "elsewhere"
            ? lineToCopy("hostseal bind", [name], ["--moved"])
            : lineToCopy("hostseal bind", [name])
    return [
        { code: codes[verdict.kind], path, message: messageOf(verdict), hint: `if that is right: ${hint}` },
    ]
}

const codes = {
    elsewhere: "elsewhere",
    readers: "other-readers",
    entries: "other-entries",
    unbound: "unbound",
} as const

function messageOf(verdict: Exclude<Verdict, { readonly kind: "bound" }>): string {
    switch (verdict.kind) {
        case "elsewhere":
            return `its file was sealed for ${verdict.place}`
        case "readers": {
            const { added, gone } = verdict
            const names = [...added.map((id) => `+${id}`), ...gone.map((id) => `-${id}`)]
            return `its file has other readers than it was bound with: ${names.join(", ")}`
        }
        case "entries":
            return `the entries of its file are not those it was bound with: ${verdict.ids.join(", ")}`
        case "unbound":
            break
    }
    return verdict.why === "none"
        ? "its file is not bound to its place and readers"
        : `the binding of its file is ${verdict.why === "malformed" ? "malformed" : "of another data key"}`
}

function lockedOut(error: unknown, mine: ReadonlySet<string>): string {
    const named =
        error instanceof NoIdentityMatch && !error.recipients.some((recipient) => mine.has(recipient))
    return named ? "foreign" : error instanceof Error ? error.message : "cannot be unlocked"
}
