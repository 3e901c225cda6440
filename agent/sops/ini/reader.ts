// INI as sops reads it, which is go-ini with sections that may repeat (docs/sops-rules.md#ini): what is trimmed, quoted,
// continued and taken for a comment, with the place of each piece.
import { nodeBudget } from "../budget.ts"
import { SopsError } from "../error.ts"
import type { Comment, Leaf, Span } from "../tree.ts"

/** Key of a section. Several comment lines above it and one behind its value are one comment. */
export interface IniKey {
    readonly name: string
    leaf: Leaf
    comment: IniComment | undefined
    /** From the name to the end of the last line, with its break. */
    line: Span
    /** The lines of the same key further up, whose values do not count. */
    readonly earlier: Span[]
}

/** A comment of one or more pieces; `at` is in the first one. */
export interface IniComment extends Comment {
    readonly pieces: readonly [CommentPiece, ...CommentPiece[]]
    /** Where the line starts, if the comment stands behind a section header. No `]` may come there. */
    readonly header: number | undefined
}

/** A comment from its marker on; `line` is the whole line, with its break, when nothing else stands there. */
export interface CommentPiece extends Span {
    readonly line: Span | undefined
}

export interface IniSection {
    readonly name: string
    comment: IniComment | undefined
    readonly keys: IniKey[]
    readonly at: Span
}

export interface IniFile {
    /** The first one is `DEFAULT`, for what stands above all headers. */
    readonly sections: readonly IniSection[]
    /** What go-ini ignores: comments behind the last key, text behind a quoted value or a header. */
    readonly lost: readonly Span[]
    /** A key that occurs twice in one section, of which go-ini keeps the last value in the first place. */
    readonly repeated: number | undefined
}

/** Lines of one comment. */
const maxPieces = 10_000

/** White space to Go, which is not quite what it is to JavaScript. */
const space = "[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]"
const leading = new RegExp(`${space}*`, "y")
const trailing = new RegExp(`${space}$`)

/** Go's strings.TrimSpace. */
export function goTrim(text: string): string {
    const span = trimmed(text, { start: 0, end: text.length })
    return text.slice(span.start, span.end)
}

function trimmed(source: string, { start, end }: Span): Span {
    leading.lastIndex = start
    leading.test(source)
    const first = Math.min(leading.lastIndex, end)
    let last = end
    while (last > first && trailing.test(source.charAt(last - 1))) last--
    return { start: first, end: last }
}

/** Reads a file. Throws `SopsError` with a line, and never the content. */
export function readIni(source: string): IniFile {
    return new IniReader(source).file()
}

class IniReader {
    private readonly source: string
    private at: number
    private lineNumber = 0
    private pieces: CommentPiece[] = []
    private readonly lost: Span[] = []
    private repeated: number | undefined
    private numbered = 0

    constructor(source: string) {
        this.source = source
        this.at = source.startsWith("\ufeff") ? 1 : 0
    }

    file(): IniFile {
        let section: IniSection = { name: "DEFAULT", comment: undefined, keys: [], at: { start: 0, end: 0 } }
        const sections = [section]
        const nodes = nodeBudget()
        const indexes = new Map<string, IniKey>()
        while (this.at < this.source.length) {
            const line = this.nextLine()
            const { start, end } = trimmed(this.source, line)
            if (start === end) continue
            nodes.spend(this.lineNumber)
            const first = this.source.charAt(start)
            if (first === "#" || first === ";") this.comment({ start, end, line })
            else if (first === "[") {
                section = this.section(start, line)
                sections.push(section)
                indexes.clear()
            } else {
                const key = this.key(start, line)
                const present = indexes.get(key.name)
                if (present === undefined) {
                    section.keys.push(key)
                    indexes.set(key.name, key)
                } else {
                    this.repeated ??= this.lineNumber
                    present.earlier.push(present.line)
                    present.line = key.line
                    present.leaf = key.leaf
                    present.comment = key.comment
                }
            }
        }
        for (const { start, end } of this.pieces) this.lost.push({ start, end })
        return { sections, lost: this.lost, repeated: this.repeated }
    }

    private comment(piece: CommentPiece): void {
        this.pieces.push(piece)
        if (this.pieces.length > maxPieces)
            throw new SopsError("limit", `more than ${maxPieces} lines of comment`, { line: this.lineNumber })
    }

    private nextLine(): Span {
        this.lineNumber++
        const start = this.at
        const feed = this.source.indexOf("\n", start)
        this.at = feed < 0 ? this.source.length : feed + 1
        return { start, end: this.at }
    }

    private section(start: number, { start: lineStart, end }: Span): IniSection {
        const close = this.lastIn({ start, end }, "]")
        if (close < 0) throw this.problem("the header of a section has no ]")
        this.numbered = 0
        const name = this.source.slice(start + 1, close)
        if (name === "") throw this.problem("a section has no name")
        const rest = trimmed(this.source, { start: close + 1, end })
        const marker = this.marker(rest)
        if (marker < rest.end) this.pieces.push({ start: marker, end: rest.end, line: undefined })
        if (rest.start < marker) this.lost.push({ start: rest.start, end: marker })
        return { name, comment: this.takeComment(lineStart), keys: [], at: { start, end: close + 1 } }
    }

