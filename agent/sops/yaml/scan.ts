// Tokens of a YAML stream, as libyaml and go-yaml v3.0.4 (which sops uses) cut it: what they accept we accept, and the
// comments end up where they put them. The npm package `yaml` attaches comments by other rules, which breaks their
// sealing (docs/decisions/yaml-reader.md).
import { Cursor, isBlank, isBreak, isGap } from "./cursor.ts"
import { CommentQueue, type Pending } from "./comment.ts"
import { readBlockHeader, readBlockLines, readPlain, readQuoted } from "./scalar.ts"
import { TokenQueue } from "./queue.ts"
import { readTag } from "./tag.ts"
import type { Token, TokenKind } from "./token.ts"

/** A place where a mapping key without `?` may have started. */
interface SimpleKey {
    readonly token: number
    readonly at: number
    readonly line: number
    readonly column: number
    /** The block mapping goes on here, so a key must follow. */
    readonly required: boolean
}

/** A key ends on its line and is no longer than this. */
const longestKey = 1024

/** Cuts a source into tokens, one at a time. Throws `SopsError` with a line. */
export class Scanner {
    private readonly cursor: Cursor
    readonly comments = new CommentQueue()
    private readonly tokens = new TokenQueue()
    private ready = false
    private indent = -1
    private readonly indents: number[] = []
    /** The possible key of each level of brackets, the block level first. */
    private readonly keys: (SimpleKey | undefined)[] = [undefined]
    private keyAllowed = true

    constructor(source: string) {
        this.cursor = new Cursor(source)
        this.add("stream-start", 0)
    }

    /** The next token. The comments that belong to it or to what came before are added to `pending`. */
    peek(pending: Pending): Token {
        // go-yaml looks two tokens ahead, so that feet are known before the token that they belong to is used.
        if (!this.ready) while (this.tokens.length <= 2 || this.isKeyOpen()) this.fetch()
        this.ready = true
        const { first } = this.tokens
        if (first === undefined) throw this.cursor.problem("the YAML stream ends too early")
        this.comments.unfold(first, pending)
        return first
    }

    /** Takes the token that was peeked. */
    take(): void {
        this.ready = false
        this.tokens.take()
    }

    private isKeyOpen(): boolean {
        for (const key of this.keys) if (key?.token === this.tokens.taken) return this.isValid(key)
        return false
    }

    private fetch(): void {
        const { cursor } = this
        const from = cursor.at
        this.toNextToken()
        this.closeBlocks(cursor.column, from)
        const code = cursor.code()
        if (code === 0) return this.endStream()
        if (cursor.column === 0 && code === 37) return this.directive()
        if (cursor.atDocumentMark) return this.documentMark(code)
        // What follows a colon, or a comma between brackets, belongs to what stands before it.
        const follows = this.keys.length === 1 ? code === 58 : code === 44
        const target = (follows ? this.tokens.last?.start : undefined) ?? cursor.at
        this.fetchToken(code)
        // A comment behind a dash is the head of what follows.
        if (this.tokens.last?.kind !== "block-entry") this.comments.readRest(cursor, target)
    }

    private toNextToken(): void {
        const { cursor } = this
        const { at: from, line: fromLine } = cursor
        const { last, secondLast } = this.tokens
        for (;;) {
            if (this.inFlow || !this.keyAllowed) cursor.skipBlanks()
            else cursor.skipSpaces()
            let code = cursor.code()
            if (last?.kind === "block-entry" && secondLast?.kind === "block-seq-start")
                if (!isBreak(code)) this.comments.turnRestIntoHead(cursor)
            if (code === 35 && last !== undefined) {
                const before = last.kind === "flow-entry" ? secondLast : last
                const { indent, inFlow } = this
                this.comments.readBetween(cursor, { from, fromLine, token: before ?? last, indent, inFlow })
                code = cursor.code()
            }
            if (!isBreak(code)) return
            cursor.skipBreak()
            if (!this.inFlow) this.keyAllowed = true
        }
    }

    private get inFlow(): boolean {
        return this.keys.length > 1
    }

