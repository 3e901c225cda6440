// docs/json.md, made from the schemas: `npm run docs:json` writes it.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import * as z from "zod"
import { errorSchema, shapes, warningSchema, without } from "./schemas.ts"

type Schema = z.core.JSONSchema.JSONSchema

/** Where the page lies. */
export const jsonPath = join(import.meta.dirname, "../../..", "docs", "json.md")

/** The page as Markdown. */
export function jsonPage(): string {
    const sections = shapes.map(
        ({ title, commands, about, schema }) =>
            `## ${title}\n\n${commands.map((words) => `\`${words}\``).join(", ")}${about === "" ? "" : `. ${about}`}\n\n${block(schema)}`,
    )
    return `# JSON

With \`--json\` a command prints one record and nothing else, with a line end. This page is made by \`npm run docs:json\` from the
schemas that what the program prints is tested against.

\`version\` is 1. A new field keeps the version; a field that goes, or means something else, raises it: read over fields that you do
not know. A secret is known by one id everywhere, its path in the repository (\`sops/secrets/wifi\`, \`vars/shared/ca/key\`, the path of
a file under a \`.sops.yaml\`), and the field is called \`secret\`; every command takes it in place of a name of a var or file. Readers
are \`user:NAME\` and \`machine:NAME\` where they are one text. Times are RFC 3339. A field with \`?\` may be missing.

${sections.join("\n\n")}

## Errors and warnings

On standard error, one line each. \`code\` is one of \`usage\`, \`not-found\`, \`exists\`, \`cannot-decrypt\`, \`refused\`, \`conflict\` and
\`failed\`; there may be more fields, as \`unasked\` where somebody would gain or lose what a command does not say.

${block(errorSchema)}

${block(warningSchema)}

## Without a record

${Object.entries(without)
    .map(([words, reason]) => `- \`${words}\`: ${reason}`)
    .join("\n")}
`
}

function block(schema: z.ZodType): string {
    return `\`\`\`ts\n${written(z.toJSONSchema(schema), "")}\n\`\`\``
}

/** A schema as a type of TypeScript. */
function written(schema: Schema, indent: string): string {
    const { anyOf, const: only, enum: some, type } = schema
    if (anyOf !== undefined) return anyOf.map((each) => written(inner(each), indent)).join(" | ")
    if (only !== undefined) return JSON.stringify(only)
    if (some !== undefined) return some.map((each) => JSON.stringify(each)).join(" | ")
    if (type === "array") {
        const item = written(inner(schema.items), indent)
        return item.includes(" | ") ? `(${item})[]` : `${item}[]`
    }
    if (type !== "object") return type === "integer" ? "number" : String(type)
    const properties = Object.entries(schema.properties ?? {})
    if (properties.length === 0) {
        const values = schema.additionalProperties
        return typeof values === "object" && Object.keys(values).length > 0
            ? `{ [name: string]: ${written(values, indent)} }`
            : "{ … }"
    }
    const deeper = `${indent}    `
    const fields = properties.map(([name, value]) => {
        const mark = schema.required?.includes(name) === true ? "" : "?"
        return `${deeper}${name}${mark}: ${written(inner(value), deeper)}\n`
    })
    return `{\n${fields.join("")}${schema.additionalProperties === false ? "" : `${deeper}…\n`}${indent}}`
}

/** Members of a schema are schemas; `true` and lists of them are not used here. */
function inner(schema: unknown): Schema {
    if (typeof schema !== "object" || schema === null) throw new Error("a schema that has no form here")
    return { ...schema }
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(jsonPath, jsonPage())
