// From who shall read a secret to the bytes of its file: all of it in memory, before anything is written.

import { join } from "node:path"
import { visibleName } from "../../error.ts"
import { secretName } from "../../repo/edits.ts"
import { recipientOf } from "../../repo/recipients.ts"
import { parseDocument, recipientsOf } from "../../sops/document.ts"
import type { Document } from "../../sops/document.ts"
import { SopsError } from "../../sops/error.ts"
import { glance } from "../../sops/glance.ts"
import { replaceBinary } from "../../sops/replace.ts"
import { rewrap } from "../../sops/rewrap.ts"
import { rotate } from "../../sops/rotate.ts"
import { sealBinary } from "../../sops/seal.ts"
import type { Target } from "../../sops/target.ts"
import { Failure } from "../failure.ts"
import { NotRegular, readBounded } from "../../os/regular-file.ts"

/** A secret that is to be readable by exactly these recipients, and a new value if it gets one. */
export interface Want {
    /** Its path after the change. */
    readonly path: string
    /** Where its file lies before the change. */
    readonly source: string
    readonly recipients: readonly string[]
    readonly value?: Buffer
}

/** What has to be done for it: judged by the recipients that the file has, not by those it should have had. */
export interface Task extends Want {
    readonly how: "new" | "value" | "rewrap" | "rotate"
    /** The file as it is; `undefined` when there is none, or when what is there is no document and is replaced. */
    readonly file: Buffer | undefined
    /** Recipients of the file that are to lose it. */
    readonly extra: readonly string[]
    /** Recipients that the file does not have yet. */
    readonly missing: readonly string[]
}

/** Of one secret: a sops document and some room. */
const largest = 17 * 1024 * 1024

/**
 * What has to be done for a secret; `undefined` when its file is right already, or when there is none (a folder of
 * links alone has nothing to be read). Throws `Failure` for a file that is no document.
 */
export async function examine(flake: string, want: Want): Promise<Task | undefined> {
    const { value, recipients } = want
    const file = readSecret(flake, want.source)
    const fresh: Task = { ...want, how: "new", file: undefined, extra: [], missing: recipients }
    if (file === undefined) return value === undefined ? undefined : fresh
    const known = await recipientsIn(file, want)
    if (known === undefined) return fresh
    const wanted = new Set(recipients)
    const actual = new Set(known.filter(isOurs).map(nameOf))
    const extra = [...actual.difference(wanted)].toSorted()
    const missing = [...wanted.difference(actual)].toSorted()
    const found = { ...want, file, extra, missing }
    if (value !== undefined) return { ...found, how: "value" }
    if (extra.length > 0) return { ...found, how: "rotate" }
    return missing.length === 0 ? undefined : { ...found, how: "rewrap" }
}

/** The bytes of the new file. `open` is asked for the data key of the old one, if that is needed. */
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
            : await rewrap(document, dataKey, targets, dropped)
    } finally {
        dataKey.fill(0)
    }
}

/** The file of a secret; `undefined` when there is none. Throws `Failure` for something that is not a file. */
export function readSecret(flake: string, path: string): Buffer | undefined {
    try {
        return readBounded(join(flake, path, "secret"), largest)
    } catch (error) {
        if (!(error instanceof NotRegular)) throw error
        throw new Failure("refused", `${visibleName(path)}/secret ${error.message}`)
    }
}

/** A recipient of a file as repo/recipients.ts names it. */
export function nameOf(id: string): string {
    return id.startsWith("pgp:") ? recipientOf({ type: "pgp", publickey: id.slice(4) }) : id
}

/** A value that is set replaces whatever lay there; for everything else the file must make sense. */
async function recipientsIn(file: Buffer, { path, value }: Want): Promise<readonly string[] | undefined> {
    try {
        return glance(file) ?? recipientsOf(await parseDocument(file, "binary"))
    } catch (error) {
        if (!(error instanceof SopsError)) throw error
        if (value !== undefined) return undefined
        throw new Failure("refused", `the file of secret "${secretName(path)}" is damaged`, {
            cause: error,
            hint: `take it from git again, or set its value anew`,
        })
    }
}

/** Recipients that links can speak of. Keys in a cloud are in nobody's key.json; they are left where they are. */
function isOurs(id: string): boolean {
    return id.startsWith("pgp:") || !/^[a-z_]+:/u.test(id)
}

function droppedFrom(document: Document, extra: readonly string[]): ReadonlySet<string> {
    if (extra.length === 0) return new Set()
    const names = new Set(extra)
    return new Set(recipientsOf(document).filter((id) => names.has(nameOf(id))))
}
