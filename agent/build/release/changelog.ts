// CHANGELOG.md: what is not released yet becomes a version of its own.

const unreleased = "## Unreleased\n"

/** The text with a heading for `version`, and what is written below that. Throws where nothing waits for a release. */
export function releaseChangelog(
    text: string,
    version: string,
    date: string,
): { readonly text: string; readonly notes: string } {
    const start = text.indexOf(unreleased)
    if (start < 0) throw new Error("CHANGELOG.md has no heading ## Unreleased")
    const from = start + unreleased.length
    const next = text.indexOf("\n## ", from)
    const notes = text.slice(from, next < 0 ? undefined : next).trim()
    if (notes === "") throw new Error("CHANGELOG.md has nothing below ## Unreleased")
    return { text: `${text.slice(0, from)}\n## ${version} (${date})\n${text.slice(from)}`, notes }
}

/** What is written about `version`. Throws where there is no such heading. */
export function notesOf(text: string, version: string): { readonly date: string; readonly notes: string } {
    const escaped = version.replaceAll(".", "\\.")
    const found = new RegExp(
        `^## ${escaped} \\((\\d{4}-\\d\\d-\\d\\d)\\)\n(.*?)(?=^## |$(?![\\s\\S]))`,
        "msu",
    ).exec(text)
    const [, date, notes] = found ?? []
    if (date === undefined || notes === undefined)
        throw new Error(`CHANGELOG.md has no heading for ${version} with a date`)
    return { date, notes: notes.trim() }
}

/** Whether `version` is a version of its own, and later than `old`. */
export function isLater(version: string, old: string): boolean {
    const [a, b] = [version, old].map((text) => /^(\d+)\.(\d+)\.(\d+)$/u.exec(text)?.slice(1).map(Number))
    if (a === undefined || b === undefined) return false
    const place = a.findIndex((number, index) => number !== b[index])
    return place >= 0 && (a[place] ?? 0) > (b[place] ?? 0)
}
