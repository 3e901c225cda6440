// Made-up values for a machine without its keys: a virtual machine, a test. They are no secrets: whoever knows the name
// of one knows its value. So they never stand beside what a key opened, and never take the place of it.

import { createHash, createSecretKey } from "node:crypto"
import { UserError } from "../error.ts"
import { codeOf } from "../os/system-error.ts"
import type { Document } from "../sops/document.ts"
import { madeUpDocument } from "../sops/made-up.ts"
import type { MadeUp } from "../sops/made-up.ts"
import type { Live } from "./generation/live.ts"
import type { SecretEntry } from "./manifest/manifest.ts"
import type { Opened } from "./open-secrets.ts"
import { passwordHash } from "./password-hash.ts"
import { readSource } from "./source.ts"

/** Why nothing may be made up although the manifest asks for it, or `undefined`. */
export function realValues(opened: ReadonlyMap<SecretEntry, Opened>, live: Live): string | undefined {
    if ([...opened.values()].some(({ kind }) => kind === "value"))
        return "a key of this machine opens secrets, so nothing is made up: leave sops.standIn out"
    if (live.names().length > 0 && !live.state.standIn)
        return "secrets are installed that a key opened, so nothing is made up: leave sops.standIn out"
    return undefined
}

/** What is said where made-up values are installed. */
export function standInWarning(count: number): string {
    const what = count === 1 ? "1 secret is" : `${count} secrets are`
    return `${what} made up (sops.standIn), and everybody knows the values: no key of this machine opens the files`
}

/**
 * A made-up value for each secret: what its entry says, or else one of the shape that its file has. What is wrong with a
 * file is a failure as ever; only that it is not there is none.
 */
export async function makeUp(
    secrets: readonly SecretEntry[],
    now: number,
): Promise<ReadonlyMap<SecretEntry, Opened>> {
    const results = new Map<SecretEntry, Opened>()
    for (const [path, entries] of Map.groupBy(secrets, ({ source }) => source)) {
        const [first] = entries
        if (first === undefined) continue
        try {
            const document = await documentAt(path, first, now)
            for (const entry of entries) results.set(entry, madeUp(entry, document))
        } catch (error) {
            const problem =
                error instanceof UserError ? error : new UserError(`cannot read ${path}`, { cause: error })
            for (const entry of entries) results.set(entry, { kind: "failed", problem })
        }
    }
    return results
}

async function documentAt(path: string, { format }: SecretEntry, now: number): Promise<Document | undefined> {
    try {
        return (await readSource(path, format, now)).document
    } catch (error) {
        if (error instanceof UserError && ["ENOENT", "ENOTDIR"].includes(codeOf(error.cause) ?? ""))
            return undefined
        throw error
    }
}

function madeUp(entry: SecretEntry, document: Document | undefined): Opened {
    try {
        const unknown = { origin: undefined, binding: undefined, sourceHash: undefined }
        return { kind: "value", value: valueOf(entry, document), ...unknown }
    } catch (error) {
        return {
            kind: "failed",
            problem: new UserError(`${entry.source} has no usable value for it`, { cause: error }),
        }
    }
}

function valueOf({ name, key, hashed, standIn }: SecretEntry, document: Document | undefined): Buffer {
    if (hashed !== undefined) {
        // Nobody is to log in with what everybody knows, unless somebody said so.
        if (standIn === undefined) return Buffer.from(`!${textFor([name])}`)
        const salts = createSecretKey(createHash("sha256").update(name).digest())
        return Buffer.from(passwordHash(Buffer.from(standIn), salts))
    }
    if (standIn !== undefined) return Buffer.from(standIn)
    if (document === undefined) return Buffer.from(textFor([name]))
    const isOne = key !== "" || document.format === "binary"
    const made = madeUpDocument(document, (path): MadeUp => {
        const parts = isOne ? [name] : [name, ...path]
        return { text: textFor(parts), number: numberFor(parts) }
    })
    return key === "" ? made.whole() : made.lookup(key)
}

/** One word of ASCII, which every format and most programs take, and which says what it is. */
function textFor(parts: readonly (string | number)[]): string {
    return `stand-in-not-a-secret-${parts.join("-").replaceAll(/[^A-Za-z0-9]+/gu, "-")}`
}

/** Five digits, so that it may be a port as well. */
function numberFor(parts: readonly (string | number)[]): number {
    return 10_000 + (createHash("sha256").update(parts.join("/")).digest().readUInt32BE() % 10_000)
}
