import { UserError } from "../error.ts"

/**
 * What went wrong, for scripts that read `--json`. The exit code does not tell these apart: `clan secrets` ends with
 * 1 for every failure and 2 for a wrong command line, and scripts made for it count on that. Commands that it does
 * not have (`verify`, `debt`) have more.
 */
export type FailureCode = "usage" | "not-found" | "exists" | "cannot-decrypt" | "refused" | "conflict"

/** A `UserError` that scripts can tell from others. */
export class Failure extends UserError {
    override readonly name: string = "Failure"
    readonly code: FailureCode
    readonly exitCode: number
    /** More about it, for programs. */
    readonly record: Readonly<Record<string, unknown>>

    constructor(
        code: FailureCode,
        message: string,
        options: {
            readonly cause?: unknown
            readonly hint?: string
            readonly exitCode?: number
            readonly record?: Readonly<Record<string, unknown>>
        } = {},
    ) {
        super(message, options)
        this.code = code
        this.exitCode = options.exitCode ?? (code === "usage" ? 2 : 1)
        this.record = options.record ?? {}
    }
}
