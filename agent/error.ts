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
        lines.push(prefix + indented(worded(current, depth === 0)))
        if (current instanceof UserError && current.hint !== undefined)
            hints.add(`hint: ${indented(current.hint)}`)
        if (current instanceof AggregateError) {
            for (const inner of current.errors) visit(inner, "  - ", depth + 1)
        }
        visit(current.cause, "because: ", depth + 1)
    }
    visit(error, "error: ", 0)
    return [...lines, ...hints]
}

/** An error of the operating system in its words: neither its code nor the call mean anything to who reads it. */
function worded(error: Error, alone: boolean): string {
    if (!("syscall" in error)) return error.message
    const words = /^E[A-Z0-9]+: (.+?), \w+(?: '|$)/u.exec(error.message)?.[1]
    if (words === undefined) return error.message
    return alone && "path" in error && typeof error.path === "string" ? `${error.path}: ${words}` : words
}

/** What goes on in another line is indented: a name with a newline in it must not pass for a line of ours. */
function indented(text: string): string {
    return visible(text).replaceAll(/\n(?! )/gu, "\n  ")
}

/** Text from outside as it may be shown on a terminal or in a journal: control characters as `\xNN`, newlines kept. */
export function visible(text: string): string {
    return text.replaceAll(
        // oxlint-disable-next-line no-control-regex -- they are what must not be printed
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
        (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
    )
}

/** A name from outside, which is a part of one line: newlines are escaped as well. */
export function visibleName(name: string): string {
    return visible(name).replaceAll("\n", String.raw`\x0a`)
}

/** JSON for programs that a person may look at all the same: what `visible` escapes is escaped as JSON does it. */
export function visibleJson(value: unknown, indent?: number): string {
    return JSON.stringify(value, undefined, indent).replaceAll(
        /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    )
}