    private fetchToken(code: number): void {
        const { cursor } = this
        const next = cursor.code(1)
        switch (code) {
            case 91: // [
                return this.openFlow("flow-seq-start")
            case 123: // {
                return this.openFlow("flow-map-start")
            case 93: // ]
                return this.closeFlow("flow-seq-end")
            case 125: // }
                return this.closeFlow("flow-map-end")
            case 44: // ,
                return this.indicator("flow-entry", true)
            case 45: // -
                if (isGap(next)) return this.blockEntry()
                break
            case 63: // ?
                if (this.inFlow || isGap(next)) return this.explicitKey()
                break
            case 58: // :
                if (this.inFlow || isGap(next)) return this.value()
                break
            case 42: // *
                return this.anchor("alias")
            case 38: // &
                return this.anchor("anchor")
            case 33: // !
                return this.tag()
            case 124: // |
            case 62: // >
                if (!this.inFlow) return this.blockScalar()
                break
            case 39: // '
            case 34: // "
                return this.quoted()
            default:
                break
        }
        if (startsNoScalar.has(code) || isBlank(code))
            throw cursor.problem("a character stands where no YAML token starts with it")
        this.plain()
    }

    private endStream(): void {
        this.cursor.endLine()
        this.closeBlocks(-1, this.cursor.at)
        this.dropKey()
        this.keyAllowed = false
        this.add("stream-end", this.cursor.at)
    }

    private directive(): void {
        const { cursor } = this
        this.closeBlocks(-1, cursor.at)
        this.dropKey()
        this.keyAllowed = false
        const start = cursor.at
        const line = cursor.skipLine()
        if (!/^%YAML[ \t]+1\.1[ \t]*$/.test(line))
            throw cursor.problem("a directive other than %YAML 1.1 is not supported")
        if (isBreak(cursor.code())) cursor.skipBreak()
        this.add("directive", start)
    }

    private documentMark(code: number): void {
        const { cursor } = this
        this.closeBlocks(-1, cursor.at)
        this.dropKey()
        this.keyAllowed = false
        const start = cursor.at
        cursor.skip(3)
        this.add(code === 45 ? "document-start" : "document-end", start)
    }

    private openFlow(kind: TokenKind): void {
        this.saveKey()
        this.keys.push(undefined)
        this.indicatorToken(kind, true)
    }

    private closeFlow(kind: TokenKind): void {
        this.dropKey()
        if (this.inFlow) this.keys.pop()
        this.indicatorToken(kind, false)
    }

    private indicator(kind: TokenKind, keyAllowed: boolean): void {
        this.dropKey()
        this.indicatorToken(kind, keyAllowed)
    }

    private indicatorToken(kind: TokenKind, keyAllowed: boolean): void {
        this.keyAllowed = keyAllowed
        const start = this.cursor.at
        this.cursor.skip(1)
        this.add(kind, start)
    }

    private blockEntry(): void {
        if (!this.inFlow) {
            if (!this.keyAllowed) throw this.cursor.problem("a list cannot start here")
            this.openBlock("block-seq-start", this.cursor.column, this.cursor.at)
        }
        this.indicator("block-entry", true)
    }

    private explicitKey(): void {
        if (!this.inFlow) {
            if (!this.keyAllowed) throw this.cursor.problem("a mapping key cannot stand here")
            this.openBlock("block-map-start", this.cursor.column, this.cursor.at)
        }
        this.indicator("key", !this.inFlow)
    }

    private value(): void {
        const key = this.keys.at(-1)
        if (key !== undefined && this.isValid(key)) {
            // It was a key: say so in front of it, and that a mapping starts there, if this is its first key.
            this.tokens.insert(key.token, "key", key.at)
            this.openBlock("block-map-start", key.column, key.at, key.token)
            this.keys[this.keys.length - 1] = undefined
            this.indicatorToken("value", false)
            return
        }
        if (!this.inFlow) {
            if (!this.keyAllowed) throw this.cursor.problem("a mapping value cannot stand here")
            this.openBlock("block-map-start", this.cursor.column, this.cursor.at)
        }
        this.indicatorToken("value", !this.inFlow)
    }

