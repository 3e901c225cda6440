// YAML nodes as the tree of sops: comments become entries of their own (docs/sops-rules.md#comments), aliases are written out,
// scalars get their types. What splicing needs to know about the places of things is kept beside the tree's own fields.
import { maxDepth, maxSize } from "../codec.ts"
import type { Parsed } from "../codec.ts"
import { lineAt, SopsError } from "../error.ts"
import type { Branch, Comment, Item, Leaf, List, Scalar, Span, Value } from "../tree.ts"
import type { CommentLine } from "./comment.ts"
import type { YamlDocument, YamlNode } from "./node.ts"
import { resolvePlain, resolveTagged } from "./resolve.ts"

/** An entry that knows where its value may start, behind the colon, and whether it stands within brackets. */
export interface YamlItem extends Item {
    readonly colon: number
    readonly flow: boolean
}

/** A list that knows where the dash of each element stands; there are none within brackets. */
export interface YamlList extends List {
    readonly dashes: readonly number[]
}

/** Whether a list has dashes, and at least one. */
export function isBlock(list: List): list is YamlList {
    return "dashes" in list && Array.isArray(list.dashes) && list.dashes.length > 0
}

/** A leaf that knows where its tag or anchor starts, if it has one, and whether it stands within brackets. */
export interface YamlLeaf extends Leaf {
    readonly outer: number
    readonly flow: boolean
}

/** The tree of a document and what splicing has to know besides. */
export interface YamlTree {
    readonly branch: Branch
    readonly root: YamlNode
    readonly end: number
}

/** What an alias stands for, written out. All nodes of `value` have the span of the alias. */
export interface Expansion {
    readonly value: Value
    readonly target: Span
    readonly flow: boolean
}

/** A YAML stream with what `splice` has to know besides the tree. */
export interface YamlParsed extends Parsed {
    readonly trees: readonly YamlTree[]
    readonly expansions: ReadonlyMap<Span, Expansion>
    /** Comments that have no place in the tree of a plaintext document: they must not survive its encryption. */
    readonly lost: readonly CommentLine[]
}

/** Nodes that aliases may stand for, in one stream. */
const maxExpanded = 100_000

/** Makes trees of the documents of one source. */
export class TreeBuilder {
    readonly expansions = new Map<Span, Expansion>()
    /** The comments that have a place in the tree, by their offset. go-yaml loses some. */
    readonly placed = new Set<number>()
    private readonly source: string
    /** The alias that is being written out, outermost one. */
    private alias: Span | undefined
    private readonly open = new Set<YamlNode>()
    private expanded = 0
    private expandedText = 0
    private depth = 0
    private flow = false

    constructor(source: string) {
        this.source = source
    }

    document({ root, foot, end }: YamlDocument): YamlTree {
        const branch = this.root(root)
        const items = [...branch.items, ...this.comments(foot, false)]
        return { branch: { ...branch, items }, root, end }
    }

    private root(root: YamlNode): Branch {
        this.flow = root.flow
        if (root.kind === "map") return this.branch(root, true)
        // `---` and nothing, or null: an empty document.
        if (root.kind === "scalar" && this.scalar(root).kind === "null")
            return { kind: "branch", items: this.comments([...root.head, ...root.line], false) }
        throw this.problem("unsupported", root, "a YAML document of sops is a mapping")
    }

    private branch(node: YamlNode, withComments: boolean): Branch {
        const items: (Item | Comment)[] = []
        const add = (lines: readonly CommentLine[], inline: boolean): void => {
            if (lines.length > 0) items.push(...this.comments(lines, inline))
        }
        if (withComments) add(node.head, false)
        if (withComments) add(node.line, false)
        const keys = new Set<string>()
        for (let index = 0; index + 1 < node.items.length; index += 2) {
            const key = node.items[index]
            const value = node.items[index + 1]
            if (key === undefined || value === undefined) break
            add(key.head, false)
            add(key.line, false)
            const isScalar = value.kind === "scalar" || value.kind === "alias"
            if (isScalar) add(value.head, false)
            if (isScalar) add(value.line, true)
            items.push(this.item(key, value, node.marks[index / 2] ?? key.end, isScalar, keys))
            if (isScalar) add(value.foot, false)
            add(key.foot, false)
        }
        if (withComments) add(node.foot, false)
        return { kind: "branch", items, at: this.span(node) }
    }

