/** A number of things, as one says it: `counted(1, "secret")` is "1 secret". For nouns that end in `s` when there are more. */
export function quantity(count: number, noun: string): string {
    return `${count} ${noun}${count === 1 ? "" : "s"}`
}

/** More words than these make no line that one can look over. */
const few = 3

/** The first of some words, and how many there are besides: `a, b, c and 4 more`. */
export function someOf(words: readonly string[]): string {
    const more = words.length - few
    return `${words.slice(0, few).join(", ")}${more > 0 ? ` and ${more} more` : ""}`
}
