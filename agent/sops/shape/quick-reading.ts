// Who a document is encrypted to, for programs that look at thousands: `parseDocument` keeps every byte and its place,
// which takes ten times as long as the reading itself. A glance is taken only where it cannot be fooled.

import { isAscii } from "node:buffer"
import { canonicalRecipient } from "../../age/canonical.ts"
import type { KeyEntry } from "../key-entry.ts"

/** The names under which JSON could hold recipients. A second one, or an escaped one, needs the careful reader. */
const onceOnly = [`"sops"`, `"age"`, `"pgp"`]

/** What is seen at a glance. */
export interface QuickReading {
    /** As `recipientsOf` gives them. */
    readonly recipients: readonly string[]
    readonly entries: readonly Pick<KeyEntry, "type" | "id" | "enc">[]
    readonly mac: string
    readonly lastmodified: string
    /** The text of a binary document that holds nothing but its value, with nothing unusual in its metadata. */
    readonly data: string | undefined
    /** The field `hostseal` of its metadata, which says nothing of its values. */
    readonly binding: unknown
}

/**
 * The recipients of a JSON or binary document, as `recipientsOf` gives them. `undefined` where only `parseDocument`
 * can say: other shapes, other kinds of keys, key groups, repeated or escaped names, and everything malformed.
 */
export function quickRecipients(bytes: Buffer): readonly string[] | undefined {
    return readQuickly(bytes)?.recipients
}

/** The same, and what an examination of it needs. */
export function readQuickly(bytes: Buffer): QuickReading | undefined {
    const text = bytes.toString("latin1")
    const document = parsed(text)
    if (!isRecord(document) || !isRecord(document["sops"])) return undefined
    const isPrinted = isSame(JSON.stringify(document, undefined, "\t"), text)
    if (!isPrinted && hasTwins(text)) return undefined
    const { sops } = document
    const { age, pgp, mac, lastmodified } = sops
    if (typeof mac !== "string" || typeof lastmodified !== "string") return undefined
    let isUsual = isPrinted || without(JSON.stringify(document)) === without(text)
    for (const name of Object.keys(sops)) {
        if (read.has(name)) continue
        if (isKeys(name)) {
            if (sops[name] !== null && !isEmpty(sops[name])) return undefined
            if (name !== name.toLowerCase()) isUsual = false
        } else if (!changesNothing(name, sops[name])) isUsual = false
    }
    const entries = [...entriesIn(age, "age"), ...entriesIn(pgp, "pgp")]
    const named = entries.filter((entry) => entry !== undefined)
    if (entries.length === 0 || named.length !== entries.length) return undefined
    const recipients = [...new Set(named.map(({ id }) => id))]
    const data = isUsual && isAscii(bytes) ? dataOf(document) : undefined
    return { recipients, entries: named, mac, lastmodified, data, binding: sops["hostseal"] }
}

const read = new Set(["age", "pgp", "mac", "lastmodified", "hostseal"])

/** A text that JSON prints as it was has no name twice, no escapes that are not needed, and no other numbers. */
function isSame(printed: string, text: string): boolean {
    return (
        text.length <= printed.length + 1 &&
        text.startsWith(printed) &&
        /^\n?$/.test(text.slice(printed.length))
    )
}

function hasTwins(text: string): boolean {
    return text.includes("\\u") || onceOnly.some((name) => text.indexOf(name) !== text.lastIndexOf(name))
}

function dataOf(document: Readonly<Record<string, unknown>>): string | undefined {
    const { data } = document
    return typeof data === "string" && Object.keys(document).length === 2 ? data : undefined
}

/** Whether a field of the metadata says nothing of which values are encrypted. */
function changesNothing(name: string, value: unknown): boolean {
    if (name === "version") return typeof value === "string"
    return name === "unencrypted_suffix" && value === "_unencrypted"
}

function without(text: string): string {
    return text.replaceAll(/\s+/g, "")
}

function entriesIn(
    list: unknown,
    type: "age" | "pgp",
): readonly (QuickReading["entries"][number] | undefined)[] {
    if (list === undefined || list === null) return []
    if (!Array.isArray(list)) return [undefined]
    return list.map((entry: unknown) => {
        if (!isRecord(entry)) return undefined
        const id = entry[type === "age" ? "recipient" : "fp"]
        const enc = typeof entry["enc"] === "string" ? entry["enc"] : ""
        if (typeof id !== "string" || id === "") return undefined
        return { type, id: type === "pgp" ? `pgp:${id}` : canonicalRecipient(id), enc }
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
