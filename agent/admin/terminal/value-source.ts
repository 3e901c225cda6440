import type { Context } from "../context.ts"
import { readGiven } from "./given-file.ts"
import { askHidden } from "./prompt.ts"

/** Of one value. In a document it takes a third more, and a document has at most 16 MiB. */
const largest = 10 * 1024 * 1024

/**
 * A new value, byte for byte: from `file`, else from `$SOPS_NIX_SECRET`, else from a person at the terminal, else from
 * standard input. What a person types is never shown, wherever standard output leads.
 */
export async function newValue(file: string | undefined, context: Context): Promise<Buffer> {
    if (file !== undefined) return readGiven(file, largest, context)
    const variable = context.env["SOPS_NIX_SECRET"] ?? ""
    if (variable !== "") return Buffer.from(variable)
    if (!context.isTerminal.stdin) return readGiven("-", largest, context)
    const question = { text: "Paste your secret: ", instead: "standard input or --file", paste: true }
    return askHidden(context.terminal(), question)
}
