// Names that are meant by what somebody types: themselves, or patterns as a shell has them for files.

import { visibleName } from "../../error.ts"
import { Refusal } from "../../repo/refusal.ts"

/** Whether a word stands for names and is none: no name has these characters. */
export function isPattern(word: string): boolean {
    return /[*?]/u.test(word)
}

/**
 * The names that these words mean, each once: `*` stands for any text and `?` for one character, neither for a `/`.
 * A word that is no pattern is a name, whether it exists or not. Refused when a pattern means nothing.
 */
export function expand(kind: string, words: readonly string[], names: Iterable<string>): readonly string[] {
    const known = [...names].toSorted()
    const found = words.flatMap((word) => {
        if (!isPattern(word)) return [word]
        const matching = known.filter(matcher(word))
        if (matching.length === 0)
            throw new Refusal("not-found", `no ${kind} matches "${visibleName(word)}"`, {
                hint: `"hostseal list" has all names`,
            })
        return matching
    })
    return [...new Set(found)]
}

/** Goes through both from the left: what a `*` takes is given back one by one, of the last one alone. */
function matcher(pattern: string): (name: string) => boolean {
    return (name) => {
        let [at, here] = [0, 0]
        let [star, taken] = [-1, 0]
        while (here < name.length) {
            if (pattern[at] === "*") {
                star = at++
                taken = here
            } else if (pattern[at] === name[here] || (pattern[at] === "?" && name[here] !== "/")) {
                at++
                here++
            } else if (star >= 0 && name[taken] !== "/") {
                at = star + 1
                here = ++taken
            } else return false
        }
        return /^\**$/u.test(pattern.slice(at))
    }
}
