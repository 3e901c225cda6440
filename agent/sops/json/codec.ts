import type { Codec, Parsed } from "../codec.ts"
import { SopsError } from "../error.ts"
import { readJson } from "./reader.ts"
import { spliceJson } from "./splice.ts"
import { writeJson } from "./writer.ts"
import type { Branch } from "../tree.ts"

/** The JSON store of sops: one object, with the metadata under its key `sops`. */
export const json: Codec = {
    parse,
    emit: (documents) => Buffer.from(documents.map(writeJson).join("")),
    splice: spliceJson,
}

/**
 * The binary store: JSON with the whole secret as the string `data` (docs/sops-rules.md#binary). Its plaintext is no document,
 * so it is sealed by `sealBinary`, never parsed.
 */
export const binary: Codec = { parse, emit: dataOf, splice: spliceJson }

function dataOf(documents: readonly Branch[]): Buffer {
    const found = documents.flatMap((document) => document.items.filter(isData))
    const [item] = found
    const value = item?.kind === "item" ? item.value : undefined
    if (found.length !== 1 || value?.kind !== "leaf" || value.scalar.kind !== "str")
        throw new SopsError("value", 'a binary document has one string under the key "data"')
    const text = value.scalar.value
    return typeof text === "string" ? Buffer.from(text) : text
}

function isData(item: Branch["items"][number]): boolean {
    return item.kind === "item" && item.key === "data"
}

function parse(source: string, layout: "encrypted" | "plain"): Parsed {
    const document = readJson(source)
    const found = document.items.filter((item) => item.kind === "item" && item.key === "sops")
    if (layout === "plain") {
        if (found.length > 0)
            throw new SopsError(
                "unsupported",
                'the key "sops" is reserved, or the document is encrypted already',
            )
        return { documents: [document], metadata: [undefined] }
    }
    const [item] = found
    if (item?.kind !== "item") throw new SopsError("not encrypted", "the document has no sops metadata")
    if (found.length > 1) throw new SopsError("metadata", 'the key "sops" occurs twice')
    if (item.value.kind !== "branch") throw new SopsError("metadata", 'the key "sops" is not a mapping')
    const items = document.items.filter((other) => other !== item)
    return { documents: [{ ...document, items }], metadata: [item.value] }
}
