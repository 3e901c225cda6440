import { AgeError } from "./error.ts"
import { formatStanza, parseArguments, parseBodyLine } from "./stanza.ts"
import type { Stanza } from "./stanza.ts"

/** Both ends of a running plugin. Whoever started it also ends it, and ignores errors of a closed standard input. */
export interface PluginChannel {
    /** The plugin's standard output. */
    readonly output: AsyncIterable<Uint8Array>
    /** Writes to its standard input. */
    write(bytes: Buffer): void
}

/** The messages of a plugin, one after the other; bounded, because a plugin is not trusted. */
export interface PluginReader {
    /** Throws `AgeError` of class `plugin` when the plugin ends, breaks the format, or is silent for `deadline` ms. */
    next(deadline: number | undefined): Promise<Stanza>
}

const longestLine = 65536
const largestBody = 65536

/** Sends one message (c2sp.org/age-plugin, IPC protocol). */
export function send(
    channel: PluginChannel,
    type: string,
    args: readonly string[] = [],
    body?: Buffer,
): void {
    channel.write(Buffer.from(formatStanza({ type, args, body: body ?? Buffer.alloc(0) }), "latin1"))
}

/** Reads messages out of a plugin's standard output, at most so many. */
export function readMessages(channel: PluginChannel, most: number): PluginReader {
    const messages = parseMessages(splitLines(channel.output), most)
    return {
        async next(deadline) {
            const { value } = await within(messages.next(), deadline)
            if (!value) throw new AgeError("plugin", "the plugin ended before it was done")
            return value
        },
    }
}

async function* parseMessages(lines: AsyncIterable<string>, most: number): AsyncGenerator<Stanza, undefined> {
    let head: { type: string; args: string[] } | undefined
    let body: Buffer[] = []
    let length = 0
    let count = 0
    for await (const line of lines) {
        if (!head) {
            head = parseArguments(line)
            if (!head || ++count > most) throw malformed()
            continue
        }
        const part = parseBodyLine(line)
        length += part?.bytes.length ?? 0
        if (!part || length > largestBody) throw malformed()
        body.push(part.bytes)
        if (!part.last) continue
        yield { ...head, body: Buffer.concat(body) }
        head = undefined
        body = []
        length = 0
    }
    return undefined
}

async function* splitLines(output: AsyncIterable<Uint8Array>): AsyncGenerator<string, undefined> {
    let rest = ""
    for await (const chunk of output) {
        const lines = (rest + Buffer.from(chunk).toString("latin1")).split("\n")
        rest = lines.pop() ?? ""
        for (const line of lines) {
            if (line.length > longestLine) throw malformed()
            yield line
        }
        if (rest.length > longestLine) throw malformed()
    }
    return undefined
}

async function within<T>(promise: Promise<T>, deadline: number | undefined): Promise<T> {
    if (deadline === undefined) return await promise
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
        reject(new AgeError("plugin", `the plugin said nothing for ${deadline / 1000} s`))
    }, deadline)
    try {
        return await Promise.race([promise, late])
    } finally {
        clearTimeout(timer)
    }
}

function malformed(): AgeError {
    return new AgeError("plugin", "the plugin does not keep to the protocol")
}
