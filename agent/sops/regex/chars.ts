// Characters in RE2 patterns: escapes, named classes, bracket expressions (the syntax page of Go's regexp).
import { classChar, perlClass, posixClass, unicodeClass } from "./class.ts"

/** Thrown where Go refuses a pattern; it never leaves the parser. */
export class Refused extends Error {}

/** Reads a pattern character by character. */
export class CharReader {
    protected readonly text: readonly string[]
    protected at = 0

    constructor(pattern: string) {
        this.text = Array.from(pattern.toWellFormed())
    }

    protected looking(at: string): boolean {
        return this.text.slice(this.at, this.at + at.length).join("") === at
    }

    protected take(): string {
        const character = this.text[this.at]
        if (character === undefined) throw new Refused()
        this.at++
        return character
    }

    /** `d`, `pL`, `p{Greek}` … behind a backslash, as the inside of a class. */
    protected namedClass(): string | undefined {
        const letter = this.text[this.at] ?? ""
        const known = /^[dswDSW]$/.test(letter) ? perlClass(letter) : undefined
        if (known !== undefined) {
            this.at++
            return known
        }
        if (letter !== "p" && letter !== "P") return undefined
        this.at++
        const first = this.take()
        let name = first
        if (first === "{") {
            name = ""
            for (let next = this.take(); next !== "}"; next = this.take()) name += next
        }
        const inside = unicodeClass(name, letter === "P")
        if (inside === undefined) throw new Refused()
        return inside
    }

    /** The character that an escape stands for, behind its backslash. */
    protected escapedChar(): number {
        const rest = this.text.slice(this.at, this.at + 10).join("")
        const [text, octal, short, long] =
            /^(?:([1-7][0-7]{1,2}|0[0-7]{0,2})|x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]{1,6})\})/.exec(rest) ?? []
        if (text !== undefined) {
            this.at += text.length
            const code =
                octal === undefined ? Number.parseInt(short ?? long ?? "", 16) : Number.parseInt(octal, 8)
            if (code > 0x10_ff_ff) throw new Refused()
            return code
        }
        const letter = this.take()
        const control = controls.get(letter)
        if (control !== undefined) return control
        if (/^[0-9A-Za-z]$/.test(letter) || codeOf(letter) > 127) throw new Refused()
        return codeOf(letter)
    }

    /** `[…]` behind its opening bracket: the inside of a class for JavaScript. */
    protected characterClass(): { readonly inside: string; readonly negative: boolean } {
        const negative = this.looking("^")
        if (negative) this.at++
        let inside = ""
        for (let first = true; first || !this.looking("]"); first = false) inside += this.classPart()
        this.at++
        return { inside, negative }
    }

    private classPart(): string {
        const [named, name] =
            /^\[:(\^?[A-Za-z]*):\]/.exec(this.text.slice(this.at, this.at + 16).join("")) ?? []
        if (named !== undefined) {
            const inside = posixClass(name ?? "")
            if (inside === undefined) throw new Refused()
            this.at += named.length
            return inside
        }
        if (this.looking("\\")) {
            this.at++
            const inside = this.namedClass()
            if (inside !== undefined) return inside
            this.at--
        }
        const low = this.classChar()
        if (!this.looking("-") || this.text[this.at + 1] === "]") return classChar(low)
        this.at++
        const high = this.classChar()
        if (high < low) throw new Refused()
        return `${classChar(low)}-${classChar(high)}`
    }

    private classChar(): number {
        const character = this.take()
        return character === "\\" ? this.escapedChar() : codeOf(character)
    }
}

const controls: ReadonlyMap<string, number> = new Map([
    ["a", 7],
    ["f", 12],
    ["t", 9],
    ["n", 10],
    ["r", 13],
    ["v", 11],
])

/** The code point of a character. */
export function codeOf(character: string): number {
    return character.codePointAt(0) ?? 0
}
