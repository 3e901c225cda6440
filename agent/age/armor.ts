import { decodePaddedBase64 } from "./base64.ts"
import { AgeError } from "./error.ts"

const begin = "-----BEGIN AGE ENCRYPTED FILE-----"
const end = "-----END AGE ENCRYPTED FILE-----"
const columns = 64

/** White space as Go has it, in UTF-8 that was read as latin1. */
const white =
    /(?:[\t-\r ]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)*/y
/** So much of it may stand around the block, in lines of its own. */
const mostWhite = 1024

/** Whether this is meant to be armour: a line of dashes stands near the start, and it is no binary age file. */
export function isArmored(file: Buffer): boolean {
    const head = file.subarray(0, mostWhite + begin.length)
    return !head.subarray(0, 19).equals(Buffer.from("age-encryption.org/")) && head.includes("-----")
}

/**
 * The file inside the armour (c2sp.org/age, ASCII armor: RFC 7468 in its strict form). LF or CRLF; lines of white space
 * around the block and nothing else, as much as age itself takes. Throws `AgeError` of class `armor failure`.
 */
export function decodeArmor(file: Buffer): Buffer {
    const text = file.toString("latin1")
    const start = whiteEnd(text, 0)
    if (start > mostWhite || (start > 0 && text.charAt(start - 1) !== "\n"))
        throw new AgeError("armor failure", "the armour does not begin a line, or begins too late")
    const stop = text.indexOf(`\n${end}`, start)
    const rest = /^\r?(?:\n|$)/.exec(text.slice(stop + 1 + end.length))
    const after = stop + 1 + end.length + (rest?.[0].length ?? 0)
    if (stop < 0 || rest === null || whiteEnd(text, after) < text.length || text.length - after >= mostWhite)
        throw new AgeError("armor failure", "the armour does not end as it must")
    const lines = text
        .slice(start, stop)
        .split("\n")
        .map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line))
    if (lines.shift() !== begin) throw new AgeError("armor failure", "the armour does not begin as it must")

    for (const [index, line] of lines.entries()) {
        const full = line.length === columns
        const short = index === lines.length - 1 && line.length > 0 && line.length < columns
        if (!full && !short) throw new AgeError("armor failure", `line ${index + 2} has the wrong length`)
    }
    const bytes = decodePaddedBase64(lines.join(""))
    if (!bytes) throw new AgeError("armor failure", "the armour is not canonical base64")
    return bytes
}

function whiteEnd(text: string, at: number): number {
    white.lastIndex = at
    white.test(text)
    return white.lastIndex
}

/** The armour of a file, with LF line ends and a final one. */
export function encodeArmor(file: Buffer): Buffer {
    const encoded = file.toString("base64")
    const lines = [begin]
    for (let start = 0; start < encoded.length; start += columns)
        lines.push(encoded.slice(start, start + columns))
    lines.push(end, "")
    return Buffer.from(lines.join("\n"), "latin1")
}
