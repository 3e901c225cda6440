import { encodeBech32 } from "../bech32.ts"
import { AgeError } from "../error.ts"
import { parseSshPublicLine } from "./public.ts"
import { importRecipientPoint } from "../x25519.ts"

const p = 2n ** 255n - 19n
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

/**
 * Maps an ed25519 public key to the X25519 one of the same seed, u = (1 + y) / (1 - y), as age and ssh-to-age do.
 * Throws `AgeError` of class `key` for points off the curve and for those of low order, which ssh-to-age lets pass
 * although nothing can be encrypted to them.
 */
export function montgomeryPoint(edwards: Buffer): Buffer {
    const y = yOf(edwards)
    const ySquared = (y * y) % p
    if (!isSquare(modulo(ySquared - 1n) * inverse(modulo(d * ySquared + 1n))))
        throw new AgeError("key", "the ed25519 public key is not a point of the curve")
    const u = (modulo(1n + y) * inverse(modulo(1n - y))) % p
    const point = Buffer.from(Buffer.from(u.toString(16).padStart(64, "0"), "hex").toReversed())
    importRecipientPoint(point)
    return point
}

/** Whether an X25519 public key is the image of an ed25519 one. Costs no inversion, which at a boot is half a millisecond. */
export function isMontgomeryPoint(point: Buffer, edwards: Buffer): boolean {
    const y = yOf(edwards)
    return modulo(littleEndian(point) * (1n - y) - (1n + y)) === 0n
}

/** The `age1…` recipient of an ed25519 public key line, exactly as ssh-to-age prints it. Throws `AgeError`. */
export function sshToAgeRecipient(line: string): string {
    const key = parseSshPublicLine(line)
    if (key.type !== "ssh-ed25519")
        throw new AgeError("key", `${key.type} keys have no age recipient, only ssh-ed25519 ones do`)
    return encodeBech32("age", montgomeryPoint(key.point))
}

/** The top bit is the sign of x, which the map does not need. */
function yOf(edwards: Buffer): bigint {
    return modulo(littleEndian(edwards) & (2n ** 255n - 1n))
}

function littleEndian(bytes: Buffer): bigint {
    return BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`)
}

function modulo(number: bigint): bigint {
    const rest = number % p
    return rest < 0n ? rest + p : rest
}

/** By Fermat; the inverse of 0 is 0, as in the Go libraries, so y = 1 maps to u = 0 and fails as a low-order point. */
function inverse(number: bigint): bigint {
    return power(number, p - 2n)
}

/** Euler's criterion; 0 counts as a square (x = 0 is on the curve). */
function isSquare(number: bigint): boolean {
    const root = power(number % p, (p - 1n) / 2n)
    return root === 0n || root === 1n
}

/** Not constant in time: public keys only. */
function power(base: bigint, exponent: bigint): bigint {
    let result = 1n
    for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % p) {
        if (rest & 1n) result = (result * square) % p
    }
    return result
}
