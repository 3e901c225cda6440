// The five styles of YAML scalars, read as go-yaml reads them: the cursor goes behind the scalar, for plain and block
// scalars also over the blank lines and the indentation that follow.
import type { Cursor } from "./cursor.ts"
import { isBlank, isBreak, isGap } from "./cursor.ts"

/** The value of a scalar and where its last character stands (exclusive). */
export interface ScalarText {
    readonly value: string
    readonly end: number
}

/** The bulk of every encrypted document, in one go: nothing in it could end a word. */
const encrypted = /ENC\[[\w,:+/=]*\]/y
const plainWord = /[^ \t\r\n\x85\u2028\u2029:]*/y
const flowWord = /[^ \t\r\n\x85\u2028\u2029:,?[\]{}]*/y

/** An unquoted scalar; its further lines have to be indented by `indent` columns, except within brackets. */
export function readPlain(cursor: Cursor, indent: number, inFlow: boolean): ScalarText {
    let value = ""
    let end = cursor.at
    const gap = new Gap()
    while (!cursor.atDocumentMark && cursor.code() !== 35) {
        cursor.pieces.spend()
        const start = cursor.at
        skipWord(cursor, inFlow)
        if (cursor.at > start) {
            value += gap.take() + cursor.source.slice(start, cursor.at)
            end = cursor.at
        }
        if (!isBlank(cursor.code()) && !isBreak(cursor.code())) break
        gap.read(cursor, indent)
        if (!inFlow && cursor.column < indent) break
    }
    return { value, end }
}

function skipWord(cursor: Cursor, inFlow: boolean): void {
    const { source } = cursor
    const word = inFlow ? flowWord : plainWord
    let { at } = cursor
    encrypted.lastIndex = at
    if (!inFlow && cursor.code() === 69 && encrypted.test(source)) at = encrypted.lastIndex
    for (;;) {
        word.lastIndex = at
        word.test(source)
        at = word.lastIndex
        if (source.charCodeAt(at) !== 58 || isGap(source.charCodeAt(at + 1) || 0)) break
        at++
    }
    if (at > cursor.at) cursor.skip(at - cursor.at)
}

