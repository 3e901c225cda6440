// The syntax of Go's regexp (RE2), which is what the patterns in sops metadata are written in. A file from outside
// chooses the pattern and the keys it is matched against, so JavaScript's engine, which may take exponential time, is
// not let near them: `regex.ts` runs what is parsed here.
import { CharReader, codeOf, Refused } from "./chars.ts"
import { charTest, classChar } from "./class.ts"
import type { CharTest } from "./class.ts"

/** A condition between two characters. */
export type Assertion = "text start" | "text end" | "line start" | "line end" | "boundary" | "no boundary"

export type Regex =
    | { readonly kind: "char"; readonly test: CharTest }
    | { readonly kind: "assertion"; readonly assertion: Assertion }
    | { readonly kind: "sequence"; readonly parts: readonly Regex[] }
    | { readonly kind: "choice"; readonly parts: readonly Regex[] }
    | { readonly kind: "repeat"; readonly part: Regex; readonly min: number; readonly max: number }

const deepest = 1000
const mostRepeats = 1000

/** The pattern taken apart, or `undefined` when Go would refuse it. */
export function parseRegex(pattern: string): Regex | undefined {
    const parser = new Parser(pattern)
    try {
        return parser.whole()
    } catch (error) {
        if (error instanceof Refused) return undefined
        throw error
    }
}

interface Flags {
    readonly i: boolean
    readonly m: boolean
    readonly s: boolean
}

class Parser extends CharReader {
    private flags: Flags = { i: false, m: false, s: false }

    whole(): Regex {
        const regex = this.choice(0)
        if (this.at < this.text.length) throw new Refused()
        return regex
    }

    private choice(depth: number): Regex {
        if (depth > deepest) throw new Refused()
        const outer = this.flags
        const parts = [this.sequence(depth)]
        while (this.looking("|")) {
            this.at++
            parts.push(this.sequence(depth))
        }
        // Flags set inside a group end with it.
        this.flags = outer
        return { kind: "choice", parts }
    }

    private sequence(depth: number): Regex {
        const parts: Regex[] = []
        let repeated = false
        while (this.at < this.text.length && !this.looking("|") && !this.looking(")")) {
            const bounds = this.repetition()
            if (bounds === undefined) parts.push(...this.atom(depth))
            else {
                const part = parts.pop()
                // Nothing to repeat, or two operators in a row: Go refuses both.
                if (repeated || part === undefined) throw new Refused()
                parts.push({ kind: "repeat", part, ...bounds })
                if (repeats(part) * counted(bounds) > mostRepeats) throw new Refused()
            }
            repeated = bounds !== undefined
        }
        return { kind: "sequence", parts }
    }

    /** A repetition operator with its `?`; greedy or not is the same to the question whether anything matches. */
    private repetition(): { min: number; max: number } | undefined {
        const bounds = this.bounds()
        if (bounds !== undefined && this.looking("?")) this.at++
        return bounds
    }

    private bounds(): { min: number; max: number } | undefined {
        const simple = simpleBounds.get(this.text[this.at] ?? "")
        if (simple !== undefined) {
            this.at++
            return simple
        }
        const [text, min, comma, max] =
            /^\{([0-9]{1,9})(,?)([0-9]{0,9})\}/.exec(this.text.slice(this.at, this.at + 22).join("")) ?? []
        if (text === undefined || (comma === "" && max !== "")) return undefined
        this.at += text.length
        const low = Number(min)
        const high = comma === "" ? low : max === "" ? Infinity : Number(max)
        if (low > mostRepeats || low > high || (high > mostRepeats && high !== Infinity)) throw new Refused()
        return { min: low, max: high }
    }

    /** One thing that can be repeated; none for flags, several for `\Qquoted\E`. */
    private atom(depth: number): Regex[] {
        const character = this.take()
        switch (character) {
            case "(":
                return this.group(depth)
            case "[":
                return [this.bracketed()]
            case ".":
                return [this.char(this.flags.s ? "\\u{0}-\\u{10ffff}" : "\\n", !this.flags.s)]
            case "^":
                return [{ kind: "assertion", assertion: this.flags.m ? "line start" : "text start" }]
            case "$":
                return [{ kind: "assertion", assertion: this.flags.m ? "line end" : "text end" }]
            case "\\":
                return this.escape()
            default:
                return [this.char(classChar(codeOf(character)))]
        }
    }

    private bracketed(): Regex {
        const { inside, negative } = this.characterClass()
        return this.char(inside, negative)
    }

    private char(inside: string, negative = false): Regex {
        const test = charTest(inside, negative, this.flags.i)
        if (test === undefined) throw new Refused()
        return { kind: "char", test }
    }

    private group(depth: number): Regex[] {
        const head = this.text.slice(this.at, this.at + 260).join("")
        const [opening, inner, end] =
            /^\?(?:P?<[A-Za-z0-9_]+>|([imsU]*(?:-[imsU]+)?)([:)]))/u.exec(head) ?? []
        if (opening === undefined) {
            if (head.startsWith("?")) throw new Refused()
            return [this.closed(depth)]
        }
        this.at += opening.length
        if (end === undefined) return [this.closed(depth)]
        const outer = this.flags
        this.flags = changed(outer, inner ?? "")
        if (end === ")") return []
        const regex = this.closed(depth)
        this.flags = outer
        return [regex]
    }

    private closed(depth: number): Regex {
        const regex = this.choice(depth + 1)
        if (this.take() !== ")") throw new Refused()
        return regex
    }

    private escape(): Regex[] {
        const letter = this.take()
        const assertion = assertions.get(letter)
        if (assertion !== undefined) return [{ kind: "assertion", assertion }]
        if (letter === "Q") return this.quoted()
        this.at--
        return [this.char(this.namedClass() ?? classChar(this.escapedChar()))]
    }

    private quoted(): Regex[] {
        const parts: Regex[] = []
        while (this.at < this.text.length && !this.looking("\\E"))
            parts.push(this.char(classChar(codeOf(this.take()))))
        this.at = Math.min(this.at + 2, this.text.length)
        return parts
    }
}

const simpleBounds = new Map([
    ["*", { min: 0, max: Infinity }],
    ["+", { min: 1, max: Infinity }],
    ["?", { min: 0, max: 1 }],
])

const assertions: ReadonlyMap<string, Assertion> = new Map([
    ["A", "text start"],
    ["z", "text end"],
    ["b", "boundary"],
    ["B", "no boundary"],
])

function changed(flags: Flags, text: string): Flags {
    const [on = "", off = ""] = text.split("-")
    const flag = (name: "i" | "m" | "s"): boolean => (flags[name] || on.includes(name)) && !off.includes(name)
    return { i: flag("i"), m: flag("m"), s: flag("s") }
}

function counted({ min, max }: { readonly min: number; readonly max: number }): number {
    return Math.max(1, max === Infinity ? min : max)
}

/** How often counted repetitions inside multiply what they hold (Go's limit on `(a{100}){100}`). */
function repeats(regex: Regex): number {
    switch (regex.kind) {
        case "repeat":
            return counted(regex) * repeats(regex.part)
        case "sequence":
        case "choice":
            return regex.parts.reduce((most, part) => Math.max(most, repeats(part)), 1)
        case "char":
        case "assertion":
            break
    }
    return 1
}
