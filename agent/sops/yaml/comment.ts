// Which node a YAML comment belongs to. sops gets its comments from go-yaml, which decides while it looks for tokens:
// a comment is the head of what follows, the rest of a line, or the foot of what came before. It matters here, because
// the place of a comment in the tree is part of what it was encrypted with. So these rules follow go-yaml v3.0.4 to the
// letter, its oddities included; only CR LF counts as one line break, not as two.
import { SopsError } from "../error.ts"
import type { Cursor } from "./cursor.ts"
import { isBlank, isBreak } from "./cursor.ts"
import type { Token } from "./token.ts"

/** The text of one comment line: offsets behind the `#`. */
export interface CommentLine {
    readonly start: number
    readonly end: number
}

/** Comment lines by their relation to a node. */
export interface Comments {
    head: readonly CommentLine[]
    line: readonly CommentLine[]
    foot: readonly CommentLine[]
}

export const noComments: readonly CommentLine[] = []

/** Comments on their way to a node; the lists grow. */
export type Pending = Record<keyof Comments, CommentLine[]>

/** More than any document has: a line of three characters would make millions. */
const maxComments = 100_000

/** A run of comment lines on its way from the scanner to a node. */
interface Run {
    relation: keyof Comments
    readonly lines: readonly CommentLine[]
    /** It goes to the first token that starts here or later. */
    target: number
    /** Where the first line starts, counted from 1; only for runs between tokens. */
    readonly column: number
    readonly line: number
    readonly start: number
    readonly end: number
    /** Where looking for it began. */
    readonly from: number
}

/** go-yaml looks this far for the next comment of a run. */
const lookahead = 512

/** What the scanner knows where a gap between tokens begins. */
export interface Gap {
    readonly from: number
    readonly fromLine: number
    /** The token before; in `[a, # c` the one before the comma. */
    readonly token: Token
    /** Column of the block collection that is open. */
    readonly indent: number
    readonly inFlow: boolean
}

/** The comments that were read and belong to no token yet. */
export class CommentQueue {
    /** Every comment line there is, also those that go-yaml loses later. */
    readonly all: CommentLine[] = []
    private runs: Run[] = []
    private next = 0

    /** Reads a comment at the end of the line of a token, if there is one. It goes to `target` or the next token. */
    readRest(cursor: Cursor, target: number): void {
        if (cursor.newlines > 0) return
        let ahead = 0
        while (ahead < lookahead && isBlank(cursor.code(ahead))) ahead++
        if (ahead === lookahead || cursor.code(ahead) !== 35) return
        const { line } = cursor
        const column = cursor.column + ahead
        const start = cursor.at + ahead + 1
        cursor.skipLine()
        const comment = { start, end: cursor.at }
        note(cursor, this.all, comment)
        const lines = [comment]
        this.runs.push({ relation: "line", lines, target, column, line, start: start - 1, end: 0, from: 0 })
    }

    /** Reads the comments between two tokens; the cursor stands on the first `#`. */
    readBetween(cursor: Cursor, gap: Gap): void {
        for (const run of new GapReader(cursor, gap, this.all).read()) this.runs.push(run)
    }

    /**
     * In `key: # c`, with a list in the next line, the comment was the rest of a line and becomes the head of the first
     * element, if that starts in the line after it, else of the key.
     */
    turnRestIntoHead(cursor: Cursor): void {
        const last = this.runs.at(-1)
        if (last?.relation !== "line") return
        last.relation = "head"
        if (last.line === cursor.line - 1) last.target = cursor.at
    }

    /**
     * Where a block that ends before `from` really ends: before the comments at its own indentation, which are its
     * last ones.
     */
    endOfBlock(from: number, indent: number): number {
        let end = from
        let reach = from
        for (let index = this.runs.length - 1; index >= this.next; index--) {
            const run = this.runs[index]
            if (run === undefined || run.end < reach) break
            if (run.column === indent + 1) end = run.start
            reach = run.from
        }
        return end
    }

