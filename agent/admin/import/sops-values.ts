// The values of a file that sops encrypted.

import { withoutMark, utf16Of } from "../../utf16.ts"
import { parseDocument } from "../../sops/document.ts"
import type { Document } from "../../sops/document.ts"
import { MacMismatch, NoIdentityMatch, SopsError } from "../../sops/error.ts"
import { formatOf } from "../../sops/format.ts"
import type { Format } from "../../sops/format.ts"
import { leavesOf } from "../../sops/lookup.ts"
import type { Located } from "../../sops/lookup.ts"
import { openDocument } from "../../sops/open.ts"
import { unlock } from "../../sops/unlock.ts"
import type { Context } from "../context.ts"
import { Failure } from "../failure.ts"
import { findIdentities } from "../keys/find.ts"
import { cannotDecryptFile } from "../keys/error.ts"

/** The document that a file holds. Throws `Failure` with what it is instead, if that can be told. */
export async function parse(bytes: Buffer, file: string, format: Format): Promise<Document> {
    try {
        return await parseDocument(bytes, format)
    } catch (error) {
        if (!(error instanceof SopsError)) throw error
        const wide = utf16Of(bytes)
        const other = wide === undefined ? await anotherFormat(bytes, format) : undefined
        const hint =
            other === undefined
                ? "say what it is: --input-type yaml, json, dotenv, ini or binary"
                : `it is one of type ${other}: --input-type ${other}`
        throw new Failure("refused", `${shown(file)} is not a sops file of type ${format}`, {
            cause: wide === undefined ? error : new Error("it is UTF-16, and sops files are UTF-8"),
            hint: wide === undefined ? hint : `iconv -f ${wide} -t UTF-8 < ${shown(file)}`,
        })
    }
}

/** What a file is that is not what its name says. */
async function anotherFormat(bytes: Buffer, format: Format): Promise<Format | undefined> {
    for (const other of ["json", "yaml", "dotenv", "ini"] as const) {
        if (other === format) continue
        try {
            await parseDocument(bytes, other)
            return other
        } catch (error) {
            if (!(error instanceof SopsError)) throw error
        }
    }
    return undefined
}

/** All values in the bytes of a file that is called so. */
export async function valuesIn(
    bytes: Buffer,
    file: string,
    owners: ReadonlyMap<string, readonly string[]>,
    context: Context,
): Promise<readonly Located[]> {
    return openValues(await parse(withoutMark(bytes), file, formatOf(file)), file, owners, context)
}

/** All values, of all documents of a YAML file. */
export async function openValues(
    document: Document,
    file: string,
    owners: ReadonlyMap<string, readonly string[]>,
    context: Context,
): Promise<readonly Located[]> {
    const identities = await findIdentities(context)
    try {
        const key = await unlock(document, identities.keyring)
        const { documents } = openDocument(document, key)
        key.fill(0)
        const located = documents.flatMap((branch) => [...leavesOf(branch)])
        if (document.format === "dotenv") return located.map(withoutExport)
        return document.format === "ini" ? located.map(withoutDefault) : located
    } catch (error) {
        if (error instanceof NoIdentityMatch) throw cannotDecryptFile(shown(file), error, identities, owners)
        if (error instanceof SopsError || error instanceof MacMismatch)
            throw new Failure("cannot-decrypt", `${shown(file)} cannot be opened`, { cause: error })
        throw error
    }
}

/** What stands before the first section of an INI file is in none; sops calls that DEFAULT. */
function withoutDefault({ path, scalar }: Located): Located {
    return path[0] === "DEFAULT" && path.length > 1 ? { path: path.slice(1), scalar } : { path, scalar }
}

/** A dotenv file for shells may say `export` before a name; it is no part of it. */
function withoutExport({ path, scalar }: Located): Located {
    return { path: path.map((key) => String(key).replace(/^export\s+/u, "")), scalar }
}

/** What a file is called, of which `-` is standard input. */
export function shown(file: string): string {
    return file === "-" ? "standard input" : file
}
