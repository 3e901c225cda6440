// Colour for people: it repeats what the words say, for the eye to find them.

const codes = { error: "1;31", warning: "1;33", good: "32" } as const

/** The text in the colour of its kind, where colours are wanted (docs/command-line.md#colour). */
export function painted(text: string, kind: keyof typeof codes, wanted: boolean): string {
    return wanted ? `\x1b[${codes[kind]}m${text}\x1b[0m` : text
}
