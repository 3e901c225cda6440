import { closeSync, constants, fchmodSync, fchownSync, openSync, writeSync } from "node:fs"

/** Owner and mode of a file. An id of -1 leaves that as it is. */
export interface Attributes {
    readonly uid: number
    readonly gid: number
    readonly mode: number
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

/**
 * Creates a file that never existed before, to the letter of docs/security-rules.md#files: exclusively, private until everything is
 * in it, then its owner, then its mode, both through the descriptor and so independent of the umask. A descriptor
 * that somebody opened earlier cannot exist. On an error it may leave a file behind, private and incomplete.
 */
export function createFile(path: string, content: Buffer, { uid, gid, mode }: Attributes): void {
    const descriptor = openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600)
    try {
        for (let written = 0; written < content.length;)
            written += writeSync(descriptor, content, written, content.length - written)
        fchownSync(descriptor, uid, gid)
        fchmodSync(descriptor, mode)
    } finally {
        closeSync(descriptor)
    }
}
