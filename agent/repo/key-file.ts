// key.json, in both forms that clan wrote: one object (before 2025), or a list.

import * as z from "zod/mini"
import type { Key } from "./repo.ts"

const key = z.object({
    publickey: z.string().check(z.trim(), z.minLength(1), z.maxLength(8192)),
    type: z.pipe(
        z.string().check(z.toLowerCase()),
        z.enum(["age", "pgp"], { error: () => `neither "age" nor "pgp"` }),
    ),
})
const file = z.union([
    z.pipe(
        key,
        z.transform((one) => [one]),
    ),
    z.array(key).check(z.maxLength(1000)),
])

/** The keys in a key.json. Throws a plain Error that names what is wrong with it, never more than that. */
export function parseKeys(text: string): readonly Key[] {
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        throw new Error("it is not JSON")
    }
    const parsed = z.safeParse(file, value)
    if (parsed.success) return parsed.data
    throw new Error("it is neither a key nor a list of keys, each with a publickey and the type age or pgp")
}

/** The text of a key.json, byte for byte as clan writes it: sorted, indented by two, without a line end. */
export function printKeys(keys: readonly Key[]): string {
    const sorted = keys.toSorted((a, b) => (`${a.publickey} ${a.type}` < `${b.publickey} ${b.type}` ? -1 : 1))
    return JSON.stringify(
        sorted.map(({ publickey, type }) => ({ publickey, type })),
        undefined,
        2,
    )
}
