import { Budget, mostPieces } from "../budget.ts"
import { SopsError } from "../error.ts"

/** What is no character of a YAML stream to go-yaml (control characters, DEL, non-characters). */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/

/** A line break: LF, CR, NEL, LS or PS. */
export function isBreak(code: number): boolean {
    return code === 10 || code === 13 || code === 0x85 || code === 0x2028 || code === 0x2029
}

export function isBlank(code: number): boolean {
    return code === 32 || code === 9
}

/** A space, a tab, a line break or the end of the text. */
export function isGap(code: number): boolean {
    return code === 0 || code === 32 || code === 9 || isBreak(code)
}

const restOfLine = /[^\r\n\x85\u2028\u2029]*/y
const spaces = / */y
const feeds = /\n*/y

/** A place in a YAML source that knows its line and column. */
export class Cursor {
    readonly source: string
    /** Offset in the source. */
    at = 0
    /** Lines passed so far. */
    line = 0
    /** Line breaks since the last character that is neither a blank nor a break. */
    newlines = 0
    /** Spent on each part that a scalar is put together from. */
    readonly pieces = new Budget(mostPieces, "escapes and folded lines")
    private lineStart = 0

    /** Throws `SopsError` for characters that YAML does not allow. */
    constructor(source: string) {
        this.source = source
        const bad = source.search(forbidden)
        if (bad >= 0) {
            this.moveTo(bad)
            throw this.problem("a control character is not allowed in YAML")
        }
        if (source.startsWith("\ufeff")) this.lineStart = this.at = 1
    }

    get column(): number {
        return this.at - this.lineStart
    }

    /** The code unit here or a few further on; 0 at the end of the text. */
    code(ahead = 0): number {
        return this.source.charCodeAt(this.at + ahead) || 0
    }

    /** Goes forward within a line, over something that is not only blanks. */
    skip(length: number): void {
        this.at += length
        this.newlines = 0
    }

    skipSpaces(): void {
        if (this.code() !== 32) return
        spaces.lastIndex = this.at
        spaces.test(this.source)
        this.at = spaces.lastIndex
    }

    /** The same with tabs. */
    skipBlanks(): void {
        while (isBlank(this.code())) this.at++
    }

    /** Goes to the end of the line and returns what was there. */
    skipLine(): string {
        const start = this.at
        restOfLine.lastIndex = start
        restOfLine.test(this.source)
        if (restOfLine.lastIndex > start) this.skip(restOfLine.lastIndex - start)
        return this.source.slice(start, this.at)
    }

    /** Goes over one line break and returns what it means in a scalar: LF, or LS or PS themselves. */
    skipBreak(): string {
        const code = this.code()
        this.at += code === 13 && this.code(1) === 10 ? 2 : 1
        this.lineStart = this.at
        this.line++
        this.newlines++
        return code === 0x2028 || code === 0x2029 ? String.fromCharCode(code) : "\n"
    }

    /** Goes over line feeds that follow each other, and returns them. */
    skipFeeds(): string {
        feeds.lastIndex = this.at
        feeds.test(this.source)
        const length = feeds.lastIndex - this.at
        if (length <= 0) return ""
        this.at = this.lineStart = feeds.lastIndex
        this.line += length
        this.newlines += length
        return "\n".repeat(length)
    }

    /** At the end of the text: no key that is still open on this line will get its colon. */
    endLine(): void {
        if (this.column === 0) return
        this.lineStart = this.at
        this.line++
    }

    /** Whether `---` or `...` stands here, at the start of a line. */
    get atDocumentMark(): boolean {
        const code = this.source.charCodeAt(this.at)
        if (this.at !== this.lineStart || (code !== 45 && code !== 46)) return false
        const three = this.source.slice(this.at, this.at + 3)
        return (three === "---" || three === "...") && isGap(this.code(3))
    }

    /** An error for this line, or another one. The message must not quote the source. */
    problem(message: string, line = this.line): SopsError {
        return new SopsError("syntax", message, { line: line + 1 })
    }

    private moveTo(offset: number): void {
        while (this.at < offset)
            if (isBreak(this.code())) this.skipBreak()
            else this.at++
    }
}
