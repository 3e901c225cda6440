// Values for `hostseal set --generate`: strong enough without a thought, and each kind in its usual length.

import { Failure } from "../failure.ts"
import { quantity } from "../quantity.ts"
import { passphrase, randomValue } from "./random.ts"

/** What can be asked for. */
export const kinds = ["alnum", "hex", "base64", "bytes", "uuid", "passphrase"] as const
type Kind = (typeof kinds)[number]

/** The usual lengths, and what they are counted in: none has less than 96 random bits. */
const usual: Readonly<Record<Kind, readonly [length: number, unit: string]>> = {
    alnum: [32, "letter"],
    hex: [32, "byte"],
    base64: [32, "byte"],
    bytes: [32, "byte"],
    uuid: [1, ""],
    passphrase: [6, "word"],
}
const longest = 4096

/** A new random value, without a line end, and what it is in words. Throws `Failure` for a length that makes no sense. */
export function generated(
    kind: string,
    length: string | undefined,
): { readonly value: Buffer; readonly what: string } {
    const known = kinds.find((each) => each === kind) ?? "alnum"
    const [usualLength, unit] = usual[known]
    if (length !== undefined && (known === "uuid" || !/^[1-9]\d{0,3}$/u.test(length)))
        throw new Failure("usage", `--length is a number from 1 to ${longest}, and uuid takes none`)
    const size = length === undefined ? usualLength : Number(length)
    if (size > longest) throw new Failure("usage", `--length is at most ${longest}`)
    if (known === "passphrase")
        return { value: passphrase(size), what: `a passphrase of ${quantity(size, unit)}` }
    const value = randomValue({ chars: known, length: size })
    if (known === "uuid") return { value, what: "a random UUID" }
    const how =
        known === "alnum" ? `${quantity(size, unit)} and digits` : `${quantity(size, unit)} (${known})`
    return { value, what: `a random value of ${how}` }
}
