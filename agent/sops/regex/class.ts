// Sets of characters of RE2 patterns, as tests of one code point. Each is handed to JavaScript as a pattern for a
// single character, which cannot backtrack and brings Unicode's case folding and tables along.

/** Whether a code point belongs to a set. */
export type CharTest = (codePoint: number) => boolean

const posix: Readonly<Record<string, string>> = {
    alnum: "0-9A-Za-z",
    alpha: "A-Za-z",
    ascii: "\\u{0}-\\u{7f}",
    blank: "\\t ",
    cntrl: "\\u{0}-\\u{1f}\\u{7f}",
    digit: "0-9",
    graph: "!-~",
    lower: "a-z",
    print: " -~",
    punct: "!-\\/:-@\\[-`\\{-~",
    space: "\\t\\n\\v\\f\\r ",
    upper: "A-Z",
    word: "0-9A-Za-z_",
    xdigit: "0-9A-Fa-f",
}

// Perl's classes are ASCII in RE2, and \s has no vertical tab.
const perl: Readonly<Record<string, string>> = { d: "0-9", s: "\\t\\n\\f\\r ", w: "0-9A-Za-z_" }

/** The inside of a JavaScript class for `\d`, `\S` and the like, or `undefined` for another letter. */
export function perlClass(letter: string): string | undefined {
    const inside = perl[letter.toLowerCase()]
    return inside === undefined || letter === letter.toLowerCase() ? inside : negated(inside)
}

/** The same for the name in `[:name:]`, which may begin with `^`. */
export function posixClass(name: string): string | undefined {
    const inside = Object.hasOwn(posix, name.replace("^", "")) ? posix[name.replace("^", "")] : undefined
    return inside === undefined || !name.startsWith("^") ? inside : negated(inside)
}

/** The same for the name in `\p{name}`: a general category or a script. */
export function unicodeClass(name: string, negative: boolean): string | undefined {
    const bare = name.replace(/^\^/, "")
    if (!/^[A-Za-z_]+$/.test(bare)) return undefined
    if (bare === "Any") return "\\u{0}-\\u{10ffff}"
    const letter = negative !== name.startsWith("^") ? "P" : "p"
    const forms = [`\\${letter}{gc=${bare}}`, `\\${letter}{Script=${bare}}`]
    return forms.find((form) => compile(`[${form}]`, "v") !== undefined)
}

/** A code point as it stands inside a JavaScript class. */
export function classChar(codePoint: number): string {
    return `\\u{${codePoint.toString(16)}}`
}

/** The test for a class with this inside. `fold` ignores case. */
export function charTest(inside: string, negative: boolean, fold: boolean): CharTest | undefined {
    const pattern = compile(`^[${negative ? "^" : ""}${inside}]$`, fold ? "iv" : "v")
    return pattern && ((codePoint) => pattern.test(String.fromCodePoint(codePoint)))
}

/** A nested class, so that a negated set can stand beside others. */
function negated(inside: string): string {
    return `[^${inside}]`
}

function compile(source: string, flags: string): RegExp | undefined {
    try {
        return new RegExp(source, flags)
    } catch {
        return undefined
    }
}
