// Transcripts in Markdown: blocks fenced as `console`, in which a line that begins with "$ " is a command and the
// lines after it are what it prints, on either stream. "…" stands for anything within a line, a line of only "…" for any
// number of lines.

/** A command as a document shows it. */
export interface Shown {
    readonly line: number
    readonly command: string
    readonly output: readonly string[]
}

/** The commands of a document, in order. */
export function commandsOf(markdown: string): Shown[] {
    const shown: { line: number; command: string; output: string[] }[] = []
    let isTranscript = false
    for (const [index, line] of markdown.split("\n").entries()) {
        if (line.startsWith("```")) isTranscript = line === "```console"
        else if (isTranscript && line.startsWith("$ "))
            shown.push({ line: index + 1, command: line.slice(2), output: [] })
        else if (isTranscript) shown.at(-1)?.output.push(line)
    }
    return shown
}

/** A pattern that matches what a command may print. */
export function patternOf(output: readonly string[]): RegExp {
    const lines = output.filter((line) => line !== "")
    const pattern = lines.map((line) => (line === "…" ? "(?:.*\\n)*" : `${literal(line)}\\n`))
    return new RegExp(`^${pattern.join("")}$`)
}

function literal(line: string): string {
    return line
        .split("…")
        .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join(".*")
}
