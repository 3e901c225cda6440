import { expect, test } from "vitest"
import { closest } from "../agent/suggestion.ts"

const words = ["machine", "machines", "list", "get", "set", "wifi"]

for (const [typed, meant] of [
    ["machnie", "machine"],
    ["mahcines", "machines"],
    ["lits", "list"],
    ["LIST", "list"],
    ["gte", "get"],
    ["wifii", "wifi"],
    ["li", "list"],
    // Two begin like this, and it is one letter away from one of them.
    ["machin", "machine"],
    ["w", undefined],
    ["completely-different", undefined],
    ["x", undefined],
    ["", undefined],
] as const) {
    test(`"${typed}" is meant to be ${meant ?? "nothing we know"}`, () =>
        expect(closest(typed, words)).toBe(meant))
}
