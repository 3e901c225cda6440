import { expect, test } from "vitest"
import {
    clashes,
    isWithin,
    nameProblem,
    pathProblem,
    tidyPath,
} from "../../../agent/machine/manifest/names.ts"

for (const name of [
    "a",
    ".env",
    "vars/shared/x-1_2.key",
    "Ünïcode",
    "a b",
    "..a",
    "a..",
    "...",
    "x".repeat(255),
]) {
    test(`accepts the name ${name.slice(0, 30)}`, () => expect(nameProblem(name)).toBeUndefined())
}

for (const name of [
    "",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "a/./b",
    "../a",
    "a/..",
    "a\nb",
    "a\0",
    "\u007f",
    "x".repeat(256),
]) {
    test(`refuses the name ${JSON.stringify(name).slice(0, 30)}`, () =>
        expect(nameProblem(name)).toBeTypeOf("string"))
}

for (const path of ["", "a", "./a", "/a/../b", "/..", "/a\n", `/${"x".repeat(256)}`, "/x".repeat(2048)]) {
    test(`refuses the path ${JSON.stringify(path).slice(0, 30)}`, () =>
        expect(pathProblem(path)).toBeTypeOf("string"))
}

test("a path has one spelling", () => {
    for (const path of ["/a//b/", "/a/./b", "/a/b", "/./a/b", "/a/b/.", "//a/b"])
        expect(tidyPath(path)).toBe("/a/b")
    for (const path of ["/", "//", "/."]) expect(tidyPath(path)).toBe("/")
    for (const path of ["/a/..b", "/a/.b", "/a/b.", "/a/../b", "a//b"]) expect(tidyPath(path)).toBe(path)
})

test("a sibling with the same beginning is not within", () => {
    expect(isWithin("/run/secrets.d", "/run/secrets")).toBe(false)
    expect(isWithin("/run/secrets/a", "/run/secrets")).toBe(true)
    expect(isWithin("/a", "/")).toBe(true)
})

test("clashes name both sides", () => {
    const found = clashes([
        ["a/b/c", "one"],
        ["a", "two"],
        ["a/bc", "three"],
        ["a/b/c", "four"],
    ])
    expect(found).toEqual([
        'one and four both want to be "a/b/c"',
        'two is a file at "a", where one needs a directory',
        'two is a file at "a", where three needs a directory',
    ])
})