    /** Hands the comments that belong to a token to `pending`. No head belongs to the end of a block. */
    unfold(token: Token, pending: Pending): void {
        for (;;) {
            const run = this.runs[this.next]
            if (run === undefined || token.start < run.target) return
            if (run.relation === "head" && token.kind === "block-end") return
            for (const line of run.lines) pending[run.relation].push(line)
            this.next++
            if (this.next === this.runs.length) {
                this.runs = []
                this.next = 0
            }
        }
    }
}

function note(cursor: Cursor, all: CommentLine[], comment: CommentLine): void {
    all.push(comment)
    if (all.length > maxComments)
        throw new SopsError("limit", `more than ${maxComments} comments`, { line: cursor.line + 1 })
}

/** Sorts the comment lines of one gap into feet of what came before and heads of what comes. */
class GapReader {
    private readonly cursor: Cursor
    private readonly gap: Gap
    private readonly indent: number
    private readonly footLine: number
    private readonly all: CommentLine[]
    private readonly runs: Run[] = []
    private lines: CommentLine[] = []
    private start = 0
    private startLine = 0
    private startColumn = 0
    private from: number
    private target: number

    constructor(cursor: Cursor, gap: Gap, all: CommentLine[]) {
        this.cursor = cursor
        this.all = all
        this.gap = gap
        this.indent = Math.max(gap.indent, 0)
        this.from = gap.from
        this.target = gap.token.start
        // The line where a foot has to start: the one below the last content.
        const below = cursor.line - cursor.newlines + 1
        const sameLine = cursor.newlines === 0 && cursor.column > 1
        this.footLine = gap.fromLine > 0 ? below + (sameLine ? 1 : 0) : -1
    }

    read(): readonly Run[] {
        const { cursor } = this
        const { source } = cursor
        let tight = cursor.newlines <= 1
        let blankSeen = false
        let { line, column } = cursor
        let base = cursor.at
        let at = base
        for (; at - base < lookahead; at++) {
            const code = source.charCodeAt(at) || 0
            column++
            if (isBlank(code)) continue
            const closes = this.gap.inFlow && (code === 93 || code === 125)
            const breaks = code === 10 || code === 13
            if (closes || breaks || code === 0) {
                if (closes || (!blankSeen && tight && this.isFoot())) this.flush(at, this.isDedented())
                if (!breaks) break
                tight = false
                blankSeen = true
                column = 0
                line++
                if (code === 13 && source.charCodeAt(at + 1) === 10) at++
                continue
            }
            if (column - 1 < this.indent && column !== this.startColumn) this.flush(at, false)
            if (code !== 35) break
            if (this.lines.length === 0) {
                this.start = at
                this.startLine = line
                this.startColumn = column
            }
            blankSeen = false
            this.readLine(at)
            // The break at the end of this line is not an empty line.
            base = at = cursor.at
            if (source.charCodeAt(at) === 13 && source.charCodeAt(at + 1) === 10) at++
            column = 0
            line = cursor.line
        }
        if (this.lines.length > 0) this.push("head", this.start, at - 1)
        return this.runs
    }

    private readLine(at: number): void {
        const { cursor } = this
        while (cursor.at < at)
            if (isBreak(cursor.code())) cursor.skipBreak()
            else cursor.at++
        cursor.skipLine()
        const comment = { start: at + 1, end: cursor.at }
        note(cursor, this.all, comment)
        this.lines.push(comment)
    }

    private isDedented(): boolean {
        return this.startColumn - 1 < this.indent
    }

    private isFoot(): boolean {
        return (this.startLine === this.footLine && this.gap.token.kind !== "value") || this.isDedented()
    }

    /** Ends a run that is the foot of what came before; one that is dedented has nothing to do with the last token. */
    private flush(at: number, dedented: boolean): void {
        if (this.lines.length === 0) return
        this.push("foot", dedented ? this.start : this.target, at)
        this.from = this.target = at
    }

    private push(relation: "head" | "foot", target: number, end: number): void {
        const { lines, startColumn: column, startLine: line, start, from } = this
        this.runs.push({ relation, lines, target, column, line, start, end, from })
        this.lines = []
    }
}
