// key.json, the public keys of a user or a machine (docs/clan-contract.md#keyjson). Two forms are read, the array is written.

import * as z from "zod/mini"
import { visibleName } from "../error.ts"
import { keyProblem } from "../json-keys.ts"
import type { Key } from "./repo.ts"

const type = z.pipe(
    z.string(),
    z.transform((text, context): Key["type"] => {
        const lower = text.toLowerCase()
        if (lower === "age" || lower === "pgp") return lower
        context.issues.push({ code: "custom", message: "a key is of type age or pgp", input: text })
        return z.NEVER
    }),
)
const key = z.object({ publickey: z.string().check(z.minLength(1), z.maxLength(8192)), type })
const file = z.union([z.array(key), key])

/** The keys of a key.json. @throws a plain Error that says what is wrong with the text. */
export function parseKeys(text: string): readonly Key[] {
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        throw new Error(
            /^<{7} /mu.test(text)
                ? "key.json holds conflict markers of git: take one side of it"
                : "key.json is not JSON",
        )
    }
    const problem = keyProblem(text)
    if (problem !== undefined) throw new Error(visibleName(`key.json: ${problem}`))
    const parsed = z.safeParse(file, value)
    if (!parsed.success)
        throw new Error("key.json must be a list of keys, each with publickey and type (age or pgp)")
    return Array.isArray(parsed.data) ? parsed.data : [parsed.data]
}

/** The text of a key.json as clan writes it: sorted by key and type, each key once, indent 2, no final newline. */
export function printKeys(keys: readonly Key[]): string {
    const distinct = new Map(keys.map((one) => [`${one.publickey} ${one.type}`, one]))
    const sorted = [...distinct].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return JSON.stringify(
        sorted.map(([, { publickey, type: kind }]) => ({ publickey, type: kind })),
        undefined,
        2,
    )
}
