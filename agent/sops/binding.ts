// What ties a sealed document to its place and to its readers: an authenticator under a key that only those know who can
// open it. It stands in the metadata, as the object `hostseal`; docs/binding.md has the format and what it proves.

import { createHash, createHmac, hkdfSync, timingSafeEqual } from "node:crypto"
import type { Document } from "./document.ts"
import type { KeyEntry } from "./key-entry.ts"
import type { Branch, Item, Value } from "./tree.ts"

/** The field of the metadata. */
export const bindingField = "hostseal"

/** A recipient, and what identifies the entry in which it finds the data key. */
export interface BoundReader {
    readonly id: string
    /** Base64 of the first 16 bytes of the SHA-256 of the entry's `enc`. */
    readonly print: string
}

/** Who can open a document: normally one group of which any reader will do. */
export interface Access {
    readonly threshold: number
    readonly groups: readonly (readonly BoundReader[])[]
}

/** A binding as a document has it. Nothing in it counts before `judge` has seen its tag. */
export interface Binding extends Access {
    /** The folder of the secret relative to the repository, `/` between its parts. */
    readonly place: string
    readonly tag: Buffer
}

/** What a binding says of the document that it stands in. */
export type Verdict =
    | { readonly kind: "bound" }
    /** It was sealed for another place. */
    | { readonly kind: "elsewhere"; readonly place: string }
    /** The document names readers that it was not bound with, or lacks some. */
    | { readonly kind: "readers"; readonly added: readonly string[]; readonly gone: readonly string[] }
    /** The readers are the same, what is in their entries is not. */
    | { readonly kind: "entries"; readonly ids: readonly string[] }
    | { readonly kind: "unbound"; readonly why: "none" | "other key" | "malformed" }

/** What the binding of a document proves, to somebody who has its data key, about the place where it lies. */
export function judge(document: Document, dataKey: Buffer, place: string): Verdict {
    const binding = readBinding(document.metadata.block)
    if (typeof binding === "string") return { kind: "unbound", why: binding }
    const tag = tagOf(dataKey, binding.place, binding)
    if (!timingSafeEqual(tag, binding.tag)) return { kind: "unbound", why: "other key" }
    return compared(binding, document, place)
}

/** The same for somebody without a key: what the binding claims, of which nothing is proved, least of all "bound". */
export function claimed(document: Document, place: string): Verdict {
    const binding = readBinding(document.metadata.block)
    if (typeof binding === "string") return { kind: "unbound", why: binding }
    return compared(binding, document, place)
}

/** The authenticator. It tells nothing about the data key. */
export function tagOf(dataKey: Buffer, place: string, access: Access): Buffer {
    return authenticated(dataKey, textOf(place, access))
}

/**
 * A name for a data key that tells nothing about it: two documents with the same one were sealed by somebody who could
 * open the other.
 */
export function dataKeyName(dataKey: Buffer): string {
    return authenticated(dataKey, "id").subarray(0, 16).toString("base64")
}

/** Who a document says can open it. */
export function accessOf({ metadata: { groups, threshold } }: Document): Access {
    return { threshold, groups: groups.map(readersOf) }
}

/** The readers of a list of entries. */
export function readersOf(entries: readonly KeyEntry[]): readonly BoundReader[] {
    return entries.map(({ id, enc }) => ({
        id: boundId(id),
        print: createHash("sha256").update(enc.trim()).digest().subarray(0, 16).toString("base64"),
    }))
}

/** A recipient as a binding names it. */
export function boundId(id: string): string {
    return id.startsWith("pgp:") ? `pgp:${id.slice("pgp:".length).replaceAll(" ", "").toUpperCase()}` : id
}

/** The binding in metadata; "none" when there is none, "malformed" for what no program of ours wrote. */
export function readBinding(block: Branch): Binding | "none" | "malformed" {
    const found = block.items.filter((item): item is Item => isItem(item) && item.key === bindingField)
    const [item] = found
    if (item === undefined) return "none"
    const fields = found.length === 1 ? fieldsOf(item.value) : undefined
    const access = fields && accessIn(fields)
    const [version, place, tag] = ["version", "place", "tag"].map((name) => textIn(fields?.get(name)))
    if (access === undefined || version !== "1" || place === undefined) return "malformed"
    if (tag === undefined || !/^[A-Za-z0-9+/]{43}=$/u.test(tag)) return "malformed"
    return { ...access, place, tag: Buffer.from(tag, "base64") }
}

