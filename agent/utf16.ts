// Editors of Windows save text in other ways than every other program reads it. What these are is told here, so that a
// person hears of the encoding and not of a key that was mistyped.

/** The encoding of a text that is UTF-16, as iconv calls it: by its mark, or by the zeros between its letters. */
export function utf16Of(bytes: Buffer): "UTF-16" | "UTF-16LE" | "UTF-16BE" | undefined {
    const head = bytes.subarray(0, 2).toString("hex")
    if (head === "fffe" || head === "feff") return "UTF-16"
    if (/^[2-7].00$/u.test(head)) return "UTF-16LE"
    return /^00[2-7].$/u.test(head) ? "UTF-16BE" : undefined
}

/** Without the mark that some editors put before a text to say that it is UTF-8. */
export function withoutMark(bytes: Buffer): Buffer {
    return bytes.subarray(0, 3).toString("hex") === "efbbbf" ? bytes.subarray(3) : bytes
}
