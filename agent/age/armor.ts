import { decodePaddedBase64 } from "./base64.ts"
import { AgeError } from "./error.ts"

const begin = "-----BEGIN AGE ENCRYPTED FILE-----"
const end = "-----END AGE ENCRYPTED FILE-----"
const columns = 64

/** Whether this is meant to be armour: a line of dashes stands near the start, and it is no binary age file. */
export function isArmored(file: Buffer): boolean {
    const head = file.subarray(0, 1024)
    return !head.subarray(0, 19).equals(Buffer.from("age-encryption.org/")) && head.includes("-----")
}

/**
 * The file inside the armour (c2sp.org/age, ASCII armor: RFC 7468 in its strict form). LF or CRLF; white space around
 * the block and nothing else. Throws `AgeError` of class `armor failure`.
 */
export function decodeArmor(file: Buffer): Buffer {
    const lines = file
        .toString("latin1")
        .trim()
        .split("\n")
        .map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line))
    if (lines.shift() !== begin) throw new AgeError("armor failure", "the armour does not begin as it must")
    if (lines.pop() !== end) throw new AgeError("armor failure", "the armour does not end as it must")

    for (const [index, line] of lines.entries()) {
        const full = line.length === columns
        const short = index === lines.length - 1 && line.length > 0 && line.length < columns
        if (!full && !short) throw new AgeError("armor failure", `line ${index + 2} has the wrong length`)
    }
    const bytes = decodePaddedBase64(lines.join(""))
    if (!bytes) throw new AgeError("armor failure", "the armour is not canonical base64")
    return bytes
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
