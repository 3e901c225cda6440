import { describe, expect, test } from "vitest"
import { isLater, notesOf, releaseChangelog } from "../../../agent/build/release/changelog.ts"

const text = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 1.0.0 (2026-01-02)\n\n- First.\n"

describe("a release in CHANGELOG.md", () => {
    test("has what waited for it, and nothing waits any more", () => {
        const released = releaseChangelog(text, "1.1.0", "2026-02-03")
        expect(released.notes).toBe("- New.")
        expect(notesOf(released.text, "1.1.0")).toEqual({ date: "2026-02-03", notes: "- New." })
        expect(notesOf(released.text, "1.0.0")).toEqual({ date: "2026-01-02", notes: "- First." })
        expect(() => releaseChangelog(released.text, "1.2.0", "2026-03-04")).toThrow("nothing below")
    })

    test("of which nothing is written is none", () => {
        expect(() => releaseChangelog("# Changelog\n", "1.0.0", "2026-01-02")).toThrow("## Unreleased")
        expect(() => notesOf(text, "1.0")).toThrow("no heading for 1.0")
        expect(() => notesOf(text, "1x0.0")).toThrow("no heading")
    })
})

test.each([
    ["0.2.0", "0.1.0", true],
    ["1.0.0", "0.9.9", true],
    ["0.1.10", "0.1.9", true],
    ["0.1.0", "0.1.0", false],
    ["0.1.9", "0.1.10", false],
    ["0.9.9", "1.0.0", false],
    ["v0.2.0", "0.1.0", false],
    ["0.2", "0.1.0", false],
    ["0.2.0; id", "0.1.0", false],
])("%s is later than %s: %s", (version, old, later) => expect(isLater(version, old)).toBe(later))
