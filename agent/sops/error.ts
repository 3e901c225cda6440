/** What is wrong with a document, for code that branches on it. */
export type Problem =
    | "syntax" // not a well-formed document of its format
    | "encoding" // not UTF-8 where the format wants it
    | "limit" // larger or deeper than is accepted (security §7)
    | "not encrypted" // no sops metadata
    | "metadata" // metadata that is there and makes no sense
    | "value" // an encrypted value that is malformed or was tampered with
    | "unsupported" // what sops cannot represent in this format, or we do not write
    | "no such key" // lookup
    | "not a scalar" // lookup of a mapping or list
    | "recipients" // nobody to encrypt to, or somebody who cannot be encrypted to

/**
 * A document that cannot be read, or an operation that it does not allow. The message says what and where (a line,
 * a key), never the content: it holds neither plaintext nor ciphertext.
 */
export class SopsError extends Error {
    override readonly name = "SopsError"
    readonly problem: Problem
    /** Line in the source, counted from 1, where there is one. */
    readonly line: number | undefined

    constructor(
        problem: Problem,
        message: string,
        options: { readonly line?: number; readonly cause?: unknown } = {},
    ) {
        super(
            options.line === undefined ? message : `line ${options.line}: ${message}`,
            options.cause === undefined ? undefined : { cause: options.cause },
        )
        this.problem = problem
        this.line = options.line
    }
}

/** The values are not those that were sealed: the document was changed without the data key, or damaged. */
export class MacMismatch extends Error {
    override readonly name = "MacMismatch"

    constructor(message = "the MAC does not match: the document was changed after it was encrypted") {
        super(message)
    }
}

/** The line of an offset in a source text, counted from 1. */
export function lineAt(source: string, offset: number): number {
    let line = 1
    for (let at = source.indexOf("\n"); at !== -1 && at < offset; at = source.indexOf("\n", at + 1)) line++
    return line
}
