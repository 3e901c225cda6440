/** A number of things, as one says it: `counted(1, "secret")` is "1 secret". For nouns that end in `s` when there are more. */
export function counted(count: number, noun: string): string {
    return `${count} ${noun}${count === 1 ? "" : "s"}`
}
