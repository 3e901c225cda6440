import { expect, test } from "vitest"
import { needProblems, needsOf } from "../../agent/repo/needs.ts"

const files = new Map([
    ["a.yaml", [["age1web", "age1alice"]]],
    ["b.yaml", [["age1alice"]]],
    ["c.yaml", [["age1web"]]],
    ["d.yaml", [["age1web"], ["age1alice"]]],
    ["e.yaml", undefined],
])
const asked = new Map([
    ["b.yaml", ["token"]],
    ["a.yaml", ["wifi", "mail"]],
    ["d.yaml", ["x"]],
    ["e.yaml", ["x"]],
    ["/nix/store/f.yaml", ["x"]],
])

test("says of each file whether a machine opens it, and what it opens besides", () => {
    expect(needsOf(new Set(["age1web"]), asked, files)).toEqual({
        files: [
            { path: "/nix/store/f.yaml", secrets: ["x"], why: "is no encrypted file of this repository" },
            { path: "a.yaml", secrets: ["mail", "wifi"], why: undefined },
            { path: "b.yaml", secrets: ["token"], why: "is not encrypted for it" },
            { path: "d.yaml", secrets: ["x"], why: "needs a key of each of its key groups" },
            { path: "e.yaml", secrets: ["x"], why: "cannot be read as an encrypted file" },
        ],
        unneeded: ["c.yaml"],
    })
})

test("what cannot be opened is a problem, and what is not needed a note", () => {
    const { problems, notes } = needProblems("web", needsOf(new Set(["age1web"]), asked, files))
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
        "not-for-machine /nix/store/f.yaml",
        "not-for-machine b.yaml",
        "not-for-machine d.yaml",
        "not-for-machine e.yaml",
    ])
    expect(problems[1]?.message).toBe('machine "web" takes token from it, and it is not encrypted for it')
    expect(notes.map(({ code, path }) => `${code} ${path}`)).toEqual(["unneeded c.yaml"])
})
