// Many values as one text: JSON, an object of strings by name, or the lines of a `.env` file.

import { isUtf8 } from "node:buffer"
import { parseEnv } from "node:util"
import { visibleName } from "../../error.ts"
import { Failure } from "../failure.ts"

export type TextFormat = "json" | "dotenv"

/** The values in a text, by name. What is wrong with it is said without a word of it. */
export function valuesIn(text: Buffer, format: TextFormat): ReadonlyMap<string, Buffer> {
    const wrong = (why: string): Failure =>
        new Failure("refused", `nothing was changed: the input is not what --from ${format} takes: ${why}`)
    if (!isUtf8(text)) throw wrong("it is not text")
    const entries = Object.entries(
        format === "json" ? parsedJson(text, wrong) : parseEnv(text.toString("utf8")),
    )
    if (entries.length === 0) throw wrong("it holds no value")
    return new Map(
        entries.map(([name, value], index) => {
            if (typeof value !== "string") throw wrong(`value ${index + 1} is not a string`)
            return [name, Buffer.from(value)]
        }),
    )
}

/** These values as one text. Throws for what the format cannot hold. */
export function textWith(values: ReadonlyMap<string, Buffer>, format: TextFormat): string {
    const texts = [...values].map(([name, value]) => {
        if (isUtf8(value)) return [name, value.toString("utf8")] as const
        throw new Failure("refused", `the value of ${visibleName(name)} is not text`, {
            hint: "hostseal get SECRET --json has it in base64",
        })
    })
    if (format === "json") return `${JSON.stringify(Object.fromEntries(texts), undefined, 2)}\n`
    return texts.map(([name, value]) => `${name}=${quoted(name, value)}\n`).join("")
}

/** So that a shell, and every program that reads such a file, takes it for the same. */
function quoted(name: string, value: string): string {
    if (!/['\0\r]/u.test(value)) return `'${value}'`
    if (!/["\\$`\0\r]/u.test(value)) return `"${value}"`
    throw new Failure("refused", `no quotes of a .env file hold the value of ${visibleName(name)}`, {
        hint: "--as json holds it",
    })
}

function parsedJson(text: Buffer, wrong: (why: string) => Failure): Readonly<Record<string, unknown>> {
    let parsed: unknown
    try {
        parsed = JSON.parse(text.toString("utf8"))
    } catch {
        throw wrong("it is not JSON")
    }
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return { ...parsed }
    throw wrong("it is not an object of names and values")
}
