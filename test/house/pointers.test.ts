// Whatever a comment or a document points to is in the project: a page, a place in it, a defect by its number.

import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { expect, test } from "vitest"
import { root } from "../../agent/build/build.ts"

const text = (path: string): string => readFileSync(join(root, path), "utf8")
const pages = globSync(["*.md", "docs/**/*.md", ".github/**/*.md"], { cwd: root })
const code = globSync(["{agent,test,nix}/**/*.{ts,nix,script}", ".ci/run", "*.{ts,nix}"], {
    cwd: root,
}).filter((path) => path !== "test/house/pointers.test.ts")

/** The names by which a page's headings are linked to. */
function anchorsOf(page: string): string[] {
    const headings = text(page)
        .replaceAll(/^```[^]*?^```/gmu, "")
        .matchAll(/^#+ (.*)$/gmu)
    return [...headings].map(([, heading = ""]) =>
        heading
            .replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, "$1")
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
            .replaceAll(" ", "-"),
    )
}

/** Whether a path, with or without an anchor, leads somewhere. */
function leads(target: string): boolean {
    const [path = "", anchor] = target.split("#", 2)
    if (!existsSync(join(root, path))) return false
    return anchor === undefined || !path.endsWith(".md") || anchorsOf(path).includes(anchor)
}

test("links of the pages lead to files, and to headings in them", () => {
    const broken = pages.flatMap((page) =>
        [...text(page).matchAll(/\]\(([^)\s]+)\)/gu)]
            .map(([, target = ""]) => target)
            .filter((target) => !/^[a-z]+:/u.test(target))
            .map((target) =>
                target.startsWith("#") ? `${page}${target}` : normalize(join(dirname(page), target)),
            )
            .filter((target) => !leads(target))
            .map((target) => `${page}: ${target}`),
    )
    expect(broken).toEqual([])
})

test("comments point to pages and headings that are there", () => {
    const broken = code.flatMap((path) =>
        [...text(path).matchAll(/\bdocs\/[\w./-]+\.md(?:#[\w-]+)?/gu)]
            .map(([target]) => target)
            .filter((target) => !leads(target))
            .map((target) => `${path}: ${target}`),
    )
    expect(broken).toEqual([])
})

test("nothing points to a section of a document that is not in the project", () => {
    const outside = [...code, ...pages].flatMap((path) =>
        text(path)
            .split("\n")
            // RFCs are everywhere.
            .filter((line) => /§/u.test(line.replaceAll(/\bRFC \d+ §/gu, "")))
            .map((line) => `${path}: ${line.trim()}`),
    )
    expect(outside).toEqual([])
})

test("a defect that is named by its number is in the lists of defects", () => {
    const known = new Set(
        ["docs/clan-contract.md", "docs/sops-nix-contract.md"].flatMap((page) =>
            [...text(page).matchAll(/^\| (D\d+) \|/gmu)].map(([, name = ""]) => name),
        ),
    )
    const unknown = [...code.filter((path) => !path.startsWith("test/nix/")), ...pages].flatMap((path) =>
        [...text(path).matchAll(/\bD\d{1,2}\b/gu)]
            .map(([name]) => name)
            .filter((name) => !known.has(name))
            .map((name) => `${path}: ${name}`),
    )
    expect(unknown).toEqual([])
})
