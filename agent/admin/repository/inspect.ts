// What a secret's file says of itself to somebody without a key.

import { maxSize } from "../../sops/codec.ts"
import { quickShape } from "../../sops/shape/quick.ts"
import type { Shape } from "../../sops/shape/quick.ts"
import type { SecretFile } from "../../repo/verify.ts"
import { readBounded } from "../../os/regular-file.ts"

/** Most files fit, and ten thousand buffers would cost more than what is done with them. */
const usualSize = 64 * 1024

/**
 * Looks at the file of each of these secrets, without keeping what is in them. Equal lists of recipients are one:
 * there are few, and what is handed from thread to thread is copied.
 */
export async function inspectFiles(
    flake: string,
    paths: readonly string[],
): Promise<ReadonlyMap<string, SecretFile>> {
    const reused = Buffer.allocUnsafe(usualSize)
    const known = new Map<string, readonly string[]>()
    const files = new Map<string, SecretFile>()
    for (const path of paths) {
        const { file } = await inspectFile(flake, path, reused)
        if (file.kind !== "sealed") {
            files.set(path, file)
            continue
        }
        const key = file.recipients.join("\n")
        const recipients = known.get(key) ?? file.recipients
        known.set(key, recipients)
        files.set(path, { ...file, recipients })
    }
    return files
}

/** Looks at one, and gives its bytes too, if it can be read. They may be a part of `into`, good until the next call. */
export async function inspectFile(
    flake: string,
    path: string,
    into?: Buffer,
): Promise<{ file: SecretFile; bytes?: Buffer }> {
    try {
        const bytes = readBounded(`${flake}/${path}/secret`, maxSize, into)
        if (bytes === undefined) return { file: { kind: "missing" } }
        return { file: { kind: "sealed", ...(quickShape(bytes) ?? (await shapeOf(bytes))) }, bytes }
    } catch (error) {
        return {
            file: { kind: "unreadable", problem: error instanceof Error ? error.message : "cannot be read" },
        }
    }
}

/** For the files that a quick look is not enough for. */
async function shapeOf(bytes: Buffer): Promise<Shape> {
    return await (await import("../../sops/shape/shape.ts")).shapeOf(bytes, "binary")
}
