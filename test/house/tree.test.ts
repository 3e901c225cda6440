// The house as a whole: what a stranger relies on to find a room.

import { globSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { expect, test } from "vitest"
import { root } from "../../agent/build/build.ts"
import { circlesOf, importsOf, sourcesOf } from "./imports.ts"

test("no files import each other in a circle, types included", () => {
    expect(circlesOf(importsOf(root, sourcesOf(root, "agent")))).toEqual([])
})

test("what checks that is part of the lint run", () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(
        readFileSync(join(root, "package.json"), "utf8"),
    )
    expect(scripts["lint"]).toContain("node test/house/circles.ts")
})

test("no folder of code holds more files than one can look over", () => {
    const folders = [
        ".",
        ...readdirSync(join(root, "agent"), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map((entry) => relative(join(root, "agent"), join(entry.parentPath, entry.name))),
    ]
    const crowded = folders.flatMap((folder) => {
        const files = readdirSync(join(root, "agent", folder), { withFileTypes: true })
        const count = files.filter((entry) => entry.isFile()).length
        // Each command has a file of its own.
        return count > (folder === "admin/commands" ? 42 : 25) ? [`${folder}: ${count} files`] : []
    })
    expect(crowded).toEqual([])
})

test("a test has the path of what it tests, or is of a kind that docs/testing.md lists", () => {
    const page = readFileSync(join(root, "docs/testing.md"), "utf8")
    const listed = [...page.matchAll(/`(test\/[^`]+)`/gu)].map(([, path = ""]) => path)
    const kinds = [...page.matchAll(/^\| (`test\/.*?) \|/gmu)].flatMap(([, cell = ""]) =>
        cell.split(", ").map((path) => path.replaceAll("`", "")),
    )
    const sources = new Set(sourcesOf(root, "agent"))
    const tests = globSync("test/**/*.test.ts", { cwd: root }).toSorted()
    const homeless = tests.filter((path) => {
        const mirrored = path.replace(/^test\/(.*)\.test\.ts$/u, "agent/$1.ts")
        return (
            !sources.has(mirrored) &&
            !kinds.some((kind) => path === kind || (kind.endsWith("/") && path.startsWith(kind)))
        )
    })
    expect(homeless).toEqual([])
    expect(listed.filter((path) => globSync(path, { cwd: root }).length === 0)).toEqual([])
})
