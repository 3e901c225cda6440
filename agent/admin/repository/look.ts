// What a secret's file says of itself to somebody without a key.

import { glance } from "../../sops/glance.ts"
import { maxSize } from "../../sops/codec.ts"
import type { SecretFile } from "../../repo/verify.ts"
import { readBounded } from "../../os/regular-file.ts"

/** Most files fit, and ten thousand buffers would cost more than what is done with them. */
const usualSize = 64 * 1024

/**
 * Looks at the file of each of these secrets, without keeping what is in them. Files with equal lists of recipients are
 * one: there are few, and what is handed from thread to thread is copied.
 */
export async function lookAtAll(
    flake: string,
    paths: readonly string[],
): Promise<ReadonlyMap<string, SecretFile>> {
    const reused = Buffer.allocUnsafe(usualSize)
    const sealed = new Map<string, SecretFile>()
    const files = new Map<string, SecretFile>()
    for (const path of paths) {
        const { file } = await lookAt(flake, path, reused)
        files.set(path, file)
        if (file.kind !== "sealed") continue
        const key = file.recipients.join("\n")
        const known = sealed.get(key) ?? file
        sealed.set(key, known)
        files.set(path, known)
    }
    return files
}

/** Looks at one, and gives its bytes too, if it can be read. They may be a part of `into`, good until the next call. */
export async function lookAt(
    flake: string,
    path: string,
    into?: Buffer,
): Promise<{ file: SecretFile; bytes?: Buffer }> {
    try {
        const bytes = readBounded(`${flake}/${path}/secret`, maxSize, into)
        if (bytes === undefined) return { file: { kind: "missing" } }
        return { file: { kind: "sealed", recipients: glance(bytes) ?? (await recipientsIn(bytes)) }, bytes }
    } catch (error) {
        return {
            file: { kind: "unreadable", problem: error instanceof Error ? error.message : "cannot be read" },
        }
    }
}

/** For the few files that a glance is not enough for. */
async function recipientsIn(bytes: Buffer): Promise<readonly string[]> {
    const { parseDocument, recipientsOf } = await import("../../sops/document.ts")
    return recipientsOf(await parseDocument(bytes, "binary"))
}
