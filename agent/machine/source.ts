import { createHash } from "node:crypto"
import { readNamed } from "./named-file.ts"
import type { FileIdentity } from "./generation/state.ts"
import type { Tried } from "./key-reader.ts"
import { UserError } from "../error.ts"
import { maxSize } from "../sops/codec.ts"
import { parseDocument, recipientsOf } from "../sops/document.ts"
import type { Document } from "../sops/document.ts"
import { MacMismatch, NoIdentityMatch, SopsError } from "../sops/error.ts"
import type { Format } from "../sops/format.ts"

/** An encrypted file as it was read, and what tells later whether it still is the same. */
export interface Source {
    readonly path: string
    readonly document: Document
    /** SHA-256 of the file as it lies there, encrypted, in hex: by it an admin tells which value a machine has. */
    readonly hash: string
    /** `undefined` when the file was changed so recently that another change could go unnoticed. */
    readonly identity: FileIdentity | undefined
}

/** Two changes within one tick of the clock of a file system look alike; none ticks slower than this. */
const settled = 100

/** Reads and parses one file. Throws `UserError` that names it. */
export async function readSource(path: string, format: Format, now: number): Promise<Source> {
    const { content, identity } = readBytes(path, now)
    try {
        const hash = createHash("sha256").update(content).digest("hex")
        return { path, document: await parseDocument(content, format), hash, identity }
    } catch (error) {
        throw new UserError(`${path} cannot be read as an encrypted ${format} file`, {
            cause: error,
            hint: "see that it is complete, that its format is the one named, and that sops or hostseal encrypted it",
        })
    }
}

function readBytes(path: string, now: number): { content: Buffer; identity: FileIdentity | undefined } {
    const { content, status } = readNamed(path, maxSize)
    const { dev, ino, size, mtimeMs, ctimeMs } = status
    const identity = now - ctimeMs > settled ? { dev, ino, size, mtimeMs, ctimeMs } : undefined
    return { content, identity }
}

/** That a document is not what was sealed, for a reason. */
export function damaged(path: string, cause: unknown): UserError {
    return new UserError(`${path} cannot be decrypted`, {
        cause,
        hint: "take it back from git as it was, and change it with sops edit or hostseal set, never by hand",
    })
}

/**
 * Why a document could not be opened, for the person who has to do something about it: the file, who it is encrypted
 * to, and which keys were tried (docs/command-line.md#errors).
 */
export function lockedOut(source: Source, error: unknown, tried: readonly Tried[]): UserError {
    if (error instanceof SopsError || error instanceof MacMismatch) return damaged(source.path, error)
    if (!(error instanceof NoIdentityMatch))
        return new UserError(`${source.path} cannot be decrypted`, { cause: error })
    const keys = tried.flatMap(({ path, recipients, problem }) =>
        recipients.length === 0
            ? [`${path} (${problem ?? "no key"})`]
            : recipients.map((recipient) => `${recipient || "a plugin's key"} (${path})`),
    )
    const foreign = error.foreign.length === error.recipients.length
    const missing = tried.find((one) => one.missing === true)
    return new UserError(`none of the keys of this machine opens ${source.path}`, {
        cause: passingIf(
            missing !== undefined,
            new AggregateError(
                [
                    new Error(`it is encrypted to: ${recipientsOf(source.document).join(", ")}`),
                    new Error(`tried: ${keys.join(", ") || "nothing, there is no key"}`),
                    ...(error.cause instanceof Error ? [error.cause] : []),
                ],
                foreign
                    ? "only PGP or cloud keys could open it, of which hostseal-agent uses those of sops.gnupg:"
                    : "in detail:",
            ),
        ),
        hint:
            missing === undefined
                ? "encrypt it for this machine as well: hostseal machines add-secret MACHINE SECRET, or sops updatekeys FILE"
                : `put the key at ${missing.path}, or encrypt the file for this machine as well: sops updatekeys FILE`,
    })
}

/** A key that is not there yet may be the next time. */
function passingIf(mayPass: boolean, error: Error): Error {
    return mayPass ? Object.assign(error, { code: "ENOENT" }) : error
}
