import { resolve } from "node:path"
import type { Context } from "./context.ts"
import { Failure } from "./failure.ts"
import { askHidden } from "./prompt.ts"
import { NotRegular, readRegular } from "./regular-file.ts"

/** Of one value. In a document it takes a third more, and a document has at most 16 MiB. */
const largest = 10 * 1024 * 1024

/**
 * A new value, byte for byte: from `file`, else from `$SOPS_NIX_SECRET`, else from a person at the terminal, else from
 * standard input. What a person types is never shown, wherever standard output leads.
 */
export async function newValue(file: string | undefined, context: Context): Promise<Buffer> {
    if (file !== undefined)
        return file === "-" ? readAll(context) : readFile(resolve(context.cwd, file), file)
    const variable = context.env["SOPS_NIX_SECRET"] ?? ""
    if (variable !== "") return Buffer.from(variable)
    if (!context.isTerminal.stdin) return readAll(context)
    const question = { text: "Paste your secret: ", instead: "standard input or --file", paste: true }
    return askHidden(context.terminal(), question)
}

async function readAll(context: Context): Promise<Buffer> {
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of context.stdin()) {
        const bytes = Buffer.from(chunk)
        length += bytes.length
        if (length > largest) throw tooLarge("standard input")
        chunks.push(bytes)
    }
    return Buffer.concat(chunks)
}

function readFile(path: string, name: string): Buffer {
    try {
        const bytes = readRegular(path, largest)
        if (bytes !== undefined) return bytes
    } catch (error) {
        if (error instanceof NotRegular) throw new Failure("refused", `${name} ${error.message}`)
        throw error
    }
    throw new Failure("not-found", `there is no file ${name}`)
}

function tooLarge(source: string): Failure {
    return new Failure("refused", `${source} is larger than ${largest / 1024 / 1024} MiB`)
}
