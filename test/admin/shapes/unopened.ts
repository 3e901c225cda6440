// Encrypted files as far as they can be read without a key: who they are for is right, and nothing opens what they hold.

import { randomBytes } from "node:crypto"
import { parseRecipient } from "../../../agent/age/recipient.ts"
import { ageTarget } from "../../../agent/sops/target.ts"
import type { ShapeFile } from "./keys.ts"

const encOf = (length: number): string => {
    const [data, iv, tag] = [length, 32, 16].map((size) => randomBytes(size).toString("base64"))
    return `ENC[AES256_GCM,data:${data},iv:${iv},tag:${tag},type:str]`
}

/** A message of one packet for a key and one of data, as far as anybody sees who has no keyring. */
const pgpMessage = ((): string => {
    const packet = (tag: number, body: Buffer) =>
        Buffer.concat([Buffer.from([0xc0 | tag, body.length]), body])
    const bytes = Buffer.concat([packet(1, randomBytes(94)), packet(18, randomBytes(60))])
    return `-----BEGIN PGP MESSAGE-----\n\n${bytes.toString("base64")}\n-----END PGP MESSAGE-----`
})()

async function ageEntry(recipient = "", groups: number): Promise<{ recipient: string; enc: string }> {
    const parsed = parseRecipient(recipient)
    if (parsed.kind === "unresolved plugin") throw new Error("not in this test")
    // A share of a data key has a coordinate more.
    const { enc } = await ageTarget(parsed).wrap(randomBytes(groups === 1 ? 32 : 33))
    return { recipient, enc }
}

/** The text of such a file, for these recipients. */
export async function unopened(
    { path, groups, options }: ShapeFile,
    keys: Readonly<Record<string, string>>,
): Promise<string> {
    const enc = encOf(6)
    const entries = await Promise.all(
        groups.map(async (group) => {
            const of = (names: readonly string[]) => group.filter((name) => names.includes(name))
            const age = group.filter((name) => !["pgp", "pgp2", "kms"].includes(name))
            const time = { created_at: "2026-01-01T00:00:00Z" }
            return {
                age: await Promise.all(age.map((name) => ageEntry(keys[name], groups.length))),
                pgp: of(["pgp", "pgp2"]).map((name) => ({ fp: keys[name], ...time, enc: pgpMessage })),
                kms: of(["kms"]).map((name) => ({ arn: keys[name], ...time, enc: "AQICAHg=" })),
            }
        }),
    )
    const [said = "", flag] = options.split(", ")
    const space = said.indexOf(" ")
    const metadata = {
        ...(entries.length === 1 ? entries[0] : { key_groups: entries, shamir_threshold: entries.length }),
        [said.slice(0, space)]: said.slice(space + 1),
        ...(flag === undefined ? {} : { mac_only_encrypted: true }),
        lastmodified: "2026-01-01T00:00:00Z",
        mac: encOf(128),
        version: "3.13.2",
    }
    const flat = flattened(metadata).map(([name, value]) => [name, value.replaceAll("\n", "\\n")] as const)
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
