// The lines of a text, by offsets into it.

/** Where the line of an offset starts. */
export function lineStart(source: string, offset: number): number {
    return offset === 0 ? 0 : source.lastIndexOf("\n", offset - 1) + 1
}

/** Where the line of an offset ends, without its break. */
export function lineEnd(source: string, offset: number): number {
    const end = source.indexOf("\n", offset)
    if (end < 0) return source.length
    return end > offset && source.charAt(end - 1) === "\r" ? end - 1 : end
}

/** How long the line break at an offset is; 0 where there is none. */
export function breakAt(source: string, offset: number): number {
    return /^\r?\n/.exec(source.slice(offset, offset + 2))?.[0].length ?? 0
}
