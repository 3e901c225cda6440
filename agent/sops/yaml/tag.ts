import type { Cursor } from "./cursor.ts"
import { isGap } from "./cursor.ts"

const form =
    /!(?:<([0-9A-Za-z_;/?:@&=+$,.!~*'()[\]-]+)>|([0-9A-Za-z_-]*!)?([0-9A-Za-z_;/?:@&=+$,.!~*'()[\]-]*))/y
const standard = "tag:yaml.org,2002:"

/**
 * Reads a tag: in its short form (`!!str`) when it is one of YAML's own, `!` when it says nothing. Escapes in tags and
 * handles that would need a %TAG directive are refused.
 */
export function readTag(cursor: Cursor): string {
    form.lastIndex = cursor.at
    const [text = "", uri, handle, suffix = ""] = form.exec(cursor.source) ?? []
    cursor.skip(text.length)
    if (!isGap(cursor.code())) throw cursor.problem("a tag is malformed or of an unsupported form")
    if (uri !== undefined) return uri.startsWith(standard) ? `!!${uri.slice(standard.length)}` : uri
    if (handle === "!" && suffix !== "") return `!!${suffix}`
    if (handle !== undefined) throw cursor.problem("the handle of a tag is not known, or nothing follows it")
    return `!${suffix}`
}
