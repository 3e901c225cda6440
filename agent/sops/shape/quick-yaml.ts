// Who a YAML file is encrypted to, for programs that look at hundreds: a glance, taken only at files that are laid out in
// every line as sops lays them out, and hold nothing but text. For any other there is `parseDocument`.

import { isAscii } from "node:buffer"
import { defaultRule, selectionOptions } from "../selection.ts"
import type { SelectionRule } from "../selection.ts"
import { rfc3339 } from "../value/time.ts"

/** What is seen at a glance: the same as `parseDocument` and `valueIvs` say of the file. */
export interface QuickYaml {
    readonly recipients: readonly string[]
    readonly rule: SelectionRule
    readonly macOnlyEncrypted: boolean
    /** The IV of the first value, if there is one. */
    readonly iv: string | undefined
}

const enc = String.raw`ENC\[AES256_GCM,data:[A-Za-z0-9+/]+={0,2},iv:([A-Za-z0-9+/]{43}=),tag:[A-Za-z0-9+/]{22}==,type:[a-z]+\]`
const value = new RegExp(String.raw`( *)(?:([A-Za-z_][\w.-]*):( ${enc})?|(- ${enc})|(#${enc}))\n`, "uy")
const armor = String.raw` {12}-----BEGIN AGE ENCRYPTED FILE-----\n(?: {12}[A-Za-z0-9+/=]+\n)+ {12}-----END AGE ENCRYPTED FILE-----\n`
const recipient = String.raw`recipient: (age1[0-9a-z]+)\n`
const entry = new RegExp(
    String.raw` {8}- (?:enc: \|\n${armor} {10}${recipient}|${recipient} {10}enc: \|\n${armor})`,
    "uy",
)
const field = new RegExp(
    [
        String.raw` {4}(?:(age):`,
        String.raw`(pgp|kms|gcp_kms|hckms|azure_kv|hc_vault): \[\]`,
        String.raw`(lastmodified): "([0-9TZ:-]+)"`,
        String.raw`(mac): ${enc}`,
        String.raw`(mac_only_encrypted): true`,
        String.raw`(version): \d+\.\d+\.\d+`,
        String.raw`(${selectionOptions.join("|")}): (_[\w-]*)`,
        String.raw`(hostseal):\n {8}place: [\w./-]+\n {8}readers:\n(?: {12}- [A-Za-z0-9+/=]+ age1[0-9a-z]+\n)+ {8}tag: [A-Za-z0-9+/]+=*\n {8}version: "1")\n`,
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
    return body && metadataOf(text, at + "\nsops:\n".length, body.iv)
}

/** Whether the lines of values are well formed, and the first IV among them. */
function bodyOf(body: string): { readonly iv: string | undefined } | undefined {
    const open = [{ indent: 0, list: false, keys: new Set(["sops"]) }]
    let iv: string | undefined
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
        isKey = leaf === undefined && element === undefined
        iv ??= inLeaf ?? inElement
    }
    return { iv }
}

function metadataOf(text: string, start: number, iv: string | undefined): QuickYaml | undefined {
    const seen = new Set<string>()
    const recipients: string[] = []
    let rule: SelectionRule | undefined
    field.lastIndex = start
    while (field.lastIndex < text.length) {
        const match = field.exec(text)
        if (match === null) return undefined
        const [, age, empty, modified, time = "", mac, _iv, only, version, option, pattern = "", bound] =
            match
        const name = age ?? empty ?? modified ?? mac ?? only ?? version ?? option ?? bound ?? ""
        if (seen.has(name)) return undefined
        seen.add(name)
        if (modified !== undefined && rfc3339(time) === undefined) return undefined
        const known = selectionOptions.find((each) => each === option)
        if (known !== undefined && rule !== undefined) return undefined
        if (known !== undefined) rule = { option: known, pattern }
        if (age === undefined) continue
        entry.lastIndex = field.lastIndex
        for (let end = entry.lastIndex; ; end = entry.lastIndex) {
            const found = entry.exec(text)
            if (found === null) {
                field.lastIndex = end
                break
            }
            recipients.push(found[1] ?? found[2] ?? "")
        }
    }
    if (recipients.length === 0 || !["lastmodified", "mac"].every((name) => seen.has(name))) return undefined
    return {
        recipients: [...new Set(recipients)],
        rule: rule ?? defaultRule,
        macOnlyEncrypted: seen.has("mac_only_encrypted"),
        iv,
    }
}
