// YAML as sops 3.13.2 prints it (docs/sops-rules.md#printed-yaml): the tree becomes nodes with comments as in the YAML store of sops,
// and the nodes become text as in go-yaml v3.0.4 with an indentation of 4. Two defects of go-yaml are not copied,
// because they lose the value: the indentation digit of a block scalar that starts with a space or a line break is wrong
// within a list (`|4` for 2 columns), and a string of several lines that starts with a tab is printed as null.
import type { Branch } from "../tree.ts"
import { mapNode, type PrintNode } from "./print-node.ts"
import { doubleQuoted, type Styled } from "./style.ts"

/** The documents of a stream, joined with `---`. */
export function printYaml(documents: readonly Branch[]): string {
    const printer = new Printer()
    for (const [index, document] of documents.entries()) printer.document(mapNode(document), index === 0)
    return printer.text()
}

/** Columns of one level. */
const step = 4

/** The comments that come with a part of a node; "" is none. */
type Waiting = Partial<Record<"head" | "line" | "foot" | "tail", string>>

/** go-yaml's emitter. Comments wait in it until a place comes that prints their kind. */
class Printer {
    private readonly parts: string[] = []
    private column = 0
    private indent = -1
    /** The last character was white space, or none is wanted. */
    private atSpace = true
    /** Nothing but indentation and dashes stands on this line. */
    private atIndent = true
    /** A foot was printed at this indentation: an empty line separates it from what follows there. */
    private footIndent = -1
    private readonly waiting = { head: "", line: "", foot: "", tail: "", keyLine: "" }

    text(): string {
        return this.parts.join("")
    }

    document(root: PrintNode, first: boolean): void {
        if (!first) {
            this.startLine()
            this.indicator("---", true)
            this.startLine()
        }
        this.wait({ head: root.head })
        this.printHead()
        this.printLine()
        this.printFoot()
        this.content(root, false)
        this.footIndent = 0
        this.printFoot()
        this.footIndent = -1
        this.startLine()
    }

    /** What stands inside a collection; its start was announced by `wait` before. */
    private content(node: PrintNode, inList: boolean): void {
        if (node.items.length === 0) this.empty(node, inList)
        else if (node.kind === "map") this.mapping(node, inList)
        else this.list(node, inList)
    }

    private empty({ kind, line, foot }: PrintNode, inList: boolean): void {
        const [open, close] = kind === "map" ? ["{", "}"] : ["[", "]"]
        const { indent } = this
        this.indicator(open, true, true)
        this.indent = this.deeper(inList, true)
        this.wait({ line, foot })
        if (kind === "map") this.printHead()
        this.indent = indent
        if (kind === "seq" && this.column === 0) this.startLine()
        this.indicator(close)
        this.printLine()
        this.printFoot()
    }

    private list(node: PrintNode, inList: boolean): void {
        const { indent } = this
        this.indent = this.deeper(inList, false)
        for (const item of node.items) {
            this.announce(item)
            this.printHead()
            this.startLine()
            this.indicator("-", true, false, true)
            this.node(item, true)
        }
        this.wait({ line: node.line, foot: node.foot })
        this.indent = indent
    }

    private mapping(node: PrintNode, inList: boolean): void {
        const { indent } = this
        this.indent = this.deeper(inList, false)
        let tail = ""
        for (let index = 0; index + 1 < node.items.length; index += 2) {
            const key = node.items[index]
            const value = node.items[index + 1]
            if (key === undefined || value === undefined) break
            this.entry(key, value, tail)
            tail = key.foot
        }
        this.wait({ tail, line: node.line, foot: node.foot })
        this.printHead()
        this.indent = indent
    }

    private entry(key: PrintNode, value: PrintNode, tail: string): void {
        this.wait({ head: key.head, tail })
        this.printHead()
        this.startLine()
        const { waiting } = this
        if (waiting.line !== "") {
            waiting.keyLine = waiting.line
            waiting.line = ""
        }
        const { text, tag, hasBreaks } = key.styled
        const simple = !hasBreaks && Buffer.byteLength(text) + tag.length <= 128
        if (!simple) this.indicator("?", true, false, true)
        this.scalar(key.styled, false, simple)
        this.announce(value)
        if (!simple) this.startLine()
        this.indicator(":", !simple, false, !simple)
        this.printKeyLine(value)
        this.node(value, false)
    }

    /** A comment that waits for the end of a line comes behind the colon if a block follows, else behind the value. */
    private printKeyLine({ kind }: PrintNode): void {
        const { waiting } = this
        if (waiting.keyLine === "") return
        if (kind === "scalar") {
            if (waiting.line !== "") return
            waiting.line = waiting.keyLine
            waiting.keyLine = ""
            return
        }
        const { line } = waiting
        waiting.line = waiting.keyLine
        this.printLine()
        waiting.keyLine = ""
        waiting.line = line
    }

    /** A value or element whose place on the line is prepared. */
    private node(node: PrintNode, inList: boolean): void {
        if (node.kind === "scalar") this.scalar(node.styled, inList, false)
        this.printLine()
        this.printFoot()
        if (node.kind !== "scalar") this.content(node, inList)
    }

