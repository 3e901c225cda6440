/** The candidate that `word` begins, or is most likely a slip of the fingers for, if there is a close one. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
    const all = new Set(candidates)
    const begun = [...all].filter((candidate) => candidate.startsWith(word))
    if (begun.length === 1 && word.replace(/^-+/u, "").length >= 2) return begun[0]
    let best: string | undefined
    let least = Math.max(1, Math.floor(word.length / 3)) + 1
    for (const candidate of all) {
        const steps = distance(word.toLowerCase(), candidate.toLowerCase())
        if (steps < least) {
            least = steps
            best = candidate
        }
    }
    return best
}

/** `did you mean "wifi"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): { readonly hint?: string } {
    const guess = closest(word, candidates)
    return guess === undefined ? {} : { hint: `did you mean ${guess}?` }
}

/** Insertions, deletions, replacements and swaps of neighbours from one word to the other. */
function distance(from: string, to: string): number {
    const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, index) => index)]
    for (let i = 1; i <= from.length; i++) {
        const row = [i]
        for (let j = 1; j <= to.length; j++) {
            const at = (back: number, left: number): number => rows[i - back]?.[j - left] ?? 0
            const replaced = at(1, 1) + (from[i - 1] === to[j - 1] ? 0 : 1)
            let steps = Math.min(replaced, at(1, 0) + 1, (row[j - 1] ?? 0) + 1)
            if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
                steps = Math.min(steps, at(2, 2) + 1)
            }
            row.push(steps)
        }
        rows.push(row)
    }
    return rows[from.length]?.[to.length] ?? Number.POSITIVE_INFINITY
}
