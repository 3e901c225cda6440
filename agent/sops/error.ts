/** What is wrong with a document, for code that branches on it. */
export type Problem =
    | "syntax" // not a well-formed document of its format
    | "encoding" // not UTF-8 where the format wants it
    | "limit" // larger or deeper than is accepted (docs/security-rules.md#limits)
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

/** Why a document could not be unlocked. */
export interface LockedOut {
    /** Everyone the document is encrypted to: age recipients, and `pgp:…`, `kms:…`. */
    readonly recipients: readonly string[]
    /** The recipients of the identities that were tried. */
    readonly tried: readonly string[]
    /** What went wrong with entries that should have opened. */
    readonly failures: readonly unknown[]
    /** For a document with key groups: how many there are, are needed, and were opened. */
    readonly groups?: number
    readonly threshold?: number
    readonly opened?: number
}

/** None of the identities at hand opens the document. Holds who could, so that the edge can say whose keys those are. */
export class NoIdentityMatch extends Error {
    override readonly name = "NoIdentityMatch"
    readonly recipients: readonly string[]
    readonly tried: readonly string[]

    constructor(why: LockedOut) {
        super(messageOf(why), why.failures.length === 0 ? undefined : { cause: causeOf(why.failures) })
        this.recipients = why.recipients
        this.tried = why.tried
    }

    /** Those of the recipients that are not age's: what only `gpg`, a cloud or a Vault could open. */
    get foreign(): readonly string[] {
        return this.recipients.filter(isForeign)
    }
}

function isForeign(recipient: string): boolean {
    return /^[a-z_]+:/.test(recipient)
}

function messageOf({ recipients, tried, threshold, opened }: LockedOut): string {
    const to = `the document is encrypted to ${listed(recipients)}`
    const keys = tried.length === 0 ? "there is no identity to try" : `tried ${listed(tried)}`
    if (threshold !== undefined)
        return `${opened ?? 0} of the ${threshold} key groups needed could be opened: ${to}; ${keys}`
    if (recipients.every(isForeign)) return `no age identity can open this: ${to} only; ${keys}`
    return `no identity matches: ${to}; ${keys}`
}

/** Post-quantum recipients have two thousand characters, RSA keys hundreds; their beginning tells them apart. */
function listed(recipients: readonly string[]): string {
    return recipients.map((name) => (name.length > 100 ? `${name.slice(0, 64)}…` : name)).join(", ")
}

function causeOf(failures: readonly unknown[]): unknown {
    return failures.length === 1
        ? failures[0]
        : new AggregateError(failures, "several of its keys could not be used")
}

/** The line of an offset in a source text, counted from 1. */
export function lineAt(source: string, offset: number): number {
    let line = 1
    for (let at = source.indexOf("\n"); at !== -1 && at < offset; at = source.indexOf("\n", at + 1)) line++
    return line
}

/** The same for whoever asks for many lines of one text. */
export function lineFinder(source: string): (offset: number) => number {
    const ends: number[] = []
    for (let at = source.indexOf("\n"); at !== -1; at = source.indexOf("\n", at + 1)) ends.push(at)
    return (offset) => {
        let [low, high] = [0, ends.length]
        while (low < high) {
            const middle = (low + high) >>> 1
            if ((ends[middle] ?? offset) < offset) low = middle + 1
            else high = middle
        }
        return low + 1
    }
}
