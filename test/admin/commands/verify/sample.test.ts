import { expect, test } from "vitest"
import { sampled } from "../../../../agent/admin/commands/verify/sample.ts"
import type { Problem } from "../../../../agent/repo/verify.ts"

function problem(code: Problem["code"], path: string, message: string): Problem {
    return { code, path, message }
}

function told(problems: readonly Problem[]): readonly string[] {
    return sampled(problems).map(
        ({ problem: { path, message }, more }) => `${path}: ${message}${more > 0 ? ` +${more}` : ""}`,
    )
}

test("tells all of a few, in their order", () => {
    const few = [
        problem("stray", "a", "dangling"),
        problem("no-file", "b", "no file"),
        problem("stray", "c", "dangling"),
        problem("stray", "d", "dangling"),
        problem("stray", "e", "dangling"),
    ]
    expect(sampled(few)).toEqual(few.map((each) => ({ problem: each, more: 0 })))
})

test("tells three of one reason and counts the rest, and never hides another reason behind them", () => {
    const many = Array.from({ length: 20_000 }, (_, index) => problem("stray", `${index}`, "dangling"))
    const rotten = problem("extra-recipient", "s1", "is encrypted for mallory")
    expect(told([...many, rotten])).toEqual([
        "0: dangling",
        "1: dangling",
        "2: dangling +19997",
        "s1: is encrypted for mallory",
    ])
})

test("tells ten reasons of one code, and counts the rest", () => {
    const each = Array.from({ length: 5000 }, (_, index) =>
        problem("extra-recipient", `${index}`, `is encrypted for age1${index}`),
    )
    expect(told(each)).toHaveLength(10)
    expect(told(each).at(-1)).toBe("9: is encrypted for age19 +4990")
})

test("a reason that names another file each time is one reason", () => {
    const each = Array.from({ length: 20_000 }, (_, index) =>
        problem("stray", `${index}`, `leads to sops/users/x${index}, which does not exist`),
    )
    expect(told(each)).toEqual([
        "0: leads to sops/users/x0, which does not exist",
        "1: leads to sops/users/x1, which does not exist",
        "2: leads to sops/users/x2, which does not exist +19997",
    ])
})
