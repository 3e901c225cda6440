/** The code of an error of the operating system ("ENOENT"), `undefined` for any other. */
export function codeOf(error: unknown): string | undefined {
    return error instanceof Error && "code" in error && typeof error.code === "string"
        ? error.code
        : undefined
}

/** `false` when there is nothing there; every other error is thrown. */
export function isAbsent(error: unknown): boolean {
    const code = codeOf(error)
    if (code === "ENOENT" || code === "ENOTDIR") return true
    throw error
}

const meanings: Readonly<Record<string, string>> = {
    ENOENT: "no such file or directory",
    EACCES: "permission denied",
    EPERM: "operation not permitted",
    EISDIR: "it is a directory",
    ENOTDIR: "a part of the path is not a directory",
    ENOTEMPTY: "the directory is not empty",
    ELOOP: "too many symbolic links",
    ENOSPC: "no space left on the file system",
    EDQUOT: "the quota is used up",
    EROFS: "the file system is read-only",
    EBUSY: "it is in use, most likely as a mount point",
    EIO: "input/output error",
    EMFILE: "too many open files",
    ENOMEM: "out of memory",
    EXDEV: "it is on another file system",
    EINVAL: "the operating system refuses it",
}

/** What an error of the operating system says, without the call and the path that Node puts around it. */
export function reasonOf(error: unknown): string {
    const code = codeOf(error)
    if (code !== undefined) return meanings[code] ?? code
    return error instanceof Error ? error.message : "unknown error"
}

/** The same error without the call and the path, which may be one through /proc that means nothing to anybody. */
export function withoutCall(error: unknown): Error {
    const code = codeOf(error)
    return Object.assign(new Error(reasonOf(error)), code === undefined ? {} : { code })
}

const shortages = new Set("ENOSPC EDQUOT EIO EMFILE ENFILE ENOMEM EAGAIN EBUSY".split(" "))
const temporary = new Set(["ENOENT", "ENOTDIR", "EACCES", ...shortages])

/**
 * Whether an error, or what it was caused by, may be gone the next time without a change of the configuration. Of
 * several causes each has to be like that.
 */
export function isTemporary(error: unknown): boolean {
    return hasCode(error, temporary)
}

/** Whether it may be gone the next time without any change of a file. */
export function isShortage(error: unknown): boolean {
    return hasCode(error, shortages)
}

function hasCode(error: unknown, codes: ReadonlySet<string>): boolean {
    for (let current = error; current instanceof Error; current = current.cause) {
        if (codes.has(codeOf(current) ?? "")) return true
        if (current instanceof AggregateError && current.errors.length > 0)
            return current.errors.every((inner) => hasCode(inner, codes))
    }
    return false
}
