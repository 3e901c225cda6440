import { decodeBase64, encodeBase64 } from "./base64.ts"

/** One wrapped file key of an age header (c2sp.org/age, Recipient stanza), or one message of the plugin protocol. */
export interface Stanza {
    readonly type: string
    /** The arguments behind the type. */
    readonly args: readonly string[]
    readonly body: Buffer
}

/** Columns of a full body line; a shorter one ends the body. */
const columns = 64
const argument = /^[\x21-\x7e]+$/

/** The type and arguments of a `-> …` line, or `undefined` when it is not one. */
export function parseArguments(line: string): { type: string; args: string[] } | undefined {
    if (!line.startsWith("-> ")) return undefined
    const [type, ...args] = line.slice(3).split(" ")
    if (type === undefined || !argument.test(type)) return undefined
    return args.every((arg) => argument.test(arg)) ? { type, args } : undefined
}

/** One body line: its bytes, and whether it is the last; `undefined` when it is not canonical base64. */
export function parseBodyLine(line: string): { bytes: Buffer; last: boolean } | undefined {
    if (line.length > columns) return undefined
    const bytes = decodeBase64(line)
    return bytes && { bytes, last: line.length < columns }
}

/** The stanza as it stands in a header or a plugin message, final newline included. */
export function formatStanza({ type, args, body }: Stanza): string {
    const encoded = encodeBase64(body)
    const lines = [["->", type, ...args].join(" ")]
    // The last line is the short one, so a body that fills its lines is followed by an empty one.
    for (let start = 0; start <= encoded.length; start += columns)
        lines.push(encoded.slice(start, start + columns))
    return `${lines.join("\n")}\n`
}
