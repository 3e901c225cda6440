// sha512crypt, the hash of passwords that crypt(3) of every Linux system knows (akkadia.org/drepper/SHA-crypt.txt).

import { createHash } from "node:crypto"

/** The digits of crypt(3), which are not those of base64. */
export const cryptDigits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/** Four times the usual number of rounds, which takes about a tenth of a second. */
const rounds = 20_000

/** The hash of a password as a line of /etc/shadow has it, with a salt from 16 bytes. */
export function shadowHash(password: Buffer, saltBytes: Buffer): string {
    const salt = [...saltBytes.subarray(0, 16)].map((byte) => cryptDigits[byte % 64]).join("")
    return `$6$rounds=${rounds}$${salt}$${sha512crypt(password, salt, rounds)}`
}

/** A password without the line end that it may have. */
export function withoutLineEnd(value: Buffer): Buffer {
    if (value.at(-1) !== 0x0a) return value
    return value.subarray(0, value.at(-2) === 0x0d ? -2 : -1)
}

/** The last part of a sha512crypt hash. */
export function sha512crypt(password: Buffer, saltText: string, count: number): string {
    const salt = Buffer.from(saltText)
    const other = hash(password, salt, password)
    const start = createHash("sha512").update(password).update(salt).update(stretched(other, password.length))
    for (let bits = password.length; bits > 0; bits >>= 1) start.update(bits % 2 === 1 ? other : password)
    let current: Buffer = start.digest()
    const manyPasswords = createHash("sha512")
    for (let at = 0; at < password.length; at++) manyPasswords.update(password)
    const p = stretched(manyPasswords.digest(), password.length)
    const manySalts = createHash("sha512")
    for (let at = 0; at < 16 + (current[0] ?? 0); at++) manySalts.update(salt)
    const s = stretched(manySalts.digest(), salt.length)
    for (let round = 0; round < count; round++) {
        const isOdd = round % 2 === 1
        current = hash(
            isOdd ? p : current,
            round % 3 === 0 ? "" : s,
            round % 7 === 0 ? "" : p,
            isOdd ? current : p,
        )
    }
    return encoded(current)
}

function hash(...parts: readonly (Buffer | string)[]): Buffer {
    const digest = createHash("sha512")
    for (const part of parts) digest.update(part)
    return digest.digest()
}

/** As often as it takes to have this many bytes. */
function stretched(bytes: Buffer, length: number): Buffer {
    return Buffer.alloc(length, bytes)
}

/** Three bytes as four digits, lowest bits first; which three, goes round in steps of 21. */
function encoded(bytes: Buffer): string {
    let text = ""
    let [a, b, c] = [0, 21, 42]
    const add = (value: number, length: number): void => {
        for (let at = 0; at < length; at++) text += cryptDigits[(value >> (6 * at)) & 63]
    }
    for (let group = 0; group < 21; group++) {
        add(((bytes[a] ?? 0) << 16) | ((bytes[b] ?? 0) << 8) | (bytes[c] ?? 0), 4)
        ;[a, b, c] = [b + 1, c + 1, a + 1]
    }
    add(bytes[63] ?? 0, 2)
    return text
}
