// What a secret's file says of itself, for those who decide who is to have it. Nothing is opened.

import { createHash } from "node:crypto"
import type { Held } from "../../repo/consent/accepted.ts"
import { nameOf } from "../../repo/recipients.ts"
import { parseDocument, recipientsOf } from "../../sops/document.ts"
import { SopsError } from "../../sops/error.ts"
import { quickRecipients } from "../../sops/shape/quick-reading.ts"
import { quickYaml } from "../../sops/shape/quick-yaml.ts"
import type { Format } from "../../sops/format.ts"
import { valueIv } from "../../sops/value/iv.ts"
import { valueIvs } from "../../sops/value/ivs.ts"
import type { Checkout } from "../git/git.ts"

/** What a file says; `undefined` for one that is no document. `blob` is its name in git, if it is known. */
export async function heldIn(
    file: Buffer,
    blob: string | undefined,
    format: Format = "binary",
): Promise<Held | undefined> {
    try {
        return await mustHold(file, blob, format)
    } catch (error) {
        if (error instanceof SopsError) return undefined
        throw error
    }
}

/** The same. Throws `SopsError` for a file that is no document. */
export async function mustHold(file: Buffer, blob: string | undefined, format: Format): Promise<Held> {
    if (format === "binary") {
        const recipients = quickRecipients(file) ?? recipientsOf(await parseDocument(file, format))
        return { labels: recipients.filter(isOurs).map(nameOf), iv: valueIv(file), blob }
    }
    const quick = format === "yaml" ? quickYaml(file) : undefined
    if (quick !== undefined)
        return { labels: quick.recipients.filter(isOurs).map(nameOf), iv: quick.iv, blob }
    const document = await parseDocument(file, format)
    const [iv] = valueIvs(document).values()
    return { labels: recipientsOf(document).filter(isOurs).map(nameOf), iv, blob }
}

/** How git names a file with these contents. */
export function blobOf(file: Buffer, git: Checkout | undefined): string | undefined {
    if (git === undefined) return undefined
    return createHash(git.objectFormat).update(`blob ${file.length}\0`).update(file).digest("hex")
}

/** Recipients that links can speak of. Keys in a cloud are in nobody's key.json; they are left where they are. */
export function isOurs(id: string): boolean {
    return id.startsWith("pgp:") || !/^[a-z_]+:/u.test(id)
}