    private key(start: number, line: Span): IniKey {
        const { name: written, end } = this.name(start, line.end)
        if (written === "") throw this.problem("a key has no name")
        // Keys that go-ini numbers by itself.
        const name = written === "-" ? `#${++this.numbered}` : written
        const leaf = this.value(end, line.end)
        const at = { start: line.start, end: this.at }
        return { name, leaf, comment: this.takeComment(), line: at, earlier: [] }
    }

    /** The name of a key and where its delimiter ends. */
    private name(start: number, end: number): { readonly name: string; readonly end: number } {
        const line = this.source.slice(start, end)
        const quote = line.startsWith('"""') && line.length > 6 ? '"""' : /^["`]/.exec(line)?.[0]
        const from = quote?.length ?? 0
        const close = quote === undefined ? 0 : line.indexOf(quote, from)
        if (close < 0) throw this.problem("the name of a key misses its closing quote")
        const delimiter = line.slice(close + from).search(/[=:]/)
        if (delimiter < 0)
            throw this.problem("a line is neither a comment nor a section nor a key with its value")
        if (quote === undefined && delimiter === 0) throw this.problem("a key has no name")
        const nameEnd = quote === undefined ? delimiter : close
        return { name: goTrim(line.slice(from, nameEnd)), end: start + close + from + delimiter + 1 }
    }

    private value(start: number, end: number): Leaf {
        const line = trimmed(this.source, { start, end })
        // Not where the trimming stopped, which is in the next line.
        if (line.start === line.end) return leafAt("", { start, end: start })
        const text = this.source.slice(line.start, end)
        const quote =
            text.startsWith('"""') && text.length > 3 ? '"""' : text.startsWith("`") ? "`" : undefined
        if (quote !== undefined) return this.quotedValue(line, end, quote)
        if (this.source.charAt(line.end - 1) === "\\") return this.continuedValue(line)

        const marker = this.marker(line)
        if (marker < line.end) this.pieces.push({ start: marker, end: line.end, line: undefined })
        const at = trimmed(this.source, { start: line.start, end: marker })
        const value = this.source.slice(at.start, at.end)
        return leafAt(/^(?:'[^']*'|"[^"]*")$/s.test(value) ? value.slice(1, -1) : value, at)
    }

    /** In backticks or three double quotes; ends at the last quote of its line, or goes on over lines. */
    private quotedValue({ start, end: lineEnd }: Span, end: number, quote: string): Leaf {
        const from = start + quote.length
        let close = this.lastIn({ start: from, end }, quote)
        if (close >= 0) {
            if (close + quote.length < lineEnd) this.lost.push({ start: close + quote.length, end: lineEnd })
            return leafAt(this.source.slice(from, close), { start, end: close + quote.length })
        }
        for (;;) {
            if (this.at >= this.source.length) throw this.problem("a quoted value does not end")
            const line = this.nextLine()
            close = this.lastIn(line, quote)
            if (close < 0) continue
            const rest = trimmed(this.source, { start: close + quote.length, end: line.end })
            if (this.source.charAt(rest.end - 1) === "\\" && rest.end > rest.start) continue
            const marker = this.marker(rest)
            if (marker < rest.end) this.pieces.push({ start: marker, end: rest.end, line: undefined })
            if (rest.start < marker) this.lost.push({ start: rest.start, end: marker })
            return leafAt(this.source.slice(from, close), { start, end: close + quote.length })
        }
    }

    /** With a backslash at the end of the line: the next line belongs to it, and so on. */
    private continuedValue({ start, end }: Span): Leaf {
        const parts = [this.source.slice(start, end - 1)]
        let last = end
        while (this.at < this.source.length) {
            const line = trimmed(this.source, this.nextLine())
            if (line.start === line.end) break
            last = line.end
            const goesOn = this.source.charAt(line.end - 1) === "\\"
            parts.push(this.source.slice(line.start, goesOn ? line.end - 1 : line.end))
            if (!goesOn) break
        }
        return leafAt(parts.join(""), { start, end: last })
    }

    private lastIn({ start, end }: Span, text: string): number {
        const index = this.source.slice(start, end).lastIndexOf(text)
        return index < 0 ? -1 : start + index
    }

    /** Where a comment starts, or the end. */
    private marker({ start, end }: Span): number {
        const index = this.source.slice(start, end).search(/[#;]/)
        return index < 0 ? end : start + index
    }

    private takeComment(lineStart?: number): IniComment | undefined {
        const [first, ...rest] = this.pieces
        if (first === undefined) return undefined
        this.pieces = []
        const pieces: IniComment["pieces"] = [first, ...rest]
        const markers = this.source.charAt(first.start) === ";" ? /^[; ]+/ : /^[# ]+/
        const marker = markers.exec(this.source.slice(first.start, first.end))?.[0].length ?? 0
        const start = Math.min(first.start + marker, first.end)
        const raw = pieces.map(({ start: from, end, line }) => this.source.slice(from, line?.end ?? end))
        const text = goTrim(raw.join("")).replace(markers, "")
        const header = first.line === undefined ? lineStart : undefined
        return { kind: "comment", text, inline: false, at: { start, end: first.end }, pieces, header }
    }

    private problem(message: string): SopsError {
        return new SopsError("syntax", message, { line: this.lineNumber })
    }
}

function leafAt(value: string, at: Span): Leaf {
    return { kind: "leaf", scalar: { kind: "str", value }, at }
}
