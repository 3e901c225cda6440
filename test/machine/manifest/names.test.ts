import { expect, test } from "vitest"
import { fileProblem, isWithin, pathProblem, tidyPath } from "../../../agent/machine/manifest/names.ts"

for (const name of [
    "a",
    ".env",
    "vars/shared/x-1_2.key",
    "Ünïcode",
    "a b",
    "a\nb",
    "..a",
    "a..",
    "...",
    "x".repeat(255),
]) {
    test(`accepts the file ${JSON.stringify(name).slice(0, 30)}`, () =>
        expect(fileProblem(name)).toBeUndefined())
}

for (const name of ["", "..", "../a", "a\0", "x".repeat(256), "x/".repeat(2048)]) {
    test(`refuses the file ${JSON.stringify(name).slice(0, 30)}`, () =>
        expect(fileProblem(name)).toBeTypeOf("string"))
}

for (const path of ["", "a", "./a", "/a\0", `/${"x".repeat(256)}`, "/x".repeat(2048)]) {
    test(`refuses the path ${JSON.stringify(path).slice(0, 30)}`, () =>
        expect(pathProblem(path)).toBeTypeOf("string"))
}

test("a path has one spelling", () => {
    for (const path of [
        "/a//b/",
        "/a/./b",
        "/a/b",
        "/./a/b",
        "/a/b/.",
        "//a/b",
        "/a/c/../b",
        "/../a/b",
        "/c/../../a/b/",
    ])
        expect(tidyPath(path)).toBe("/a/b")
    for (const path of ["/", "//", "/.", "/..", "/a/.."]) expect(tidyPath(path)).toBe("/")
    for (const path of ["a/b", "./a/b", "a//b/", "c/../a/b", "a/c/../b/."]) expect(tidyPath(path)).toBe("a/b")
    for (const path of ["../a/b", "c/../../a/b", "./../a/b"]) expect(tidyPath(path)).toBe("../a/b")
    for (const path of ["/a/..b", "/a/.b", "/a/b.", "..a/b", "...", ".a"]) expect(tidyPath(path)).toBe(path)
    for (const path of ["", ".", "a/.."]) expect(tidyPath(path)).toBe("")
})

test("a sibling with the same beginning is not within", () => {
    expect(isWithin("/run/secrets.d", "/run/secrets")).toBe(false)
    expect(isWithin("/run/secrets/a", "/run/secrets")).toBe(true)
    expect(isWithin("/a", "/")).toBe(true)
})
