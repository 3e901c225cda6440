// The documents of a YAML stream as nodes, with comments where go-yaml v3.0.4 puts them.
import { maxDepth } from "../codec.ts"
import { Feed } from "./feed.ts"
import { type CommentLine, type Comments, noComments } from "./comment.ts"
import type { YamlDocument, YamlNode } from "./node.ts"
import type { Token, TokenKind } from "./token.ts"

/** What a stream holds. */
export interface YamlStream {
    readonly documents: readonly YamlDocument[]
    /** All comment lines, also those that go-yaml gives to no node. */
    readonly comments: readonly CommentLine[]
}

/** Reads a stream. Throws `SopsError` of problem "syntax" or "limit" with a line, and never the content. */
export function parseYaml(source: string): YamlStream {
    return new Parser(source).stream()
}

/** What stands in front of a node. */
interface Properties {
    readonly anchor: string
    readonly tag: string
    readonly outer: number
}

class Parser {
    private readonly feed: Feed

    constructor(source: string) {
        this.feed = new Feed(source)
    }

    stream(): YamlStream {
        this.feed.peek()
        this.feed.take()
        const documents: YamlDocument[] = []
        let token = this.feed.peek()
        while (token.kind !== "stream-end") {
            documents.push(this.document(documents.length === 0))
            while ((token = this.feed.peek()).kind === "document-end") this.feed.take()
        }
        return { documents, comments: this.feed.comments }
    }

    private document(first: boolean): YamlDocument {
        let token = this.feed.peek()
        let root: YamlNode
        if (first && token.kind !== "directive" && token.kind !== "document-start") {
            root = this.node(1, false)
        } else {
            if (token.kind === "directive") {
                this.feed.take()
                token = this.feed.peek()
            }
            if (token.kind !== "document-start")
                throw this.feed.problem(token, "a document has to start with ---")
            this.feed.take()
            token = this.feed.peek()
            root = documentBounds.has(token.kind) ? this.feed.empty(token.start) : this.node(1, false)
        }
        token = this.feed.peek()
        const end = token.start
        if (token.kind === "document-end") this.feed.take()
        const { head, foot } = this.feed.takeComments()
        return { root, foot: foot.length > 0 ? foot : head, end }
    }

    /** A node; `indentless` where a list need not be indented, which is below a key. */
    private node(depth: number, indentless: boolean): YamlNode {
        if (depth > maxDepth + 1)
            throw this.feed.problem(this.feed.peek(), `more than ${maxDepth} levels`, "limit")
        let token = this.feed.peek()
        if (token.kind === "alias") return this.alias(token)
        const properties = this.properties(token)
        token = this.feed.peek()
        const { kind } = token
        if (kind === "scalar") return this.scalar(token, properties)
        if (kind === "flow-seq-start") return this.flowSequence(depth, token, properties)
        if (kind === "flow-map-start") return this.flowMapping(depth, token, properties)
        if (kind === "block-map-start") return this.blockMapping(depth, token, properties)
        if (kind === "block-entry" && indentless)
            return this.blockSequence(depth, token, properties, noComments, indentlessEnd)
        if (kind === "block-seq-start") {
            const head = this.feed.takeStem()
            this.feed.take()
            return this.blockSequence(depth, token, properties, head, blockEnd)
        }
        if (properties.anchor === "" && properties.tag === "")
            throw this.feed.problem(token, "a value is missing, or something stands where none is expected")
        return this.feed.make({ kind: "scalar", start: token.start, ...properties })
    }

    private alias(token: Token): YamlNode {
        const target = this.feed.target(token)
        const { start, end, value } = token
        const node = this.feed.make({ kind: "alias", start, end, value, target })
        this.feed.decorate(node)
        this.feed.take()
        return node
    }