    private anchor(kind: "alias" | "anchor"): void {
        this.saveKey()
        this.keyAllowed = false
        const { cursor } = this
        const start = cursor.at
        anchorName.lastIndex = start + 1
        const name = anchorName.exec(cursor.source)?.[0] ?? ""
        cursor.skip(1 + name.length)
        if (name === "" || !(isGap(cursor.code()) || anchorEnd.has(cursor.code())))
            throw cursor.problem("the name of an anchor or alias is malformed")
        this.add(kind, start, name)
    }

    private tag(): void {
        this.saveKey()
        this.keyAllowed = false
        const start = this.cursor.at
        const tag = readTag(this.cursor)
        this.add("tag", start, tag)
    }

    private blockScalar(): void {
        const { cursor } = this
        this.dropKey()
        this.keyAllowed = true
        const start = cursor.at
        const header = readBlockHeader(cursor)
        const headerEnd = cursor.at
        if (cursor.code() === 35) this.comments.readRest(cursor, start)
        if (!isBreak(cursor.code()) && cursor.code() !== 0)
            throw cursor.problem("something stands behind the indicator of a block scalar")
        const headerLine = cursor.line
        const { value, end } = readBlockLines(cursor, header, this.indent)
        const last = cursor.line === headerLine ? headerEnd : end
        this.tokens.add("scalar", start, last, value, header.literal ? "literal" : "folded")
    }

    private quoted(): void {
        this.saveKey()
        this.keyAllowed = false
        const start = this.cursor.at
        const style = this.cursor.code() === 39 ? "single" : "double"
        const { value, end } = readQuoted(this.cursor)
        this.tokens.add("scalar", start, end, value, style)
    }

    private plain(): void {
        this.saveKey()
        this.keyAllowed = false
        const { at: start, line } = this.cursor
        const { value, end } = readPlain(this.cursor, this.indent + 1, this.inFlow)
        if (this.cursor.line > line) this.keyAllowed = true
        this.tokens.add("scalar", start, end, value)
    }

    private add(kind: TokenKind, start: number, value = ""): void {
        this.tokens.add(kind, start, this.cursor.at, value)
    }

    /** Starts a block collection at a column deeper than the open one. */
    private openBlock(kind: TokenKind, column: number, at: number, number = this.tokens.next): void {
        if (this.inFlow || this.indent >= column) return
        this.indents.push(this.indent)
        this.indent = column
        this.tokens.insert(number, kind, at)
    }

    /** Ends the block collections that are deeper than `column`. */
    private closeBlocks(column: number, from: number): void {
        if (this.inFlow) return
        let end = from - 1
        while (this.indent > column) {
            end = this.comments.endOfBlock(end, this.indent)
            this.tokens.add("block-end", end, end)
            this.indent = this.indents.pop() ?? -1
        }
    }

    private saveKey(): void {
        if (!this.keyAllowed) return
        this.dropKey()
        const { at, line, column } = this.cursor
        const required = !this.inFlow && this.indent === column
        this.keys[this.keys.length - 1] = { token: this.tokens.next, at, line, column, required }
    }

    private dropKey(): void {
        const key = this.keys.at(-1)
        if (key?.required === true) throw this.cursor.problem("a colon is missing behind a key", key.line)
        this.keys[this.keys.length - 1] = undefined
    }

    /** Whether a colon here still makes it a key. One that had to become a key and cannot any more is an error. */
    private isValid(key: SimpleKey): boolean {
        if (key.line === this.cursor.line && key.at + longestKey >= this.cursor.at) return true
        if (key.required) throw this.cursor.problem("a colon is missing behind a key", key.line)
        this.keys[this.keys.indexOf(key)] = undefined
        return false
    }
}

const anchorName = /[0-9A-Za-z_-]*/y
const anchorEnd = codes("?:,]}%@`")

/** Apart from `-`, `?` and `:`, which may start one when something follows them. */
const startsNoScalar = codes(",[]{}#&*!|>'\"%@`")

function codes(characters: string): ReadonlySet<number> {
    return new Set(Array.from(characters, (character) => character.charCodeAt(0)))
}
