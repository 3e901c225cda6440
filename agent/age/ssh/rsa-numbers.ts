import { createPrivateKey } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { AgeError } from "../error.ts"

/** The numbers that an OpenSSH file holds of an RSA key, big-endian. */
export interface RsaNumbers {
    readonly n: Buffer
    readonly e: Buffer
    readonly d: Buffer
    readonly iqmp: Buffer
    readonly p: Buffer
    readonly q: Buffer
}

/**
 * An RSA private key from raw numbers. Throws `AgeError` of class `key` unless they fit together: Node imports any
 * numbers and then computes nonsense.
 */
export function rsaPrivateKey(numbers: RsaNumbers): KeyObject {
    const n = toBigInt(numbers.n)
    const e = toBigInt(numbers.e)
    const d = toBigInt(numbers.d)
    const qi = toBigInt(numbers.iqmp)
    const p = toBigInt(numbers.p)
    const q = toBigInt(numbers.q)
    if (p < 3n || q < 3n || p * q !== n) throw inconsistent()
    const dp = d % (p - 1n)
    const dq = d % (q - 1n)
    if ((e * dp) % (p - 1n) !== 1n || (e * dq) % (q - 1n) !== 1n || (q * qi) % p !== 1n) throw inconsistent()
    const key = {
        kty: "RSA",
        n: encode(n),
        e: encode(e),
        d: encode(d),
        p: encode(p),
        q: encode(q),
        dp: encode(dp),
        dq: encode(dq),
        qi: encode(qi),
    }
    return createPrivateKey({ key, format: "jwk" })
}

function inconsistent(): AgeError {
    return new AgeError("key", "the numbers of the RSA key do not fit together")
}

function toBigInt(number: Buffer): bigint {
    return BigInt(`0x${number.toString("hex")}`)
}

function encode(number: bigint): string {
    const hex = number.toString(16)
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url")
}
