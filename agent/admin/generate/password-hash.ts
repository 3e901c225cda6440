// Hashes of passwords, in the forms that programs look for.

import { argon2Sync, randomBytes, scryptSync } from "node:crypto"
import { cryptDigits, shadowHash } from "../../os/sha512crypt.ts"
import type { HashScheme } from "../../repo/generators/generator.ts"

/** Three passes over 64 MiB, as RFC 9106 proposes where memory is scarce. */
const argon2 = { parallelism: 4, memory: 65_536, passes: 3, tagLength: 32 } as const
/** 64 MiB, what crypt(3) takes by itself. */
const scrypt = { N: 16_384, r: 32, p: 1, maxmem: 256 * 1024 * 1024 } as const

/**
 * `sha512crypt` and `scrypt` are for crypt(3) and /etc/shadow, `argon2id` is the PHC string of web applications. The salt is
 * 16 random bytes if none is given.
 */
export function passwordHash(scheme: HashScheme, password: Buffer, salt: Buffer = randomBytes(16)): string {
    switch (scheme) {
        case "sha512crypt":
            return shadowHash(password, salt)
        case "argon2id": {
            const tag = argon2Sync("argon2id", { message: password, nonce: salt, ...argon2 })
            const { memory, passes, parallelism } = argon2
            return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`
        }
        case "scrypt":
            break
    }
    // The salt is the text of it.
    const text = digits(salt)
    const key = scryptSync(password, text, 32, scrypt)
    return `$7$${cryptDigits[Math.log2(scrypt.N)]}${number(scrypt.r)}${number(scrypt.p)}${text}$${digits(key)}`
}

function unpadded(bytes: Buffer): string {
    return bytes.toString("base64").replace(/=+$/u, "")
}

/** 30 bits, the lowest first. */
function number(value: number): string {
    return [0, 6, 12, 18, 24].map((shift) => cryptDigits[(value >> shift) & 63]).join("")
}

/** Three bytes as four digits, the lowest bits first. */
function digits(bytes: Buffer): string {
    let text = ""
    for (let at = 0; at < bytes.length; at += 3) {
        const group = bytes.subarray(at, at + 3)
        const value = group.readUIntLE(0, group.length)
        for (let digit = 0; digit <= group.length; digit++) text += cryptDigits[(value >> (6 * digit)) & 63]
    }
    return text
}
