// The versions of one secret that git gives to be merged, and where they belong.

import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import type { Accepted } from "../../repo/consent/accepted.ts"
import { type Document, parseDocument, recipientsOf } from "../../sops/document.ts"
import { formatOf } from "../../sops/format.ts"
import type { Format } from "../../sops/format.ts"
import { judge } from "../../sops/binding.ts"
import { openDocument } from "../../sops/open.ts"
import { unlockAll } from "../../sops/unlock.ts"
import { recallOf } from "../change/accepted.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { findIdentities } from "../keys/find.ts"
import { configName } from "../repository/layout.ts"
import { findGit } from "./git.ts"
import type { MergeSide } from "./merge.ts"
import { type Labelled, meantFor } from "./merge-sides.ts"

/** Where a file belongs that git merges. */
export interface MergePlace {
    /** What it is bound to: the folder of a secret, or under a `.sops.yaml` the file; undefined where that is not known. */
    readonly place: string | undefined
    readonly format: Format
    /** What this clone has accepted; a clone that has accepted nothing yet takes all on trust. */
    readonly accepted: Accepted | undefined
}

/** The place of the file at a path in the repository, at whose top git runs its drivers. */
export async function placeOf(path: string, { cwd, env }: Context): Promise<MergePlace> {
    const [, folder = "", secret] = /^(|.*\/)((?:sops|vars)\/.*)\/secret$/su.exec(path) ?? []
    const prefix = secret === undefined ? ruledPrefix(path, cwd) : folder
    const format = secret === undefined ? formatOf(path) : "binary"
    if (prefix === undefined) return { place: undefined, format, accepted: undefined }
    const git = await findGit(cwd, env)
    return { place: secret ?? path.slice(prefix.length), format, accepted: git && recallOf(git, prefix) }
}

/** The folder of the outermost `.sops.yaml` above a path: those further in do not count. */
function ruledPrefix(path: string, top: string): string | undefined {
    const folders = path.split("/").slice(0, -1)
    const prefixes = folders.map((_, index) => `${folders.slice(0, index + 1).join("/")}/`)
    return ["", ...prefixes].find((prefix) => existsSync(join(resolve(top), prefix, configName)))
}

/** One version, opened. */
export interface Opened extends MergeSide, Labelled {
    readonly document: Document
    readonly dataKey: Buffer
    readonly bytes: Buffer
}

/** Opens all versions that there are, with one unlocking for all of them. Throws `Failure` for one that is locked. */
export async function openVersions(
    files: readonly Buffer[],
    { place, format }: MergePlace,
    context: Context,
): Promise<readonly (Opened | undefined)[]> {
    const documents = await Promise.all(
        files.map(async (file) => (file.length === 0 ? undefined : parseDocument(file, format))),
    )
    const present = documents.filter((document) => document !== undefined)
    const keys = await unlockAll(present, (await findIdentities(context)).keyring)
    return documents.map((document, index) => {
        if (document === undefined) return undefined
        const dataKey = keys[present.indexOf(document)]
        if (!(dataKey instanceof Buffer)) {
            throw new Failure("cannot-decrypt", "you cannot open every version of this secret", {
                cause: dataKey,
                hint: "let somebody merge who can",
            })
        }
        const verdict = place === undefined ? undefined : judge(document, dataKey, place)
        const labelled = { labels: recipientsOf(document), verdict }
        const opened = openDocument(document, dataKey)
        return {
            ...labelled,
            document,
            dataKey,
            bytes: files[index] ?? Buffer.alloc(0),
            value: opened.whole(),
            ...(format === "binary"
                ? {}
                : { many: { documents: opened.documents, emit: document.codec.emit.bind(document.codec) } }),
            recipients: meantFor(labelled),
        }
    })
}