function compared(binding: Binding, document: Document, place: string): Verdict {
    if (binding.place.normalize("NFC") !== place.normalize("NFC"))
        return { kind: "elsewhere", place: binding.place }
    const access = accessOf(document)
    const [before, now] = [named(binding), named(access)]
    const added = idsOf(now.keys().filter((name) => !before.has(name)))
    const gone = idsOf(before.keys().filter((name) => !now.has(name)))
    if (added.length > 0 || gone.length > 0) return { kind: "readers", added, gone }
    const ids = idsOf(now.keys().filter((name) => now.get(name) !== before.get(name)))
    if (ids.length > 0) return { kind: "entries", ids }
    if (binding.threshold !== access.threshold || binding.groups.length !== access.groups.length)
        return { kind: "entries", ids: idsOf(now.keys()) }
    return { kind: "bound" }
}

/** The prints by group and id; of an id that occurs twice in a group, all of them. */
function named({ groups }: Access): ReadonlyMap<string, string> {
    const names = new Map<string, string>()
    for (const [index, group] of groups.entries()) {
        for (const { id, print } of sorted(group)) {
            const name = `${index} ${id}`
            names.set(name, `${names.get(name) ?? ""} ${print}`)
        }
    }
    return names
}

function idsOf(names: Iterable<string>): readonly string[] {
    return [...new Set([...names].map((name) => name.slice(name.indexOf(" ") + 1)))].toSorted()
}

function sorted(readers: readonly BoundReader[]): readonly BoundReader[] {
    const order = ({ id, print }: BoundReader): Buffer => Buffer.from(`${id}\0${print}`)
    return readers.toSorted((a, b) => Buffer.compare(order(a), order(b)))
}

function authenticated(dataKey: Buffer, text: string): Buffer {
    const key = Buffer.from(hkdfSync("sha256", dataKey, "", "hostseal binding v1", 32))
    try {
        return createHmac("sha256", key).update(text).digest()
    } finally {
        key.fill(0)
    }
}

/** Netstrings: no two bindings have the same text. The realm is reserved, and empty. */
function textOf(place: string, { threshold, groups }: Access): string {
    const realm = ""
    const head = ["hostseal binding", "1", realm, place.normalize("NFC"), `${threshold}`, `${groups.length}`]
    const body = groups.map((group) =>
        sorted(group)
            .map(({ id, print }) => netstring(id) + netstring(print))
            .join(""),
    )
    return [...head, ...body].map(netstring).join("")
}

function netstring(text: string): string {
    return `${Buffer.byteLength(text)}:${text},`
}

/** `readers`, or where there are key groups `groups` and `threshold`. */
function accessIn(fields: Fields): Access | undefined {
    const threshold = textIn(fields.get("threshold"))
    const list = fields.get("groups")
    if (list === undefined && threshold === undefined) {
        const readers = readersIn(fields.get("readers"))
        return readers && fields.size === 4 ? { threshold: 1, groups: [readers] } : undefined
    }
    if (list?.kind !== "list" || threshold === undefined || !/^[1-9][0-9]{0,2}$/u.test(threshold))
        return undefined
    const groups = elementsOf(list).map((element) => readersIn(fieldsOf(element)?.get("readers")))
    const known = groups.filter((group) => group !== undefined)
    if (known.length !== groups.length || fields.size !== 5) return undefined
    return { threshold: Number(threshold), groups: known }
}

function readersIn(list: Value | undefined): readonly BoundReader[] | undefined {
    if (list?.kind !== "list") return undefined
    const readers: BoundReader[] = []
    for (const element of elementsOf(list)) {
        const [, print, id] = /^([A-Za-z0-9+/]{22}==) (.*)$/su.exec(textIn(element) ?? "") ?? []
        if (print === undefined || id === undefined) return undefined
        readers.push({ id, print })
    }
    return readers
}

type Fields = ReadonlyMap<string, Value>

/** The fields of a mapping, none of them twice. */
function fieldsOf(value: Value): Fields | undefined {
    if (value.kind !== "branch") return undefined
    const items = value.items.filter(isItem)
    const fields = new Map(items.map(({ key, value: field }) => [key, field]))
    return fields.size === items.length ? fields : undefined
}

function isItem(item: Branch["items"][number]): item is Item {
    return item.kind === "item"
}

function elementsOf(list: Extract<Value, { kind: "list" }>): readonly Value[] {
    return list.items.filter((item) => item.kind !== "comment")
}

function textIn(value: Value | undefined): string | undefined {
    return value?.kind === "leaf" && value.scalar.kind === "str" ? value.scalar.value.toString() : undefined
}
