// What the operating system refuses, as a sentence with a next step: Node's words name a call and a code.

import { UserError } from "../error.ts"

/** What is to be done about a refusal that no message has a hint for. */
const remedies: Readonly<Record<string, string>> = {
    EROFS: "mount it for writing, or clone the repository to a place that you can write to",
    EACCES: "see whose it is: ls -ld",
    EPERM: "see whose it is, and whether it is marked as immutable: ls -ld, lsattr -d",
    EIO: "the disk may be failing: see what the kernel says about it (dmesg)",
    ENOSPC: "make room, and run it again",
    EDQUOT: "make room, and run it again",
    EXDEV: "a part of the repository is on another file system, which a change cannot cross: findmnt --submounts",
    EBUSY: "it is a mount point, or something holds it: findmnt",
    EMFILE: "allow more open files: ulimit -n",
}

/** Calls that only look. All others change something. */
const looks = new Set("read open stat lstat fstat scandir readlink access realpath".split(" "))

/** A failed call as Node describes it: `EROFS: read-only file system, open '…'`. */
export interface SystemError extends Error {
    readonly code: string
    readonly syscall: string
    readonly path?: string
}

export function isSystemError(error: unknown): error is SystemError {
    return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string"
}

/** The same error; one that the operating system alone has worded says what could not be done, and with what. */
export function asSentence(error: unknown): unknown {
    if (!isSystemError(error)) return error
    const what = looks.has(error.syscall) && error.code !== "EROFS" ? "read" : "write to"
    const where = error.path === undefined ? (what === "read" ? " a file" : " the disk") : ` ${error.path}`
    const hint = remedyOf(error)
    return new UserError(`cannot ${what}${where}`, { cause: error, ...(hint === undefined ? {} : { hint }) })
}

/** What to do about the refusal that an error was caused by, if it was. */
export function remedyOf(error: unknown): string | undefined {
    for (let current = error; current instanceof Error; current = current.cause) {
        if (!isSystemError(current)) continue
        const remedy = remedies[current.code]
        return remedy?.startsWith("see whose") === true && current.path !== undefined
            ? `${remedy} ${current.path}`
            : remedy
    }
    return undefined
}
