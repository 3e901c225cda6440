// The package yaml as an oracle: about values both readers agree, in whatever style a document is written. About comments
// they do not, and about the words that YAML 1.1 and go-yaml take for numbers, times and booleans.

import * as fc from "fast-check"
import { expect, test } from "vitest"
import { parse, stringify } from "yaml"
import type { Value } from "../../../agent/sops/tree.ts"
import { yaml } from "../../../agent/sops/yaml/codec.ts"

/** Text in quotes or blocks may be anything that YAML can hold; plain words must be words for both. */
const words = fc
    .stringMatching(/^[a-zA-Z][a-zA-Z ,.#:'"-]{0,40}[a-z]$/u)
    .filter((text) => !/^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/iu.test(text))
const scalar = fc.oneof(
    words,
    // The package writes a block of blanks alone so that it reads as nothing, and YAML 1.1 has three more line breaks.
    fc
        .string({ unit: "grapheme", maxLength: 30 })
        .filter((text) => text === "" || (/[^ \n]/u.test(text) && !/[\u0085\u2028\u2029\ufeff]/u.test(text))),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
)
const { tree } = fc.letrec((tie) => ({
    tree: fc.dictionary(words, tie("value"), { maxKeys: 6, noNullPrototype: true }),
    value: fc.oneof(
        { maxDepth: 4 },
        scalar,
        fc.array(tie("value"), { maxLength: 5 }),
        fc.dictionary(words, tie("value"), { maxKeys: 5, noNullPrototype: true }),
    ),
}))
const style = fc.record({
    indent: fc.integer({ min: 1, max: 6 }),
    indentSeq: fc.boolean(),
    lineWidth: fc.constantFrom(0, 20, 80),
    collectionStyle: fc.constantFrom("any", "flow"),
    defaultStringType: fc.constantFrom("BLOCK_FOLDED", "BLOCK_LITERAL", "QUOTE_DOUBLE", "QUOTE_SINGLE"),
    defaultKeyType: fc.constantFrom("PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE"),
} as const)

/** What a tree stands for, without its comments. */
function plain(value: Value): unknown {
    if (value.kind === "branch")
        return Object.fromEntries(
            value.items.flatMap((item) => (item.kind === "item" ? [[item.key, plain(item.value)]] : [])),
        )
    if (value.kind === "list")
        return value.items.flatMap((item) => (item.kind === "comment" ? [] : [plain(item)]))
    const { scalar: found } = value
    if (found.kind === "null") return null
    return found.kind === "int" ? Number(found.value) : found.value
}

test("4,000 documents in random styles have the same values", { timeout: 300_000 }, () => {
    fc.assert(
        fc.property(tree, style, (values, options) => {
            const text = stringify(values, options)
            const [document] = yaml.parse(text, "plain").documents
            expect(document === undefined ? {} : plain(document), text).toEqual(
                parse(text, { uniqueKeys: false }),
            )
        }),
        { numRuns: 4000 },
    )
})
