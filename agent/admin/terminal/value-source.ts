import type { Context } from "../context.ts"
import { readGiven } from "./given-file.ts"
import { warn } from "../context.ts"
import { Failure } from "../failure.ts"
import { askHidden } from "./prompt.ts"

/** Of one value. In a document it takes a third more, and a document has at most 16 MiB. */
const largest = 10 * 1024 * 1024

/**
 * A new value, byte for byte: from `file`, else from `$SOPS_NIX_SECRET`, else from a person at the terminal, else from
 * standard input. What a person types is never shown, wherever standard output leads.
 */
export async function newValue(
    { file, allowEmpty }: { readonly file: string | undefined; readonly allowEmpty: boolean },
    context: Context,
): Promise<Buffer> {
    if (file !== undefined) return readGiven(file, largest, context)
    const variable = context.env["SOPS_NIX_SECRET"] ?? ""
    if (variable !== "") return Buffer.from(variable)
    if (!context.isTerminal.stdin) return readGiven("-", largest, context)
    const question = {
        text: "Paste your secret: ",
        instead: "standard input or --file",
        paste: true,
        mayBeEmpty: allowEmpty,
    }
    return askHidden(context.terminal(), question)
}

/**
 * Throws for a value that is nothing, unless that is meant: a program that fails prints nothing, and a redirection has
 * emptied its file before anything is read. Warns of one that is nothing to be seen.
 */
export function mustHoldSomething(value: Buffer, allowEmpty: boolean, context: Context): void {
    if (allowEmpty) return
    if (value.length === 0)
        throw new Failure("refused", "nothing was changed: the new value is empty", {
            hint: "look at the program or file that it comes from; --allow-empty says that it is meant",
        })
    if (/^\s*$/u.test(value.subarray(0, 1024).toString("latin1")) && value.length <= 1024)
        warn(context, "the new value is nothing but blanks and line ends")
}