    private scalar({ text, style, tag }: Styled, inList: boolean, simpleKey: boolean): void {
        const { indent } = this
        const parent = Math.max(indent, 0)
        this.indent = this.deeper(inList, true)
        if (tag !== "") this.word(tag)
        if (style === "literal" && !simpleKey) this.literal(text, this.indent - parent)
        else if (style === "single") this.single(text)
        else if (style === "plain") this.word(text)
        else this.word(doubleQuoted(text))
        this.indent = indent
    }

    private word(text: string): void {
        if (text === "") return
        if (!this.atSpace) this.put(" ")
        this.put(text)
        this.atSpace = false
        this.atIndent = false
    }

    private single(text: string): void {
        const quoted = text.replaceAll("'", "''")
        const [first = "", ...rest] = quoted.split(/([\u2028\u2029]+)/)
        this.indicator(`'${first}`, true)
        for (const [index, part] of rest.entries()) {
            if (index % 2 === 0) this.put(part, true)
            else if (part !== "") {
                this.startLine()
                this.put(part)
                this.atIndent = false
            }
        }
        this.indicator("'")
    }

    private literal(text: string, columns: number): void {
        // A tab in front wants the digit to be read at all.
        const digit = /^[ \t\n\u2028\u2029]/.test(text) ? String(columns) : ""
        const chomping = !/[\n\u2028\u2029]$/.test(text)
            ? "-"
            : /^.?$|[\n\u2028\u2029].$/s.test(text)
              ? "+"
              : ""
        this.indicator(`|${digit}${chomping}`, true)
        if (this.waiting.line === "") this.break()
        else this.printLine()
        this.atSpace = true
        let fresh = true
        for (const part of text.split(/([\n\u2028\u2029])/)) {
            if (part === "\n") this.break()
            else if (part === "\u2028" || part === "\u2029") this.put(part, true)
            else if (part !== "") {
                if (fresh) this.startLine()
                this.put(part)
                this.atIndent = false
            }
            fresh = part === "" || /^[\n\u2028\u2029]$/.test(part)
        }
    }

    private announce(node: PrintNode): void {
        const { kind, head, line, foot } = node
        // The end of a collection brings its other comments.
        this.wait(kind === "scalar" ? { head, line, foot } : { head })
    }

    private wait(comments: Waiting): void {
        const { waiting } = this
        waiting.head = comments.head || waiting.head
        waiting.line = comments.line || waiting.line
        waiting.foot = comments.foot || waiting.foot
        waiting.tail = comments.tail || waiting.tail
    }

    private printHead(): void {
        const { tail, head } = this.waiting
        this.waiting.tail = this.waiting.head = ""
        if (tail !== "") {
            this.startLine()
            this.comment(tail)
            this.footIndent = Math.max(this.indent, 0)
        }
        if (head === "") return
        this.startLine()
        this.comment(head)
    }

    private printLine(): void {
        const { line } = this.waiting
        if (line === "") return
        if (!this.atSpace) this.put(" ")
        this.comment(line)
        this.waiting.line = ""
    }

    private printFoot(): void {
        const { foot } = this.waiting
        if (foot === "") return
        this.startLine()
        this.comment(foot)
        this.waiting.foot = ""
        this.footIndent = Math.max(this.indent, 0)
    }

    private comment(text: string): void {
        let ends = false
        let afterBreak = false
        for (const part of text.split(/([\r\n\x85\u2028\u2029])/)) {
            if (part === "") continue
            ends = /^[\r\n\x85\u2028\u2029]$/.test(part)
            if (part === "\n") this.break()
            else if (ends) this.put(part, true)
            else {
                if (afterBreak) this.startLine()
                this.put(part.startsWith("#") ? part : `# ${part}`)
                this.atIndent = false
            }
            afterBreak = ends
        }
        if (!ends) this.break()
        this.atSpace = true
    }

    private deeper(inList: boolean, flow: boolean): number {
        if (this.indent < 0) return flow ? step : 0
        // Within a list, the dash is the indentation.
        return inList ? this.indent + 2 : step * Math.floor((this.indent + step) / step)
    }

    private startLine(): void {
        const indent = Math.max(this.indent, 0)
        if (!this.atIndent || this.column > indent || (this.column === indent && !this.atSpace)) this.break()
        if (this.footIndent === indent) this.break()
        if (this.column < indent) this.put(" ".repeat(indent - this.column))
        this.atSpace = true
        this.footIndent = -1
    }

    private indicator(text: string, wantsSpace = false, isSpace = false, isIndent = false): void {
        if (wantsSpace && !this.atSpace) this.put(" ")
        this.put(text)
        this.atSpace = isSpace
        this.atIndent = this.atIndent && isIndent
    }

    private break(): void {
        this.put("\n", true)
    }

    private put(text: string, ends = false): void {
        this.parts.push(text)
        this.column = ends ? 0 : this.column + text.length
        if (ends) this.atIndent = true
    }
}