    private properties(first: Token): Properties {
        let anchor = ""
        let tag = ""
        let token = first
        while ((token.kind === "anchor" && anchor === "") || (token.kind === "tag" && tag === "")) {
            if (token.kind === "anchor") anchor = token.value
            else tag = token.value
            this.feed.take()
            token = this.feed.peek()
        }
        const start = anchor === "" && tag === "" ? token.start : first.start
        return { anchor, tag, outer: start }
    }

    private scalar(token: Token, properties: Properties): YamlNode {
        const { start, end, value, style } = token
        const node = this.feed.make({ kind: "scalar", start, end, value, style, ...properties })
        this.feed.decorate(node)
        this.feed.take()
        return node
    }

    private blockSequence(
        depth: number,
        { start }: Token,
        properties: Properties,
        head: Comments["head"],
        ends: ReadonlySet<TokenKind>,
    ): YamlNode {
        const node = this.feed.make({ kind: "seq", start, ...properties })
        node.head = head
        let token = this.feed.peek()
        while (token.kind === "block-entry") {
            node.marks.push(token.start)
            const { end } = token
            const before = this.feed.heads
            this.feed.take()
            token = this.feed.peek()
            if (token.kind === "block-seq-start" || token.kind === "block-map-start")
                this.feed.splitStem(before)
            node.items.push(emptyElement(token, ends) ? this.feed.empty(end) : this.node(depth + 1, false))
            token = this.feed.peek()
        }
        if (ends === blockEnd) {
            if (token.kind !== "block-end")
                throw this.feed.problem(token, "an element of a list is missing its dash")
            this.feed.take()
        }
        return closed(node)
    }

    private blockMapping(depth: number, { start }: Token, properties: Properties): YamlNode {
        const node = this.feed.make({ kind: "map", start, ...properties })
        node.head = this.feed.takeStem()
        this.feed.take()
        for (;;) {
            const token = this.feed.peek()
            if (token.kind === "block-end") break
            if (token.kind !== "key") throw this.feed.problem(token, "a key is missing, or wrongly indented")
            this.feed.take()
            const next = this.feed.peek().kind
            const key = this.entry(
                node,
                keyEnd.has(next) ? this.feed.empty(token.end) : this.node(depth + 1, true),
            )
            // A foot in front of a key belongs to the key before.
            const previous = node.items.at(-3)
            if (key.foot.length > 0 && previous !== undefined) {
                previous.foot = key.foot
                key.foot = noComments
            }
            this.mappingValue(node, key, depth)
        }
        const { line, foot } = this.feed.takeComments()
        this.feed.take()
        node.line = line
        const lastKey = node.items.at(-2)
        if (lastKey !== undefined && foot.length > 0) lastKey.foot = foot
        else node.foot = foot
        return closed(node)
    }

    private mappingValue(node: YamlNode, key: YamlNode, depth: number): void {
        const token = this.feed.peek()
        node.marks.push(token.kind === "value" ? token.end : key.end)
        let value: YamlNode
        if (token.kind === "value") {
            this.feed.take()
            value = keyEnd.has(this.feed.peek().kind)
                ? this.feed.empty(token.end)
                : this.node(depth + 1, true)
        } else value = this.feed.empty(key.end)
        this.entry(node, value)
        adoptFoot(key, value)
    }

    private flowSequence(depth: number, { start }: Token, properties: Properties): YamlNode {
        const node = this.openFlow("seq", start, properties)
        for (let token = this.feed.peek(); token.kind !== "flow-seq-end";) {
            if (node.items.length > 0) token = this.comma(token, "]")
            if (token.kind === "flow-seq-end") break
            node.items.push(
                token.kind === "key" ? this.singlePair(depth + 1, token) : this.node(depth + 1, false),
            )
            token = this.feed.peek()
        }
        return this.closeFlow(node)
    }

