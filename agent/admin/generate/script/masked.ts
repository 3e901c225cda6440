// What a script said, for people: without any value that is known.

import { visible } from "../../../error.ts"

const mask = "********"
const mostLines = 20

/**
 * The last lines of an output, with stars for values, and for their lines, where they stand as they are, in hex or in
 * base64. Another way to write one cannot be known.
 */
export function masked(output: string, values: Iterable<Buffer>): string {
    const needles = [...values].flatMap(needlesOf).toSorted((a, b) => b.length - a.length)
    let text = output
    for (const needle of new Set(needles)) text = text.replaceAll(needle, mask)
    return text.trimEnd().split("\n").slice(-mostLines).join("\n")
}

function needlesOf(value: Buffer): readonly string[] {
    const text = value.toString("utf8")
    const lines = text.split("\n").map((line) => line.trim())
    const isOneLine = lines.filter((line) => line !== "").length === 1
    const encoded = value.length < 4 ? [] : encodings(value)
    // A short line of a long value, "}" say, tells nothing and stands everywhere.
    return [...lines.filter((line) => isOneLine || line.length > 3), ...encoded, visible(text)].filter(
        (needle) => needle.trim() !== "",
    )
}

function encodings(value: Buffer): readonly string[] {
    const trimmed = Buffer.from(value.toString("latin1").trimEnd(), "latin1")
    return [value, trimmed].flatMap((bytes) => [
        bytes.toString("hex"),
        bytes.toString("base64").replace(/=+$/u, ""),
        bytes.toString("base64url"),
    ])
}
