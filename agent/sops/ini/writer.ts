// INI as go-ini prints it for sops (docs/sops-rules.md#ini).
import { SopsError } from "../error.ts"
import { flatText } from "../flat/flat.ts"
import { goTrim } from "./reader.ts"
import type { Branch, Comment, Item } from "../tree.ts"

/** A document: sections with an empty line between them. */
export function printIni(document: Branch): Buffer {
    const sections = document.items.filter((item) => item.kind === "item")
    const parts = sections.flatMap((section, index) =>
        printSection(section, index === 0, index === sections.length - 1),
    )
    return Buffer.concat(parts)
}

function printSection({ key: name, value }: Item, first: boolean, last: boolean): Buffer[] {
    if (value.kind !== "branch")
        throw new SopsError("unsupported", "an INI file has sections, and values only within them")
    const [head] = value.items
    const comment = head?.kind === "comment" ? head : undefined
    const parts: Buffer[] = []
    if (comment !== undefined && comment.text !== "")
        parts.push(Buffer.from(commentLines(comment.text, false)))
    const keys = keysOf(value, comment)
    const isDefault = first && name.toUpperCase() === "DEFAULT"
    if (isDefault && keys.size === 0) return parts
    if (!isDefault) parts.push(Buffer.from(`[${name}]\n`))
    const width = Math.max(0, ...[...keys.keys()].map((key) => Buffer.byteLength(quotedName(key))))
    for (const { item, comment: above } of keys.values()) {
        if (above !== "") parts.push(Buffer.from(commentLines(above, true)))
        const { text, encoding } = flatText(item.value)
        const start = `${padded(quotedName(item.key), width)} = `
        parts.push(Buffer.from(start), Buffer.from(quotedValue(text), encoding), Buffer.from("\n"))
    }
    if (!last) parts.push(Buffer.from("\n"))
    return parts
}

/** The keys, each once: the last value counts, in the first place. A comment belongs to the key before it. */
function keysOf(section: Branch, head: Comment | undefined): Map<string, { item: Item; comment: string }> {
    const keys = new Map<string, { item: Item; comment: string }>()
    let last: string | undefined
    for (const item of section.items) {
        if (item === head) continue
        const present = last === undefined ? undefined : keys.get(last)
        if (item.kind === "item") {
            keys.set(item.key, { item, comment: keys.get(item.key)?.comment ?? "" })
            last = item.key
        } else if (present !== undefined) present.comment = item.text
    }
    return keys
}

function commentLines(text: string, ofKey: boolean): string {
    const lines = text.split("\n").map((line) => {
        if (/^[#;]/.test(line)) return `${line.charAt(0)} ${goTrim(line.slice(1))}\n`
        return `; ${ofKey ? goTrim(line) : line}\n`
    })
    return lines.join("")
}

/** A name padded to the width of its column, which go-ini counts in bytes. */
export function padded(name: string, width: number): string {
    return name + " ".repeat(Math.max(0, width - Buffer.byteLength(name)))
}

export function quotedName(name: string): string {
    if (/["=:]/.test(name)) return `\`${name}\``
    return name.includes("`") ? `"""${name}"""` : name
}

/** A value in the quotes that it needs. */
export function quotedValue(value: string): string {
    if (/[\n`]/.test(value)) return `"""${value}"""`
    if (/[#;]/.test(value)) return `\`${value}\``
    return goTrim(value) === value ? value : `"${value}"`
}
