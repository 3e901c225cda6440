// Filters: what stands in a template in place of a value, so that whoever reads the file gets the value back.

import { UserError } from "../../error.ts"
import { yamlScalar } from "./yaml.ts"
import type { YamlPlace } from "./yaml-place.ts"

/** `place`: where in a YAML text it is to stand. */
type Filter = (value: Buffer, place: () => YamlPlace) => Buffer

/** By the name that a placeholder gives after its colon. Each throws `UserError` for a value that it cannot write. */
const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
    ["json", (value) => Buffer.from(JSON.stringify(text(value)))],
    ["yaml", (value, place) => Buffer.from(yamlScalar(text(value), place()))],
    [
        "systemd",
        (value) => Buffer.from(`"${withoutNul(text(value)).replaceAll(/["\\`$]/gu, String.raw`\$&`)}"`),
    ],
    [
        "shell",
        (value) => Buffer.from(`'${withoutNul(latin1(value)).replaceAll("'", String.raw`'\''`)}'`, "latin1"),
    ],
    ["base64", (value) => Buffer.from(value.toString("base64"))],
    ["trimmed", (value) => Buffer.from(latin1(value).replaceAll(/^[\t-\r ]+|[\t-\r ]+$/gu, ""), "latin1")],
    ["line", oneLine],
])

/** The names of all filters. */
export const filterNames: readonly string[] = [...filters.keys()]

/** What stands for a value. Throws `UserError`, without content. */
export function filtered(
    value: Buffer,
    name: string,
    place: () => YamlPlace = () => ({ kind: "quoted" }),
): Buffer {
    const filter = filters.get(name)
    if (filter === undefined)
        throw new UserError(`it names the filter "${name}", which there is not`, {
            hint: `the filters are ${filterNames.join(", ")}`,
        })
    return filter(value, place)
}

function oneLine(value: Buffer): Buffer {
    const line = latin1(value).replace(/\r?\n$/u, "")
    if (/[\n\r]/u.test(line)) throw new UserError("a value of more than one line is wanted as one")
    return Buffer.from(line, "latin1")
}

function latin1(value: Buffer): string {
    return value.toString("latin1")
}

function text(value: Buffer): string {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value)
    } catch {
        throw new UserError("a value that is not UTF-8 is wanted as text", { hint: "use the filter base64" })
    }
}

function withoutNul(value: string): string {
    if (value.includes("\0"))
        throw new UserError("a value that holds a NUL is wanted as text", { hint: "use the filter base64" })
    return value
}
