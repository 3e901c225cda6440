// Values that nobody has to remember, and some that somebody can.

import { randomBytes, randomInt, randomUUID } from "node:crypto"
import type { Make } from "../../repo/generators/generator.ts"

const alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
const consonants = "bdfghjklmnprstvz"
const vowels = "aiou"

/** A random value without a line end. The length is in characters for `alnum`, else in bytes before they are encoded. */
export function randomValue({ chars, length }: Omit<Extract<Make, { kind: "random" }>, "kind">): Buffer {
    switch (chars) {
        case "alnum":
            return Buffer.from(Array.from({ length }, () => alnum[randomInt(alnum.length)]).join(""))
        case "hex":
        case "base64":
            return Buffer.from(randomBytes(length).toString(chars))
        case "bytes":
            return randomBytes(length)
        case "uuid":
            break
    }
    return Buffer.from(randomUUID())
}

/** Words that can be said and typed, with 16 random bits in each: proquints, which need no list (arxiv.org/html/0901.4016). */
export function passphrase(words: number): Buffer {
    return Buffer.from(Array.from({ length: words }, () => word(randomInt(65_536))).join("-"))
}

function word(bits: number): string {
    const letter = (letters: string, shift: number): string =>
        letters.charAt((bits >> shift) & (letters.length - 1))
    return [
        letter(consonants, 12),
        letter(vowels, 10),
        letter(consonants, 6),
        letter(vowels, 4),
        letter(consonants, 0),
    ].join("")
}
