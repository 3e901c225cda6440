// Who a YAML file is encrypted to, for programs that look at hundreds: a glance, taken only at files that are laid out in
// every line as sops lays them out, and hold nothing but text. For any other there is `parseDocument`.

import { isAscii } from "node:buffer"
import { isUsual } from "../../age/usual-file.ts"
import { defaultRule, selectionOptions } from "../selection.ts"
import type { SelectionRule } from "../selection.ts"
import { rfc3339 } from "../value/time.ts"
import { quickClaim } from "./quick-claim.ts"
import type { Claim } from "./quick-claim.ts"

/** What is seen at a glance: the same as `parseDocument` and `valueIvs` say of the file. */
export interface QuickYaml {
    readonly recipients: readonly string[]
    readonly rule: SelectionRule
    readonly macOnlyEncrypted: boolean
    /** The IV of the first value, if there is one. */
    readonly iv: string | undefined
    /** A closer look, as `examine` has it, at a file without a flaw and as it was bound; undefined for others. */
    readonly look: () => { readonly claim: Claim | undefined } | undefined
}

const data =
    "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)"
const iv = "([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)"
const enc = String.raw`ENC\[AES256_GCM,data:${data},iv:${iv},tag:[A-Za-z0-9+/]{21}[AQgw]==,type:`
const aValue = String.raw`${enc}(?:str|int|float|bool)\]`
const value = new RegExp(
    String.raw`( *)(?:([A-Za-z_][\w.-]*):( ${aValue})?|(- ${aValue})|(#${enc}comment\]))\n`,
    "uy",
)
const armor = String.raw`( {12}-----BEGIN AGE ENCRYPTED FILE-----\n(?: {12}[A-Za-z0-9+/=]+\n)+ {12}-----END AGE ENCRYPTED FILE-----\n)`
const recipient = String.raw`recipient: (age1[0-9a-z]+)\n`
const entry = new RegExp(
    String.raw` {8}- (?:enc: \|\n${armor} {10}${recipient}|${recipient} {10}enc: \|\n${armor})`,
    "uy",
)
const binding = String.raw`\n {8}place: (?<place>[\w./-]+)\n {8}readers:\n(?<readers>(?: {12}- [A-Za-z0-9+/=]+ age1[0-9a-z]+\n)+) {8}tag: (?<tag>[A-Za-z0-9+/]+=*)\n {8}version: "1"`
const field = new RegExp(
    [
        String.raw` {4}(?:(?<age>age):`,
        String.raw`(?<empty>pgp|kms|gcp_kms|hckms|azure_kv|hc_vault): \[\]`,
        String.raw`(?<modified>lastmodified): "(?<time>[0-9TZ:-]+)"`,
        String.raw`(?<mac>mac): ${enc}str\]`,
        String.raw`(?<only>mac_only_encrypted): true`,
        String.raw`(?<version>version): \d+\.\d+\.\d+`,
        String.raw`(?<option>${selectionOptions.join("|")}): (?<pattern>_[\w-]*)`,
        String.raw`(?<bound>hostseal):${binding})\n`,
    ].join("|"),
    "uy",
)

/** Looks at a file; undefined where only `parseDocument` can say. */
export function quickYaml(bytes: Buffer): QuickYaml | undefined {
    if (!isAscii(bytes)) return undefined
    const text = bytes.toString("latin1")
    const at = text.indexOf("\nsops:\n")
    if (at < 0) return undefined
    const body = bodyOf(text.slice(0, at + 1))
    const seen = body && metadataOf(text, at + "\nsops:\n".length, body)
    // By another rule some of it is in the clear, or should be.
    const { option, pattern } = seen?.rule ?? defaultRule
    const isAll =
        option === "unencrypted_suffix" && body?.keys.every((key) => !key.endsWith(pattern)) === true
    return isAll ? seen : undefined
}

interface Body {
    readonly iv: string | undefined
    readonly keys: readonly string[]
}

/** The first IV among the lines of values, if all are well formed. */
function bodyOf(body: string): Body | undefined {
    const open = [{ indent: 0, list: false, keys: new Set(["sops"]) }]
    const all: string[] = []
    let first: string | undefined
    let isKey = false
    value.lastIndex = 0
    while (value.lastIndex < body.length) {
        const match = value.exec(body)
        if (match === null) return undefined
        const [, space = "", key = "", leaf, inLeaf, element, inElement, comment] = match
        if (comment !== undefined) continue
        const indent = space.length
        while ((open.at(-1)?.indent ?? 0) > indent) open.pop()
        const list = element !== undefined
        const last = open.at(-1)
        if (last === undefined || (last.indent < indent && !isKey)) return undefined
        if (last.indent < indent) open.push({ indent, list, keys: new Set([key]) })
        else if (last.list !== list || (!list && last.keys.has(key))) return undefined
        else last.keys.add(key)
        all.push(key)
        isKey = leaf === undefined && element === undefined
        first ??= inLeaf ?? inElement
    }
    return { iv: first, keys: all }
}

function metadataOf(text: string, start: number, body: Body): QuickYaml | undefined {
    const seen = new Set<string>()
    const entries: { readonly id: string; readonly enc: string }[] = []
    let bound: object | undefined
    let rule: SelectionRule | undefined
    field.lastIndex = start
    while (field.lastIndex < text.length) {
        const found = field.exec(text)?.groups
        if (found === undefined) return undefined
        const { age, empty, modified, time = "", mac, only, version, option, pattern = "" } = found
        const name = age ?? empty ?? modified ?? mac ?? only ?? version ?? option ?? found["bound"] ?? ""
        if (seen.has(name)) return undefined
        seen.add(name)
        if (modified !== undefined && rfc3339(time) === undefined) return undefined
        const known = selectionOptions.find((each) => each === option)
        if (known !== undefined && rule !== undefined) return undefined
        if (known !== undefined) rule = { option: known, pattern }
        const { place, readers = "", tag } = found
        if (place !== undefined) bound = { place, readers: listed(readers), tag, version: "1" }
        if (age !== undefined) field.lastIndex = entriesAt(text, field.lastIndex, entries)
    }
    if (entries.length === 0 || !["lastmodified", "mac"].every((name) => seen.has(name))) return undefined
    return {
        recipients: [...new Set(entries.map(({ id }) => id))],
        rule: rule ?? defaultRule,
        macOnlyEncrypted: seen.has("mac_only_encrypted"),
        iv: body.iv,
        look() {
            const claim = quickClaim(bound, entries)
            const isSound = entries.every((each) => isUsual(each.enc, each.id))
            const isBound = claim === undefined || (claim !== "unusual" && claim.kind === "bound")
            return isBound && isSound ? { claim } : undefined
        },
    }
}

/** Adds the entries that begin there; where they end. */
function entriesAt(
    text: string,
    start: number,
    entries: { readonly id: string; readonly enc: string }[],
): number {
    entry.lastIndex = start
    for (let end = start; ; end = entry.lastIndex) {
        const found = entry.exec(text)
        if (found === null) return end
        const [, before, id, other, after] = found
        entries.push({ id: id ?? other ?? "", enc: (before ?? after ?? "").replaceAll(/^ +/gmu, "") })
    }
}

/** The elements of a list, one a line. */
function listed(lines: string): readonly string[] {
    return lines.split("\n").flatMap((line) => (line === "" ? [] : [line.slice(line.indexOf("- ") + 2)]))
}
