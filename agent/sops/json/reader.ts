// JSON as sops reads it (docs/sops-rules.md#json): entries in order, keys that repeat are all kept, integers of 64 bits stay
// whole, every node has its place in the source. Never JSON.parse for a document: it sorts "10" first and loses
// repeated keys, and with them the MAC.
import { nodeBudget } from "../budget.ts"
import { maxDepth } from "../codec.ts"
import { lineAt, SopsError } from "../error.ts"
import { numberOf } from "../value/scalar.ts"
import type { Branch, Item, List, Scalar, Value } from "../tree.ts"

// oxlint-disable-next-line no-control-regex -- JSON allows none in a string
const needsParsing = /[\\\u0000-\u001f]/
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const space = /[ \t\r\n]*/y

/**
 * Reads one JSON object that is the whole text. Throws `SopsError` with a line, and never the content. Unlike sops
 * it refuses text behind the object: half of a file that was joined with another must not pass for the whole.
 */
export function readJson(source: string): Branch {
    const reader = new Reader(source)
    reader.skipSpace()
    if (reader.peek() !== "{") throw reader.problem("a JSON document of sops is an object")
    const branch = reader.object(1)
    reader.skipSpace()
    if (reader.peek() !== "") throw reader.problem("something follows the JSON object")
    return branch
}

class Reader {
    private readonly source: string
    private readonly nodes = nodeBudget()
    private at = 0

    constructor(source: string) {
        this.source = source
    }

    problem(message: string): SopsError {
        return new SopsError("syntax", message, { line: lineAt(this.source, this.at) })
    }

    peek(): string {
        return this.source.charAt(this.at)
    }

    skipSpace(): void {
        space.lastIndex = this.at
        space.test(this.source)
        this.at = space.lastIndex
    }

    object(depth: number): Branch {
        const start = this.at
        const items: Item[] = []
        this.elements("}", depth, () => {
            const keyStart = this.at
            const key = this.string()
            this.skipSpace()
            if (this.peek() !== ":") throw this.problem("a colon is missing after a key")
            this.at++
            this.skipSpace()
            const value = this.value(depth)
            items.push({ kind: "item", key, value, at: { start: keyStart, end: this.at } })
        })
        return { kind: "branch", items, at: { start, end: this.at } }
    }

    private list(depth: number): List {
        const start = this.at
        const items: Value[] = []
        this.elements("]", depth, () => {
            items.push(this.value(depth))
        })
        return { kind: "list", items, at: { start, end: this.at } }
    }

    /** What object and list share: brackets and commas. */
    private elements(close: string, depth: number, element: () => void): void {
        if (depth > maxDepth)
            throw new SopsError("limit", `more than ${maxDepth} levels`, {
                line: lineAt(this.source, this.at),
            })
        this.at++
        this.skipSpace()
        if (this.peek() !== close) {
            for (;;) {
                element()
                this.skipSpace()
                if (this.peek() !== ",") break
                this.at++
                this.skipSpace()
            }
        }
        if (this.peek() !== close) throw this.problem(`a comma or ${close} is missing`)
        this.at++
    }

    private value(depth: number): Value {
        this.nodes.spend()
        const first = this.peek()
        if (first === "{") return this.object(depth + 1)
        if (first === "[") return this.list(depth + 1)
        const start = this.at
        const scalar = first === '"' ? { kind: "str" as const, value: this.string() } : this.literal()
        return { kind: "leaf", scalar, at: { start, end: this.at } }
    }

    /** Found with indexOf, not with one pattern for all of it: that would need a stack as deep as the text is long. */
    private string(): string {
        if (this.peek() !== '"') throw this.problem("a string is missing")
        let end = this.source.indexOf('"', this.at + 1)
        while (end >= 0 && this.isEscaped(end)) end = this.source.indexOf('"', end + 1)
        if (end < 0) throw this.problem("a string does not end")
        const text = this.source.slice(this.at, end + 1)
        const value = unquote(text)
        if (value === undefined) throw this.problem("a string is malformed")
        this.at = end + 1
        return value
    }

    private isEscaped(quote: number): boolean {
        let start = quote
        while (this.source.charAt(start - 1) === "\\") start--
        return (quote - start) % 2 === 1
    }

    private literal(): Scalar {
        const constant = constants.find(([word]) => this.source.startsWith(word, this.at))
        if (constant) {
            this.at += constant[0].length
            return constant[1]
        }
        const text = this.match(number)
        const scalar = text === undefined ? undefined : numberOf(text)
        if (scalar === undefined) throw this.problem("a value is missing or malformed")
        return scalar
    }

    private match(pattern: RegExp): string | undefined {
        pattern.lastIndex = this.at
        const text = pattern.exec(this.source)?.[0]
        if (text !== undefined) this.at += text.length
        return text
    }
}

function unquote(text: string): string | undefined {
    // A string without escapes, which nearly all are, is its own text.
    if (!needsParsing.test(text)) return text.slice(1, -1)
    try {
        const value: unknown = JSON.parse(text)
        // Half a surrogate pair becomes U+FFFD, as in Go.
        return typeof value === "string" ? value.toWellFormed() : undefined
    } catch {
        // Its message quotes the text.
        return undefined
    }
}

const constants: readonly (readonly [string, Scalar])[] = [
    ["true", { kind: "bool", value: true }],
    ["false", { kind: "bool", value: false }],
    ["null", { kind: "null" }],
]
