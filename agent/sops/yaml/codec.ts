import type { Codec } from "../codec.ts"
import { lineAt, SopsError } from "../error.ts"
import type { Branch, Item } from "../tree.ts"
import { withoutComments } from "./edited.ts"
import { parseYaml } from "./parse.ts"
import { printYaml } from "./print.ts"
import { spliceYaml } from "./splice.ts"
import type { YamlParsed } from "./tree.ts"
import { TreeBuilder } from "./tree.ts"

/** The YAML store of sops: one or more mappings, each with the metadata under its key `sops`. */
export const yaml: Codec = {
    parse,
    emit: (documents) => Buffer.from(printYaml(documents)),
    splice: (source, parsed, edits) => spliceYaml(source, parsed, edits, (text) => parse(text, "either")),
}

/** To read what was just written, "either" will do. */
type Layout = "encrypted" | "plain" | "either"

function parse(source: string, layout: Layout): YamlParsed {
    const builder = new TreeBuilder(source)
    const stream = parseYaml(source)
    const trees = stream.documents.map((document) => builder.document(document))
    if (trees.length === 0) throw new SopsError("syntax", "there is no YAML document")
    const { expansions, placed } = builder
    const documents: Branch[] = []
    const metadata: (Branch | undefined)[] = []
    for (const { branch } of trees) {
        const found = branch.items.find((item) => item.kind === "item" && item.key === "sops")
        if (found?.kind === "item") {
            documents.push({ ...branch, items: branch.items.filter((item) => item !== found) })
            metadata.push(metadataOf(source, found, layout))
        } else {
            documents.push(branch)
            metadata.push(undefined)
        }
    }
    if (layout === "encrypted" && metadata[0] === undefined)
        throw new SopsError("not encrypted", "the document has no sops metadata")
    const lost = layout === "plain" ? stream.comments.filter(({ start }) => !placed.has(start)) : []
    return { documents, metadata, trees, expansions, lost }
}

function metadataOf(source: string, { value, at }: Item, layout: Layout): Branch {
    const line = (): { line: number } => ({ line: lineAt(source, at?.start ?? 0) })
    if (layout === "plain")
        throw new SopsError(
            "unsupported",
            'the key "sops" is reserved, or the document is encrypted already',
            line(),
        )
    if (value.kind !== "branch") throw new SopsError("metadata", 'the key "sops" is not a mapping', line())
    return withoutComments(value)
}
