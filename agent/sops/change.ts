import { SopsError } from "./error.ts"
import type { Span } from "./tree.ts"

/** A piece of a source text and what stands there instead. */
export interface TextChange extends Span {
    readonly text: string
}

/** The source with the changes made; they must not overlap. Of two at one place, insertions come first. */
export function changed(source: string, changes: readonly TextChange[]): string {
    let result = ""
    let kept = 0
    for (const { start, end, text } of changes.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
        if (start < kept) throw new SopsError("unsupported", "two edits of a document touch each other")
        result += source.slice(kept, start) + text
        kept = end
    }
    return result + source.slice(kept)
}

/** The line break that a document uses: that of its first line. */
export function eolOf(source: string): string {
    return /\r\n|\n/.exec(source)?.[0] ?? "\n"
}
