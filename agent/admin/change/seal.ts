// From who shall read a secret to the bytes of its file: all of it in memory, before anything is written.

import type { Held } from "../../repo/accepted.ts"
import { secretName } from "../../repo/edits.ts"
import { parseDocument, recipientsOf } from "../../sops/document.ts"
import type { Document } from "../../sops/document.ts"
import { SopsError } from "../../sops/error.ts"
import { replaceBinary } from "../../sops/replace.ts"
import { rewrap } from "../../sops/rewrap.ts"
import { rotate } from "../../sops/rotate.ts"
import { sealBinary } from "../../sops/seal.ts"
import type { Target } from "../../sops/target.ts"
import { Failure } from "../failure.ts"
import type { Git } from "../git/git.ts"
import { readSecret } from "../repository/secret-file.ts"
import { blobOf, mustHold, nameOf } from "./held.ts"

/** What has to be done for a secret that is to be readable by exactly these recipients. */
export interface Task {
    /** Its path after the change. */
    readonly path: string
    /** Where its file lies before the change. */
    readonly source: string
    readonly recipients: readonly string[]
    /** A new value, if it gets one. */
    readonly value?: Buffer
    readonly how: "new" | "value" | "rewrap" | "rotate"
    /** The file as it is; `undefined` when there is none, or when what is there is no document and is replaced. */
    readonly file: Buffer | undefined
    /** Recipients of the file that are to lose it. */
    readonly extra: readonly string[]
    /** Recipients that the file does not have yet. */
    readonly missing: readonly string[]
}

/** A secret as it is found: its file, and what that says of itself. */
export interface Found {
    /** Where it lies before the change. */
    readonly source: string
    readonly value: Buffer | undefined
    readonly file: Buffer | undefined
    readonly held: Held | undefined
}

/**
 * Looks at the file of a secret; `undefined` when there is none and it gets no value (a folder of links alone has
 * nothing to be read). Throws `Failure` for a file that is no document, unless a value replaces it.
 */
export async function examine(
    flake: string,
    git: Git | undefined,
    { path, source, value }: { readonly path: string; readonly source: string; readonly value?: Buffer },
): Promise<Found | undefined> {
    const file = readSecret(flake, source)
    if (file === undefined) return value && { source, value, file, held: undefined }
    try {
        return { source, value, file, held: await mustHold(file, blobOf(file, git)) }
    } catch (error) {
        if (!(error instanceof SopsError)) throw error
        if (value !== undefined) return { source, value, file: undefined, held: undefined }
        throw new Failure("refused", `the file of secret "${secretName(path)}" is damaged`, {
            cause: error,
            hint: `take it from git again, or set its value anew`,
        })
    }
}

/** What has to be done so that exactly these recipients can read it; `undefined` when it is so. */
export function taskFor(
    path: string,
    { source, value, file, held }: Found,
    recipients: readonly string[],
): Task | undefined {
    const wanted = new Set(recipients)
    const actual = new Set(held?.labels)
    const extra = [...actual.difference(wanted)].toSorted()
    const missing = [...wanted.difference(actual)].toSorted()
    const task = { path, source, recipients, file, extra, missing }
    if (value !== undefined) return { ...task, value, how: file === undefined ? "new" : "value" }
    if (extra.length > 0) return { ...task, how: "rotate" }
    return missing.length === 0 ? undefined : { ...task, how: "rewrap" }
}

/** For whom its data key is wrapped. Whoever has an entry already keeps it when nobody loses theirs. */
export function wrapsFor({ how, recipients, missing }: Task): readonly string[] {
    return how === "rewrap" ? missing : recipients
}

/** The bytes of the new file, for targets of all that `wrapsFor` names. `open` is asked for the data key of the old one, if that is needed. */
export async function seal(
    { how, file, value, extra }: Pick<Task, "how" | "file" | "value" | "extra">,
    targets: readonly Target[],
    open: (document: Document) => Promise<Buffer>,
    at: Date,
): Promise<Buffer> {
    const document = file && (await parseDocument(file, "binary"))
    if (value !== undefined) {
        if (document === undefined) return sealBinary(value, targets, at)
        return replaceBinary(document, undefined, value, targets, at, droppedFrom(document, extra))
    }
    if (document === undefined) throw new Error("a secret without a file and a value")
    const dropped = droppedFrom(document, extra)
    const dataKey = await open(document)
    try {
        return how === "rotate"
            ? await rotate(document, dataKey, targets, at, dropped)
            : await rewrap(document, dataKey, [...kept(document), ...targets])
    } finally {
        dataKey.fill(0)
    }
}

/** Those who have an entry: it stays as it is, even if nobody could make another one for them. */
function kept(document: Document): readonly Target[] {
    return recipientsOf(document).map((id) => ({
        id,
        wrap: () => Promise.reject(new Error("an entry that is there is not made anew")),
    }))
}

function droppedFrom(document: Document, extra: readonly string[]): ReadonlySet<string> {
    if (extra.length === 0) return new Set()
    const names = new Set(extra)
    return new Set(recipientsOf(document).filter((id) => names.has(nameOf(id))))
}
