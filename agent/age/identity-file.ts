import { decodeBech32 } from "./bech32.ts"
import { AgeError } from "./error.ts"
import { parseIdentity } from "./identity.ts"
import type { Identity } from "./key.ts"

/** An identity that only a plugin can use. Its text goes to that plugin over its standard input, nowhere else. */
export interface PluginIdentity {
    /** Selects a configured program; never a path. */
    readonly name: string
    readonly text: string
    /** What a comment above it claims as its public half (`# recipient: …`); not verified. */
    readonly recipient?: string
}

/** What a key file holds. */
export interface IdentityFile {
    readonly identities: readonly Identity[]
    readonly plugins: readonly PluginIdentity[]
}

/** A file of nothing but comments and empty lines. */
export class NoIdentity extends AgeError {
    constructor() {
        super("key", "the file holds no identity")
    }
}

const largest = 16 * 1024 * 1024
const claim = /^#\s*(?:public key|recipient):\s*(age1[!-~]+)\s*$/i

/**
 * Reads a key file as age-keygen writes it: one identity per line, empty lines and comments between them. A
 * passphrase-protected one must be opened first (`openWithPassphrase`). Throws `AgeError` of class `key` with the
 * number of the line at fault, never its text; `NoIdentity` when there is nothing in it.
 */
export function parseIdentityFile(bytes: Buffer): IdentityFile {
    if (bytes.length > largest) throw new AgeError("key", "an identity file has at most 16 MiB")
    const identities: Identity[] = []
    const plugins: PluginIdentity[] = []
    let claimed: string | undefined
    for (const [index, raw] of decodeLines(bytes).entries()) {
        const line = raw.trim()
        if (line === "" || line.startsWith("#")) {
            claimed = claim.exec(line)?.[1] ?? claimed
            continue
        }
        try {
            if (line.startsWith("AGE-PLUGIN-")) {
                const name = pluginName(line)
                plugins.push({ name, text: line, ...(claimed !== undefined && { recipient: claimed }) })
            } else {
                identities.push(parseIdentity(line))
            }
        } catch (error) {
            if (!(error instanceof AgeError)) throw error
            throw new AgeError("key", `line ${index + 1}: ${error.message}`)
        }
        claimed = undefined
    }
    if (identities.length + plugins.length === 0) throw new NoIdentity()
    return { identities, plugins }
}

/** The plugin that an `AGE-PLUGIN-<NAME>-1…` identity needs, in lower case. Throws `AgeError` of class `key`. */
export function pluginName(text: string): string {
    const decoded = text === text.toUpperCase() ? decodeBech32(text) : undefined
    const name = decoded && /^age-plugin-([a-z0-9+._-]+)-$/.exec(decoded.prefix)?.[1]
    if (name === undefined || /^\.+$/.test(name))
        throw new AgeError("key", "this is not a plugin identity, or it was mistyped")
    return name
}

/** Identities are ASCII, and comments may be in any encoding. */
function decodeLines(bytes: Buffer): string[] {
    const mark = Buffer.from([0xef, 0xbb, 0xbf])
    return bytes
        .subarray(bytes.subarray(0, 3).equals(mark) ? 3 : 0)
        .toString("latin1")
        .split(/\r\n?|\n/)
}

/** Variables may hold several identities with blanks between them; a key file has one a line. */
export function spreadIdentities(text: string): Buffer {
    const lines = text
        .split("\n")
        .flatMap((line) => (line.trim().startsWith("#") ? [line] : line.split(/\s+/u)))
    return Buffer.from(lines.join("\n"))
}
