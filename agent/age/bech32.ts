const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
const values = new Map(Array.from(alphabet, (character, value) => [character, value]))
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
/** What the five bits that leave the checksum's window contribute to it. */
const steps = Array.from({ length: 32 }, (_, top) =>
    generator.reduce((sum, term, bit) => ((top >>> bit) & 1 ? sum ^ term : sum), 0),
)
const checksumLength = 6

/** Longer than any recipient (a tagged hybrid has 2008 characters), so that hostile input costs no time. */
const longest = 4096

/**
 * Decodes bech32 (BIP 173) without its limit of 90 characters, as age uses it. The prefix comes back in lower case.
 * `undefined` for anything malformed: the caller writes the error, because the text may be a secret.
 */
export function decodeBech32(text: string): { prefix: string; bytes: Buffer } | undefined {
    if (text.length > longest || !/^[\x21-\x7e]+$/.test(text)) return undefined
    const lower = text.toLowerCase()
    if (text !== lower && text !== text.toUpperCase()) return undefined
    const separator = lower.lastIndexOf("1")
    const prefix = lower.slice(0, separator)
    if (separator < 1) return undefined

    const words: number[] = []
    for (const character of lower.slice(separator + 1)) {
        const word = values.get(character)
        if (word === undefined) return undefined
        words.push(word)
    }
    if (words.length < checksumLength || polymod([...expand(prefix), ...words]) !== 1) return undefined
    const bytes = toBytes(words.slice(0, -checksumLength))
    return bytes && { prefix, bytes }
}

/** Encodes in lower case; `prefix` must be lower case too. */
export function encodeBech32(prefix: string, bytes: Buffer): string {
    const words = toWords(bytes)
    const check = polymod([...expand(prefix), ...words, 0, 0, 0, 0, 0, 0]) ^ 1
    for (let index = 0; index < checksumLength; index++) words.push((check >>> (5 * (5 - index))) & 31)
    return `${prefix}1${words.map((word) => alphabet.charAt(word)).join("")}`
}

function polymod(words: readonly number[]): number {
    let check = 1
    for (const word of words) check = ((check & 0x1ffffff) << 5) ^ word ^ (steps[check >>> 25] ?? 0)
    return check
}

function expand(prefix: string): number[] {
    const codes = [...Buffer.from(prefix, "latin1")]
    return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)]
}

function toWords(bytes: Buffer): number[] {
    const words: number[] = []
    let bits = 0
    let buffered = 0
    for (const byte of bytes) {
        buffered = (buffered << 8) | byte
        for (bits += 8; bits >= 5; bits -= 5) words.push((buffered >>> (bits - 5)) & 31)
        buffered &= 31
    }
    if (bits > 0) words.push((buffered << (5 - bits)) & 31)
    return words
}

/** Regroups 5 bits to 8; at most 4 bits may be left over, and they must be zero. */
function toBytes(words: readonly number[]): Buffer | undefined {
    const bytes: number[] = []
    let bits = 0
    let buffered = 0
    for (const word of words) {
        buffered = ((buffered << 5) | word) & 0xfff
        bits += 5
        if (bits >= 8) {
            bits -= 8
            bytes.push((buffered >>> bits) & 0xff)
        }
    }
    const rest = buffered & ((1 << bits) - 1)
    return bits > 4 || rest !== 0 ? undefined : Buffer.from(bytes)
}
