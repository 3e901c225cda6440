/**
 * An error that its reader can act on: what could not be done (`message`), why (`cause`), and what to do next
 * (`hint`). Made by the layer that knows the names; never holds a plaintext, a private key or a passphrase.
 */
export class UserError extends Error {
    override readonly name: string = "UserError"
    readonly hint: string | undefined

    constructor(message: string, options: { readonly cause?: unknown; readonly hint?: string } = {}) {
        super(message, options.cause === undefined ? undefined : { cause: options.cause })
        this.hint = options.hint
    }
}

/**
 * The lines to print for an error, outermost first, the members of an `AggregateError` as a list, each hint once
 * and last. Control characters are escaped: messages may quote names from a hostile repository.
 */
export function explain(error: unknown): string[] {
    const lines: string[] = []
    const hints = new Set<string>()
    const visit = (current: unknown, prefix: string, depth: number): void => {
        if (!(current instanceof Error) || depth > 8) return
        lines.push(prefix + visible(current.message))
        if (current instanceof UserError && current.hint !== undefined)
            hints.add(`hint: ${visible(current.hint)}`)
        if (current instanceof AggregateError) {
            for (const inner of current.errors) visit(inner, "  - ", depth + 1)
        }
        visit(current.cause, "because: ", depth + 1)
    }
    visit(error, "error: ", 0)
    return [...lines, ...hints]
}

/** Text from outside as it may be shown on a terminal or in a journal: control characters as `\xNN`, newlines kept. */
export function visible(text: string): string {
    return text.replaceAll(
        // oxlint-disable-next-line no-control-regex -- they are what must not be printed
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
        (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
    )
}
