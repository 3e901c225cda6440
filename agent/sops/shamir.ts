// Shamir's secret sharing as sops and HashiCorp Vault have it (docs/sops-rules.md#key-groups): bytewise over GF(2^8) modulo
// x^8+x^4+x^3+x+1. A share is the values of the polynomials, followed by the x they were taken at.
import { SopsError } from "./error.ts"

/** Recovers the secret from at least as many shares as it takes. With too few the result is noise. */
export function combine(shares: readonly Buffer[]): Buffer {
    const [first] = shares
    const points = shares.map((share) => share.at(-1) ?? 0)
    if (first === undefined || shares.length < 2 || shares.some((share) => share.length !== first.length))
        throw new SopsError("metadata", "the shares of the data key do not fit together")
    if (new Set(points).size !== points.length || points.includes(0))
        throw new SopsError("metadata", "two shares of the data key are the same")

    const weights = points.map((x) =>
        points.reduce(
            (product, other) => (other === x ? product : multiply(product, divide(other, other ^ x))),
            1,
        ),
    )
    return Buffer.from(
        Array.from({ length: first.length - 1 }, (_, byte) =>
            shares.reduce((sum, share, index) => sum ^ multiply(share[byte] ?? 0, weights[index] ?? 0), 0),
        ),
    )
}

/** Without tables or branches on the factors, so that time does not depend on them more than JavaScript makes it. */
function multiply(a: number, b: number): number {
    let product = 0
    let shifted = a
    for (let bit = 0; bit < 8; bit++) {
        product ^= shifted & -((b >> bit) & 1)
        shifted = ((shifted << 1) ^ (0x11b & -(shifted >> 7))) & 0xff
    }
    return product
}

/** The inverse of b is b to the 254th. */
function divide(a: number, b: number): number {
    let inverse = 1
    for (let power = 0; power < 254; power++) inverse = multiply(inverse, b)
    return multiply(a, inverse)
}