    /** `[a: b]` is a list of a mapping with one key. */
    private singlePair(depth: number, { start, end }: Token): YamlNode {
        if (depth > maxDepth + 1)
            throw this.feed.problem(this.feed.peek(), `more than ${maxDepth} levels`, "limit")
        const node = this.feed.make({ kind: "map", start, outer: start, flow: true })
        this.feed.take()
        const isEmpty = pairEnd.has(this.feed.peek().kind)
        // go-yaml drops the token here, so `[? , a]` is malformed to it.
        if (isEmpty) this.feed.take()
        const key = isEmpty ? this.feed.empty(end) : this.node(depth + 1, false)
        node.items.push(key)
        this.flowValue(node, key, depth, "flow-seq-end")
        return closed(node)
    }

    private flowMapping(depth: number, { start }: Token, properties: Properties): YamlNode {
        const node = this.openFlow("map", start, properties)
        for (let token = this.feed.peek(); token.kind !== "flow-map-end";) {
            if (node.items.length > 0) token = this.comma(token, "}")
            if (token.kind === "flow-map-end") break
            if (token.kind === "key") {
                this.feed.take()
                token = this.feed.peek()
                const isEmpty =
                    token.kind === "value" || token.kind === "flow-entry" || token.kind === "flow-map-end"
                const key = this.entry(
                    node,
                    isEmpty ? this.feed.empty(token.start) : this.node(depth + 1, false),
                )
                this.flowValue(node, key, depth, "flow-map-end")
            } else {
                const key = this.entry(node, this.node(depth + 1, false))
                node.marks.push(key.end)
                this.entry(node, this.feed.empty(key.end))
            }
            token = this.feed.peek()
        }
        return this.closeFlow(node)
    }

    private flowValue(node: YamlNode, key: YamlNode, depth: number, close: TokenKind): void {
        let token = this.feed.peek()
        node.marks.push(token.kind === "value" ? token.end : key.end)
        let value: YamlNode | undefined
        if (token.kind === "value") {
            this.feed.take()
            token = this.feed.peek()
            if (token.kind !== "flow-entry" && token.kind !== close) value = this.node(depth + 1, false)
        }
        adoptFoot(key, this.entry(node, value ?? this.feed.empty(node.marks.at(-1) ?? key.end)))
    }

    private openFlow(kind: "seq" | "map", start: number, properties: Properties): YamlNode {
        const node = this.feed.make({ kind, start, flow: true, ...properties })
        this.feed.decorate(node)
        this.feed.take()
        return node
    }

    private comma(token: Token, close: string): Token {
        if (token.kind !== "flow-entry") throw this.feed.problem(token, `a comma or ${close} is missing`)
        this.feed.take()
        return this.feed.peek()
    }

    private closeFlow(node: YamlNode): YamlNode {
        const { end } = this.feed.peek()
        const { line, foot } = this.feed.takeComments()
        node.line = line
        node.foot = foot
        this.feed.take()
        node.end = end
        return node
    }

    private entry(node: YamlNode, entry: YamlNode): YamlNode {
        node.items.push(entry)
        return entry
    }
}

const documentBounds: ReadonlySet<TokenKind> = new Set<TokenKind>([
    "directive",
    "document-start",
    "document-end",
    "stream-end",
])
const blockEnd: ReadonlySet<TokenKind> = new Set<TokenKind>(["block-end"])
const keyEnd: ReadonlySet<TokenKind> = new Set<TokenKind>(["key", "value", "block-end"])
const indentlessEnd = keyEnd
const pairEnd: ReadonlySet<TokenKind> = new Set<TokenKind>(["value", "flow-entry", "flow-seq-end"])

function emptyElement({ kind }: Token, ends: ReadonlySet<TokenKind>): boolean {
    return kind === "block-entry" || ends.has(kind)
}

/** A block collection ends where its last entry does. */
function closed(node: YamlNode): YamlNode {
    const last = node.items.at(-1)
    node.end = Math.max(last?.end ?? node.end, node.marks.at(-1) ?? node.end)
    return node
}

/** The foot of a value is the foot of its entry. */
function adoptFoot(key: YamlNode, value: YamlNode): void {
    if (key.foot.length > 0 || value.foot.length === 0) return
    key.foot = value.foot
    value.foot = noComments
}
