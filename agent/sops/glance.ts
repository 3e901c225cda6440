// Who a document is encrypted to, for programs that look at thousands: `parseDocument` keeps every byte and its place,
// which takes ten times as long as the reading itself. A glance is taken only where it cannot be fooled.

import { canonicalRecipient } from "./key-entry.ts"

/** The names under which JSON could hold recipients. A second one, or an escaped one, needs the careful reader. */
const onceOnly = [`"sops"`, `"age"`, `"pgp"`]

/**
 * The recipients of a JSON or binary document, as `recipientsOf` gives them. `undefined` where only `parseDocument`
 * can say: other shapes, other kinds of keys, key groups, repeated or escaped names, and everything malformed.
 */
export function glance(bytes: Buffer): readonly string[] | undefined {
    const text = bytes.toString("latin1")
    if (text.includes("\\u") || onceOnly.some((name) => text.indexOf(name) !== text.lastIndexOf(name)))
        return undefined
    const document = parsed(text)
    if (!isRecord(document) || !isRecord(document["sops"])) return undefined
    const { age, pgp, mac, lastmodified, ...rest } = document["sops"]
    if (typeof mac !== "string" || typeof lastmodified !== "string") return undefined
    const others = Object.entries(rest).some(
        ([name, value]) => isKeys(name) && value !== null && !isEmpty(value),
    )
    const recipients = others ? undefined : [...entries(age, "recipient"), ...entries(pgp, "fp")]
    if (recipients === undefined || recipients.length === 0) return undefined
    const named = recipients.filter((recipient) => recipient !== undefined)
    return named.length === recipients.length ? [...new Set(named)] : undefined
}

function entries(list: unknown, field: "recipient" | "fp"): readonly (string | undefined)[] {
    if (list === undefined || list === null) return []
    if (!Array.isArray(list)) return [undefined]
    return list.map((entry: unknown) => {
        const value = isRecord(entry) ? entry[field] : undefined
        if (typeof value !== "string" || value === "") return undefined
        return field === "fp" ? `pgp:${value}` : canonicalRecipient(value)
    })
}

function isKeys(name: string): boolean {
    return /^(?:age|pgp|kms|gcp_kms|hckms|azure_kv|hc_vault|key_groups)$/iu.test(name)
}

function isEmpty(value: unknown): boolean {
    return Array.isArray(value) && value.length === 0
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value)
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text)
    } catch {
        return undefined
    }
}
