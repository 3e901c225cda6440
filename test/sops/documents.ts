// Random plaintext documents of every text format, of what all releases of sops since 3.9 can round-trip.
import * as fc from "fast-check"
import type { Format } from "../../agent/sops/format.ts"

const jsonString = fc
    .string({ unit: "binary", maxLength: 12 })
    .map((text) => JSON.stringify(text.toWellFormed()))
const jsonNumber = fc.oneof(
    fc.integer().map(String),
    fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => String(value + 0)),
    fc.constantFrom("1.0", "1e3", "1E-7", "0.10", "123456789012345678901234567890", "-0"),
)
const jsonKey = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }).map((text) => JSON.stringify(text.toWellFormed())),
    fc.constantFrom('"10"', '"2"', '"__proto__"', '"a:b"', '"a/b"', '"same"', '"<&>"', '"\\u2028"'),
)
// Releases up to 3.13.1 take an integer that is not encrypted for a float; beyond 2^53 they disagree on its MAC.
const unencrypted = fc.tuple(fc.constant('"x_unencrypted"'), fc.oneof(fc.integer().map(String), jsonString))
const gap = fc.constantFrom("", "", " ", "\n\t", "\n  ", "\r\n")

const jsonValue = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
    value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        jsonString,
        jsonNumber,
        fc.constantFrom("true", "false", "null", '""', "{}", "[]"),
        tie("object"),
        tie("list"),
    ),
    list: fc
        .tuple(gap, fc.array(tie("value"), { maxLength: 4 }))
        .map(([space, values]) => `[${space}${values.join(`,${space}`)}${space}]`),
    object: fc
        .tuple(gap, fc.array(fc.oneof(fc.tuple(jsonKey, tie("value")), unencrypted), { maxLength: 4 }))
        .map(([space, entries]) => {
            const parts = entries.map(([key, value]) => `${key}:${space}${value}`)
            return `{${space}${parts.join(`${space},`)}${space}}`
        }),
}))

const word = fc
    .stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
    .filter((text) => !text.startsWith("sops") && !/^(y|n|yes|no|on|off|null|true|false)$/.test(text))
const line = fc.stringMatching(/^[A-Za-z0-9 ,.:=_-]{0,20}$/)

const yamlScalar = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => JSON.stringify(text)),
    fc.constantFrom(
        "1",
        "-17",
        "0x1F",
        "1.5",
        "1e3",
        "true",
        "null",
        "~",
        "yes",
        "''",
        "plain text",
        "1:30",
        "1_000",
    ),
    fc
        .array(
            line.filter((text) => text.trim() !== ""),
            { minLength: 1, maxLength: 3 },
        )
        .map((lines) => lines),
)

/** Lines of a block mapping; each entry may have a comment above it. */
const yamlMapping: fc.Arbitrary<string[]> = fc.letrec<{
    mapping: string[]
    value: string | string[][] | string[]
}>((tie) => ({
    mapping: fc
        .uniqueArray(fc.tuple(word, fc.option(line, { freq: 3 }), tie("value")), {
            minLength: 1,
            maxLength: 4,
            selector: ([key]) => key,
        })
        .map((entries) =>
            entries.flatMap(([key, comment, value]) => [
                ...(comment === null ? [] : [`# ${comment}`.trimEnd()]),
                ...yamlEntry(`${key}:`, value),
            ]),
        ),
    value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        yamlScalar,
        tie("mapping").map((lines) => [lines]),
        fc
            .array(yamlScalar, { minLength: 1, maxLength: 3 })
            .map((values) => [values.flatMap((value) => yamlEntry("-", value))]),
    ),
})).mapping

/** A scalar on the line of its key, several lines as a literal block, anything nested below. */
function yamlEntry(key: string, value: string | string[][] | string[]): string[] {
    if (typeof value === "string") return [`${key} ${value}`]
    const [nested] = value
    if (Array.isArray(nested)) return [key, ...nested.map((text) => `  ${text}`)]
    return [`${key} |-`, ...value.map((text) => `    ${String(text).trim()}`)]
}

const dotenv = fc
    .uniqueArray(fc.tuple(word, line, fc.option(line, { freq: 3 })), {
        minLength: 1,
        maxLength: 5,
        selector: ([key]) => key,
    })
    .map((entries) =>
        entries
            .map(
                ([key, value, comment]) =>
                    `${comment === null ? "" : `#${comment}\n`}${key.toUpperCase()}=${value}\n`,
            )
            .join(""),
    )

const iniValue = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ,.:_-]{0,16}[A-Za-z0-9]$/)
const ini = fc
    .uniqueArray(
        fc.tuple(
            word,
            fc.uniqueArray(fc.tuple(word, iniValue, fc.option(iniValue, { freq: 3 })), {
                minLength: 1,
                maxLength: 4,
                selector: ([key]) => key,
            }),
        ),
        { minLength: 1, maxLength: 3, selector: ([name]) => name },
    )
    .map((sections) =>
        sections
            .map(([name, entries]) => {
                const lines = entries.map(
                    ([key, value, comment]) =>
                        `${comment === null ? "" : `; ${comment}\n`}${key} = ${value}\n`,
                )
                return `[${name}]\n${lines.join("")}`
            })
            .join("\n"),
    )

/** A random document of a format. */
export function documentOf(format: Exclude<Format, "binary">): fc.Arbitrary<Buffer> {
    switch (format) {
        case "json":
            return jsonValue.object.map((text) => Buffer.from(text))
        case "yaml":
            return fc
                .array(yamlMapping, { minLength: 1, maxLength: 2 })
                .map((documents) =>
                    Buffer.from(documents.map((lines) => `${lines.join("\n")}\n`).join("---\n")),
                )
        case "dotenv":
            return dotenv.map((text) => Buffer.from(text))
        case "ini":
            break
    }
    return ini.map((text) => Buffer.from(text))
}
