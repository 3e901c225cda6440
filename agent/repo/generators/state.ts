// What is written down beside the values of a generator: by what they were made, so that a change of it shows.

import * as z from "zod/mini"

const schema = z.strictObject({
    version: z.literal(1),
    /** Another one whenever its values are. */
    id: z.uuid(),
    /** RFC 3339. */
    made: z.iso.datetime(),
    /** SHA-256 of how the generator was declared then; programs that did not know of it wrote none. */
    definition: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/u))),
    /** The ids of the generators that it depends on, by their places below `vars`. */
    inputs: z.record(z.string(), z.uuid()),
    /** RFC 3339; when what was made stops to be good, as a certificate does. */
    notAfter: z.optional(z.iso.datetime()),
})

/** What was known when the values of a generator were made. */
export type State = Readonly<z.infer<typeof schema>>

/** The state beside some values. Throws a plain Error that says what is wrong with the text. */
export function parseState(text: string): State {
    let value: unknown
    try {
        value = JSON.parse(text)
    } catch {
        throw new Error(".generator.json is not JSON")
    }
    const parsed = z.safeParse(schema, value)
    if (!parsed.success) throw new Error(`.generator.json does not have the expected form`)
    return parsed.data
}

/** The text of .generator.json: sorted, so that the same state is the same bytes. */
export function printState({ id, made, definition, inputs, notAfter }: State): string {
    const sorted = Object.fromEntries(Object.entries(inputs).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    return `${JSON.stringify({ version: 1, id, made, definition, inputs: sorted, notAfter }, undefined, 2)}\n`
}
