// Lines for people: as wide as the terminal, between what can be read and what an eye can follow, and broken at words.

const [usual, widest] = [80, 120]
/** What is no longer than this fits every terminal. */
export const narrowest = 60

/** How wide text may be on a terminal with so many columns; 80 where there is none. */
export function textWidth(columns: number | undefined): number {
    return Math.min(widest, Math.max(narrowest, columns ?? usual))
}

/** Words that do not fit go onto the next line, `indent` to the right. No word is broken, and no blank is lost inside a line. */
export function wrapped(text: string, width: number, indent = "  "): string {
    return text
        .split("\n")
        .map((line) => broken(line, width, indent))
        .join("\n")
}

function broken(line: string, width: number, indent: string): string {
    if (line.length <= width) return line
    const lead = /^ */u.exec(line)?.[0] ?? ""
    const lines: string[] = []
    let rest = line
    while (rest.length > width) {
        const begin = lines.length === 0 ? lead.length : lead.length + indent.length
        const at = rest.lastIndexOf(" ", width)
        const end = at > begin ? at : rest.indexOf(" ", Math.max(begin, width))
        if (end < 0) break
        lines.push(rest.slice(0, end))
        rest = lead + indent + rest.slice(end + 1)
    }
    return [...lines, rest].join("\n")
}