const doubleRun = /[^"\\ \t\r\n\x85\u2028\u2029]*/y
const singleRun = /[^' \t\r\n\x85\u2028\u2029]*/y

/** A scalar in single or double quotes; the cursor stands on the first one. */
export function readQuoted(cursor: Cursor): ScalarText {
    const quote = cursor.code()
    const single = quote === 39
    const run = single ? singleRun : doubleRun
    const opening = cursor.line
    cursor.skip(1)
    let value = ""
    const gap = new Gap()
    for (;;) {
        cursor.pieces.spend()
        if (cursor.atDocumentMark || cursor.code() === 0)
            throw cursor.problem(`a quoted scalar that starts in line ${opening + 1} does not end`)
        const start = cursor.at
        run.lastIndex = start
        run.test(cursor.source)
        if (run.lastIndex > start) {
            cursor.skip(run.lastIndex - start)
            value += cursor.source.slice(start, cursor.at)
        }
        const code = cursor.code()
        if (code === quote) {
            if (!single || cursor.code(1) !== quote) break
            cursor.skip(2)
            value += "'"
        } else if (code === 92 && !single) {
            if (isBreak(cursor.code(1))) {
                // The backslash takes the line break away, and the indentation of the next line with it.
                cursor.skip(1)
                cursor.skipBreak()
                gap.startLine()
                gap.read(cursor, 0)
                value += gap.take()
            } else value += readEscape(cursor)
        } else if (code !== 0) {
            gap.read(cursor, 0)
            value += gap.take()
        }
    }
    cursor.skip(1)
    return { value, end: cursor.at }
}

const escapes: ReadonlyMap<string, string> = new Map([
    ..."abefnrtv"
        .split("")
        .map((letter, index): [string, string] => [letter, "\x07\b\x1b\f\n\r\t\v".charAt(index)]),
    ...['"', "'", "\\", " ", "\t"].map((character): [string, string] => [
        character,
        character === "\t" ? "\t" : character,
    ]),
    ["0", "\0"],
    ["N", "\x85"],
    ["_", "\xa0"],
    ["L", "\u2028"],
    ["P", "\u2029"],
])

function readEscape(cursor: Cursor): string {
    const letter = cursor.source.charAt(cursor.at + 1)
    const plain = escapes.get(letter)
    if (plain !== undefined) {
        cursor.skip(2)
        return plain
    }
    const length = { x: 2, u: 4, U: 8 }[letter]
    const digits = cursor.source.slice(cursor.at + 2, cursor.at + 2 + (length ?? 0))
    const value = Number.parseInt(digits, 16)
    if (length === undefined || digits.length !== length || !/^[0-9a-fA-F]+$/.test(digits))
        throw cursor.problem("an escape in a quoted scalar is not known")
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        throw cursor.problem("an escape in a quoted scalar is no character")
    cursor.skip(2 + length)
    return String.fromCodePoint(value)
}

/** How a block scalar starts: `|` or `>`, and what follows it. */
export interface BlockHeader {
    readonly literal: boolean
    readonly chomping: "clip" | "strip" | "keep"
    /** Columns beyond those of the parent; 0 when they have to be found out. */
    readonly increment: number
}

const blockHeader = /([|>])(?:([-+])([0-9])?|([0-9])([-+])?)?[ \t]*/y

/** The first line of a block scalar up to its comment or its end. */
export function readBlockHeader(cursor: Cursor): BlockHeader {
    blockHeader.lastIndex = cursor.at
    const [text = "", indicator, before, digit, firstDigit, after] = blockHeader.exec(cursor.source) ?? []
    const increment = Number(digit ?? firstDigit ?? "0")
    if ((digit ?? firstDigit) === "0") throw cursor.problem("a block scalar cannot be indented by 0")
    cursor.skip(text.length)
    const sign = before ?? after
    const chomping = sign === "+" ? "keep" : sign === "-" ? "strip" : "clip"
    return { literal: indicator === "|", chomping, increment }
}

/** The lines of a block scalar below its header; `parent` is the column of the collection that it stands in. */
export function readBlockLines(cursor: Cursor, header: BlockHeader, parent: number): ScalarText {
    let end = cursor.at
    if (isBreak(cursor.code())) cursor.skipBreak()
    let indent = header.increment === 0 ? 0 : Math.max(parent, 0) + header.increment
    let value = ""
    let lastBreak = ""
    let previousBlank = false
    let breaks: string
    ;[breaks, indent] = readBreaks(cursor, indent, parent)
    while (cursor.column === indent && cursor.code() !== 0) {
        cursor.pieces.spend()
        const blank = isBlank(cursor.code())
        const folds = !header.literal && !previousBlank && !blank && lastBreak === "\n"
        if (!folds) value += lastBreak
        else if (breaks === "") value += " "
        value += breaks
        previousBlank = blank
        value += cursor.skipLine()
        end = cursor.at
        lastBreak = isBreak(cursor.code()) ? cursor.skipBreak() : ""
        ;[breaks, indent] = readBreaks(cursor, indent, parent)
    }
    if (header.chomping !== "strip") value += lastBreak
    if (header.chomping === "keep") value += breaks
    return { value, end }
}

/** The empty lines that come, and the indentation: the one given, or the deepest that was met. */
function readBreaks(cursor: Cursor, indent: number, parent: number): [breaks: string, indent: number] {
    let breaks = ""
    let deepest = 0
    for (;;) {
        const room = indent - cursor.column
        if (indent === 0) cursor.skipSpaces()
        else if (room > 0) for (let left = room; left > 0 && cursor.code() === 32; left--) cursor.at++
        deepest = Math.max(deepest, cursor.column)
        if ((indent === 0 || cursor.column < indent) && cursor.code() === 9)
            throw cursor.problem("a tab stands where a block scalar wants spaces")
        if (!isBreak(cursor.code())) break
        breaks += cursor.skipBreak() + cursor.skipFeeds()
    }
    return [breaks, indent === 0 ? Math.max(deepest, parent + 1, 1) : indent]
}

/** Blanks and line breaks between two words of a flow scalar, and what they fold into. */
class Gap {
    private blanks = ""
    private firstBreak = ""
    private furtherBreaks = ""
    private lines = false

    /** The next blanks start a line, and vanish. */
    startLine(): void {
        this.lines = true
    }

    read(cursor: Cursor, indent: number): void {
        for (;;) {
            const code = cursor.code()
            if (isBlank(code)) {
                if (this.lines && cursor.column < indent && code === 9)
                    throw cursor.problem("a tab stands where a scalar wants spaces")
                if (!this.lines) this.blanks += String.fromCharCode(code)
                cursor.at++
            } else if (isBreak(code)) {
                const text = cursor.skipBreak()
                if (this.lines) this.furtherBreaks += text
                else this.firstBreak = text
                this.furtherBreaks += cursor.skipFeeds()
                this.blanks = ""
                this.lines = true
            } else return
        }
    }

    take(): string {
        const folded =
            this.firstBreak === "\n" ? this.furtherBreaks || " " : this.firstBreak + this.furtherBreaks
        const text = this.lines ? folded : this.blanks
        this.blanks = this.firstBreak = this.furtherBreaks = ""
        this.lines = false
        return text
    }
}
