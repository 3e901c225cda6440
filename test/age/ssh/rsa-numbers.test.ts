import { expect, test } from "vitest"
import { rsaPrivateKey } from "../../../agent/age/ssh/rsa-numbers.ts"
import { rsaKey } from "../ssh-files.ts"

const jwk = rsaKey().privateKey.export({ format: "jwk" })
const bytes = (name: "n" | "e" | "d" | "qi" | "p" | "q"): Buffer => Buffer.from(jwk[name] ?? "", "base64url")
const good = {
    n: bytes("n"),
    e: bytes("e"),
    d: bytes("d"),
    iqmp: bytes("qi"),
    p: bytes("p"),
    q: bytes("q"),
}

test("numbers that fit make the key", () => {
    expect(rsaPrivateKey(good).export({ format: "jwk" })).toEqual(jwk)
})

for (const name of ["n", "e", "d", "iqmp", "p", "q"] as const) {
    test(`refuses a key whose ${name} is another number`, () => {
        const other = Buffer.from(good[name])
        other.writeUInt8(other.readUInt8(other.length - 1) ^ 2, other.length - 1)
        expect(() => rsaPrivateKey({ ...good, [name]: other })).toThrow(/do not fit together/)
    })
}

test("refuses factors that swapped places, zero and one", () => {
    const one = Buffer.from([1])
    const zero = Buffer.alloc(1)
    for (const part of [
        { p: good.q, q: good.p },
        { p: one, q: good.n },
        { p: good.n, q: one },
        { p: zero, n: zero },
    ])
        expect(() => rsaPrivateKey({ ...good, ...part })).toThrow(/do not fit together/)
})
