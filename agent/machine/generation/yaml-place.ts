// Where in a YAML template a placeholder stands: what can be written there depends on it. Only what decides that is
// looked at: blocks, brackets, quotes and comments. Anything unusual counts as a place for a quoted scalar, which is
// right wherever a value can stand.

/** A place, and for a block how many spaces its lines begin with. */
export type YamlPlace =
    | { readonly kind: "quoted" }
    /** A block scalar can begin here. `parent`: the column of what it belongs to, where that is known. */
    | { readonly kind: "block"; readonly indent: number; readonly parent?: number; readonly next: Next }
    /** Inside of a block scalar of the template. `first`: its indentation is found by what stands here. */
    | { readonly kind: "lines"; readonly indent: number; readonly first: boolean; readonly next: Next }

/** What comes behind: the end of the line, of the whole text, or more on the same line. */
export type Next = "line end" | "end" | "more"

/** The header of a block scalar at the end of a line: alone, or behind a key, a dash or the beginning of a document. */
const header =
    /^(?! *#)(?:(?<behind> *---|.*[:?-]) +| *)(?:[&!]\S* +)*[|>](?<signs>[-+1-9]{0,2})(?: +#.*)?\r?$/u
const dashes = /^ *(?:- +)*/u
const key = /^(?:[^\s\-?:,[\]{}#&*!|>'"%@`][^:#]*|"[^"\\]*"|'[^']*'): +$/u

/** The places of one template, asked for from its beginning to its end. */
export class YamlPlaces {
    readonly #text: string
    #at = 0
    #depth = 0
    #quote = ""
    /** The block scalar that the lines before belong to: its lines have more than this many spaces. */
    #block: { readonly parent: number; readonly detected: boolean } | undefined
    /** Whether the block scalar has had a line with a text. */
    #begun = false

    constructor(text: string) {
        this.#text = text
    }

    /** The place of what lies between two indices. */
    at(start: number, end: number): YamlPlace {
        this.#readTo(this.#text.lastIndexOf("\n", start - 1) + 1)
        const before = this.#text.slice(this.#at, start)
        const next = nextAt(this.#text, end)
        const indent = spaces(before)
        if (this.#block !== undefined && indent > this.#block.parent) {
            const first = this.#block.detected && !this.#begun && indent === before.length
            return { kind: "lines", indent, first, next }
        }
        if (next === "more" || this.#quote !== "" || this.#depth > 0) return { kind: "quoted" }
        return blockBehind(before, next)
    }

    #readTo(index: number): void {
        while (this.#at < index) {
            const end = this.#text.indexOf("\n", this.#at) + 1
            this.#readLine(this.#text.slice(this.#at, end - 1))
            this.#at = end
        }
    }

    #readLine(line: string): void {
        if (this.#block !== undefined) {
            if (line.trim() === "") return
            if (spaces(line) > this.#block.parent) {
                this.#begun = true
                return
            }
            this.#block = undefined
        }
        this.#readBrackets(line)
        if (this.#quote !== "" || this.#depth > 0) return
        const groups = header.exec(line)?.groups
        if (groups === undefined) return
        const { behind, signs = "" } = groups
        const parent = behind === undefined || behind.trim() === "---" ? spaces(line) - 1 : ownerOf(behind)
        this.#block = { parent, detected: !/[1-9]/u.test(signs) }
        this.#begun = false
    }

    /** Keeps count of open brackets and of an open quotation. */
    #readBrackets(line: string): void {
        let before = " "
        for (let at = 0; at < line.length; at++) {
            const character = line[at] ?? ""
            if (this.#quote !== "") {
                if (this.#quote === '"' && character === "\\") at++
                else if (character === this.#quote) this.#quote = ""
            } else if (/["']/u.test(character) && /[\s[{,:]/u.test(before)) this.#quote = character
            else if (character === "#" && /\s/u.test(before)) return
            else if (/[[{]/u.test(character)) this.#depth++
            else if (/[\]}]/u.test(character)) this.#depth = Math.max(0, this.#depth - 1)
            before = character
        }
    }
}

function nextAt(text: string, end: number): Next {
    if (end === text.length) return "end"
    return text[end] === "\n" || text.startsWith("\r\n", end) ? "line end" : "more"
}

function blockBehind(before: string, next: Next): YamlPlace {
    if (/^ +$/u.test(before)) return { kind: "block", indent: before.length, next }
    const parent = ownerOf(before)
    const rest = before.slice(keyColumn(before))
    if (rest === "" ? parent === -1 : !key.test(rest)) return { kind: "quoted" }
    return { kind: "block", indent: parent + 2, parent, next }
}

/** The column of what a value at the end of a text belongs to: its key, or the last dash. `-1` for nothing. */
function ownerOf(text: string): number {
    const column = keyColumn(text)
    return column < text.trimEnd().length ? column : text.lastIndexOf("-")
}

/** Where what follows the dashes of a line begins. */
function keyColumn(line: string): number {
    return dashes.exec(line)?.[0].length ?? 0
}

function spaces(line: string): number {
    return line.length - line.trimStart().length
}
