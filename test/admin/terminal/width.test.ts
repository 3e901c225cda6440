import { expect, test } from "vitest"
import { textWidth, wrapped } from "../../../agent/admin/terminal/width.ts"

test.each([
    [undefined, 80],
    [20, 60],
    [60, 60],
    [97, 97],
    [500, 120],
])("a terminal of %s columns has text of %i", (columns, width) => {
    expect(textWidth(columns)).toBe(width)
})

test.each([
    ["what fits stays", "one two", 10, "one two"],
    ["what does not goes on below", "one two three four", 10, "one two\n  three\n  four"],
    ["an indented line stays indented", "  - one two three", 10, "  - one\n    two\n    three"],
    [
        "a word that is too long is not broken",
        "age1qqqqqqqqqqqqqqqq is it",
        10,
        "age1qqqqqqqqqqqqqqqq\n  is it",
    ],
    ["line ends stay", "one\ntwo two two two\n", 10, "one\ntwo two\n  two two\n"],
    ["nothing", "", 10, ""],
])("%s", (_what, text, width, expected) => {
    expect(wrapped(text, width)).toBe(expected)
})

test("no word is lost and no line is longer than it must be", () => {
    const text = Array.from({ length: 200 }, (_, index) => "w".repeat((index * 7) % 13))
        .join(" ")
        .replaceAll(/ +/gu, " ")
        .trim()
    for (const width of [10, 20, 60]) {
        const lines = wrapped(text, width).split("\n")
        expect(lines.map((line) => line.trim()).join(" ")).toBe(text)
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(width, 14))
    }
})
