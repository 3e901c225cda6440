/** What went wrong, by the classes of the CCTV age vectors; `key` and `plugin` are ours, for keys and plugin runs. */
export type AgeFailure =
    | "armor failure"
    | "header failure"
    | "no match"
    | "HMAC failure"
    | "payload failure"
    | "key"
    | "plugin"

/**
 * An age file, key or plugin run that cannot be used. The message says which rule was broken and never quotes the
 * input: that may be a private key. The layer that has the file's name adds it.
 */
export class AgeError extends Error {
    override readonly name: string = "AgeError"
    readonly code: AgeFailure

    constructor(code: AgeFailure, message: string) {
        super(message)
        this.code = code
    }
}