    private item(
        key: YamlNode,
        value: YamlNode,
        colon: number,
        isScalar: boolean,
        keys: Set<string>,
    ): YamlItem {
        const name = this.key(key)
        if (keys.has(name)) throw this.problem("syntax", key, "a key occurs twice in one mapping")
        keys.add(name)
        const at = this.alias ?? { start: key.outer, end: Math.max(value.end, colon) }
        const { flow } = this
        return { kind: "item", key: name, value: this.value(value, isScalar), colon, flow, at }
    }

    private key(node: YamlNode): string {
        const scalar = node.kind === "alias" && node.target?.kind === "scalar" ? node.target : node
        // Not a merge: sops leaves it as a key like any other.
        const resolved = scalar.kind === "scalar" ? this.scalar(scalar) : undefined
        if (resolved?.kind === "str" && typeof resolved.value === "string") return resolved.value
        throw this.problem("unsupported", node, "sops wants mapping keys to be strings")
    }

    private value(node: YamlNode, commentsHandled: boolean): Value {
        if (node.kind === "alias") return this.expand(node)
        if (this.alias !== undefined) this.count(node)
        if (node.kind === "scalar") {
            const leaf: YamlLeaf = {
                kind: "leaf",
                scalar: this.scalar(node),
                at: this.span(node),
                outer: node.outer,
                flow: this.flow,
            }
            return leaf
        }
        const { flow } = this
        this.depth++
        if (this.depth >= maxDepth) throw this.problem("limit", node, `more than ${maxDepth} levels`)
        this.flow = node.flow || flow
        const value =
            node.kind === "map" ? this.branch(node, !commentsHandled) : this.list(node, !commentsHandled)
        this.flow = flow
        this.depth--
        return value
    }

    private list(node: YamlNode, withComments: boolean): YamlList {
        const items: (Value | Comment)[] = []
        const add = (lines: readonly CommentLine[], inline: boolean): void => {
            if (lines.length > 0) items.push(...this.comments(lines, inline))
        }
        if (withComments) add(node.head, false)
        if (withComments) add(node.line, false)
        for (const item of node.items) {
            add(item.head, false)
            add(item.line, true)
            items.push(this.value(item, true))
            add(item.foot, false)
        }
        if (withComments) add(node.foot, false)
        return { kind: "list", items, dashes: node.marks, at: this.span(node) }
    }

    private expand(node: YamlNode): Value {
        const { target } = node
        if (target === undefined) throw this.problem("syntax", node, "an alias refers to nothing")
        if (this.open.has(target))
            throw this.problem("syntax", node, "the value of an anchor contains itself")
        const outermost = this.alias === undefined
        if (outermost) this.alias = { start: node.start, end: node.end }
        this.open.add(target)
        const value = this.value(target, false)
        this.open.delete(target)
        if (outermost && this.alias !== undefined) {
            const { start, end } = target
            this.expansions.set(this.alias, { value, target: { start, end }, flow: this.flow })
            this.alias = undefined
        }
        return value
    }

    private count(node: YamlNode): void {
        this.expanded++
        if (this.expanded > maxExpanded)
            throw this.problem("limit", node, `aliases stand for more than ${maxExpanded} nodes`)
        // Few nodes can be much text, which is decrypted and hashed as often as it is referred to.
        this.expandedText += node.value.length
        if (this.expandedText > maxSize)
            throw this.problem("limit", node, "aliases stand for more text than a document may have")
    }

    private scalar(node: YamlNode): Scalar {
        const { tag, value, style } = node
        const tagged = tag !== "" && tag !== "!"
        const quoted: Scalar = { kind: "str", value }
        const scalar = tagged ? resolveTagged(tag, value) : style === "plain" ? resolvePlain(value) : quoted
        if (scalar === undefined) throw this.problem("syntax", node, "a value is not what its tag says")
        if (scalar.kind === "int" && scalar.value >= 2n ** 63n)
            throw this.problem("unsupported", node, "an integer is larger than 64 bits with a sign can hold")
        return scalar
    }

    private comments(lines: readonly CommentLine[], inline: boolean): Comment[] {
        return lines.map((line) => {
            this.placed.add(line.start)
            const text = this.source.slice(line.start, line.end)
            return { kind: "comment", text, inline, at: this.alias ?? line }
        })
    }

    private span({ start, end }: YamlNode): Span {
        return this.alias ?? { start, end }
    }

    private problem(problem: "syntax" | "limit" | "unsupported", node: YamlNode, message: string): SopsError {
        return new SopsError(problem, message, { line: lineAt(this.source, this.alias?.start ?? node.start) })
    }
}
