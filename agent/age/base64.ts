const alphabet = /^[A-Za-z0-9+/]*$/

/**
 * Decodes the base64 of age headers: standard alphabet, no padding, unused bits zero (c2sp.org/age, Conventions).
 * `undefined` when the text is anything else; Node's own decoder would accept it.
 */
export function decodeBase64(text: string): Buffer | undefined {
    if (!alphabet.test(text)) return undefined
    const bytes = Buffer.from(text, "base64")
    return encodeBase64(bytes) === text ? bytes : undefined
}

/** Encodes without padding, as age headers want it. */
export function encodeBase64(bytes: Buffer): string {
    const padded = bytes.toString("base64")
    const end = padded.indexOf("=")
    return end < 0 ? padded : padded.slice(0, end)
}

/** Decodes base64 with padding, as armour and SSH keys have it; as strict as `decodeBase64`. */
export function decodePaddedBase64(text: string): Buffer | undefined {
    const bytes = Buffer.from(text, "base64")
    return bytes.toString("base64") === text ? bytes : undefined
}
