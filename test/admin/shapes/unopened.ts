// Encrypted files as far as they can be read without a key: who they are for is right, and what they hold is made up.

import type { ShapeFile } from "./keys.ts"

const enc = "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]"
const mac = "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]"

/** The text of such a file, for these recipients. */
export function unopened(
    { path, groups, options }: ShapeFile,
    keys: Readonly<Record<string, string>>,
): string {
    const entries = groups.map((group) => {
        const of = (names: readonly string[]) => group.filter((name) => names.includes(name))
        const age = group.filter((name) => !["pgp", "pgp2", "kms"].includes(name))
        const time = { created_at: "2026-01-01T00:00:00Z", enc: "x" }
        return {
            age: age.map((name) => ({ recipient: keys[name], enc: "x" })),
            pgp: of(["pgp", "pgp2"]).map((name) => ({ fp: keys[name], ...time })),
            kms: of(["kms"]).map((name) => ({ arn: keys[name], ...time })),
        }
    })
    const [said = "", flag] = options.split(", ")
    const space = said.indexOf(" ")
    const metadata = {
        ...(entries.length === 1 ? entries[0] : { key_groups: entries, shamir_threshold: entries.length }),
        [said.slice(0, space)]: said.slice(space + 1),
        ...(flag === undefined ? {} : { mac_only_encrypted: true }),
        lastmodified: "2026-01-01T00:00:00Z",
        mac,
        version: "3.13.2",
    }
    const flat = flattened(metadata)
    if (path.endsWith(".env"))
        return `a=${enc}\n${flat.map(([name, value]) => `sops_${name}=${value}\n`).join("")}`
    if (path.endsWith(".ini"))
        return `[a]\na = ${enc}\n\n[sops]\n${flat.map(([name, value]) => `${name} = ${value}\n`).join("")}`
    return `{\n"${/\.(?:yaml|json)$/u.test(path) ? "a" : "data"}": "${enc}",\n"sops": ${JSON.stringify(metadata)}\n}\n`
}

function flattened(value: unknown, prefix = ""): readonly (readonly [name: string, value: string])[] {
    if (typeof value !== "object" || value === null) return [[prefix, String(value)]]
    const mark = Array.isArray(value) ? "list" : "map"
    return Object.entries(value).flatMap(([key, each]) =>
        flattened(each, prefix === "" ? key : `${prefix}__${mark}_${key}`),
    )
}
