import { UserError } from "../error.ts"

/**
 * The words of a command line such as `$EDITOR` holds, as a shell would split them: blanks separate, single quotes,
 * double quotes and backslashes protect. Nothing is expanded: `$`, `*`, `~` and `;` are characters like any other.
 */
export function splitWords(text: string, variable: string): string[] {
    const words: string[] = []
    let word: string | undefined
    let quote: string | undefined
    for (let at = 0; at < text.length; at++) {
        const character = text.charAt(at)
        if (character === quote) {
            quote = undefined
        } else if (character === "\\" && quote !== "'") {
            const next = text.charAt(++at)
            if (next === "") throw new UserError(`$${variable} ends in a backslash`)
            // Between double quotes a backslash protects only what would otherwise mean something there.
            word = (word ?? "") + (quote === '"' && !'"\\$`'.includes(next) ? `\\${next}` : next)
        } else if (quote === undefined && (character === "'" || character === '"')) {
            quote = character
            word ??= ""
        } else if (quote === undefined && /\s/u.test(character)) {
            if (word !== undefined) words.push(word)
            word = undefined
        } else {
            word = (word ?? "") + character
        }
    }
    if (quote !== undefined) throw new UserError(`$${variable} has a quote that is never closed`)
    return word === undefined ? words : [...words, word]
}

/**
 * A command line for somebody to copy, with words as a shell takes them. Names that would read as options stand behind
 * `--`.
 */
export function lineToCopy(
    command: string,
    names: readonly string[],
    options: readonly string[] = [],
): string {
    const [own, others] = [names.map(shellWord), options.map(shellWord)]
    return names.some((name) => name.startsWith("-"))
        ? [command, ...others, "--", ...own].join(" ")
        : [command, ...own, ...others].join(" ")
}

/** A word as a shell takes it. */
export function shellWord(word: string): string {
    return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
