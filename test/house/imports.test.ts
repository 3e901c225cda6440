import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { execPath } from "node:process"
import { afterAll, expect, test } from "vitest"
import { circlesOf, importsOf, sourcesOf } from "./imports.ts"

const directory = mkdtempSync(join(tmpdir(), "hostseal-imports-"))
afterAll(() => rmSync(directory, { recursive: true }))

/** A source tree with these files. */
function tree(files: Readonly<Record<string, string>>): string {
    const root = mkdtempSync(join(directory, "tree-"))
    for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, name)), { recursive: true })
        writeFileSync(join(root, name), text)
    }
    return root
}

const ways = {
    "a plain import": `import "./b.ts"\n`,
    "an import of values": `import { b } from "./b.ts"\n`,
    "an import of types alone": `import type { B } from "./b.ts"\n`,
    "an import over several lines": `import {\n    one,\n    type Two,\n} from "./b.ts"\n`,
    "an export from elsewhere": `export { b } from "./b.ts"\n`,
    "an import when it is needed": `export const b = async () => (await import("./b.ts")).b\n`,
    "a type that is imported in place": `export const b: import("./b.ts").B = 1\n`,
}
for (const [way, text] of Object.entries(ways)) {
    test(`sees ${way}`, () => {
        const root = tree({ "agent/a.ts": text })
        expect(importsOf(root, ["agent/a.ts"]).get("agent/a.ts")).toEqual(new Set(["agent/b.ts"]))
    })
}

test("packages, and what a comment or a text says, are no imports", () => {
    const text = `import { z } from "zod"\nimport { join } from "node:path"\n// import { b } from "./b.ts"\nconst text = "./b.ts"\n`
    expect(importsOf(tree({ "agent/a.ts": text }), ["agent/a.ts"]).get("agent/a.ts")).toEqual(new Set())
})

test("finds each circle once, and nothing besides it", () => {
    const root = tree({
        "agent/main.ts": `import "./x/one.ts"\nimport "./y.ts"\n`,
        "agent/x/one.ts": `import { two } from "./two.ts"\n`,
        "agent/x/two.ts": `import type { Three } from "../three.ts"\nimport "../leaf.ts"\n`,
        "agent/three.ts": `import type { One } from "./x/one.ts"\n`,
        "agent/y.ts": `import type { Y } from "./y.ts"\nimport "./leaf.ts"\n`,
        "agent/leaf.ts": "",
    })
    const circles = circlesOf(importsOf(root, sourcesOf(root, "agent")))
    expect(circles.toSorted((a, b) => a.length - b.length)).toEqual([
        ["agent/y.ts"],
        ["agent/three.ts", "agent/x/one.ts", "agent/x/two.ts"],
    ])
})

test("the check names the files of a circle and fails, and is content with none", () => {
    const run = (root: string) =>
        spawnSync(execPath, [join(import.meta.dirname, "circles.ts"), root], { encoding: "utf8" })
    const circle = { "agent/a.ts": `import type { B } from "./b.ts"\n`, "agent/b.ts": `import "./a.ts"\n` }
    expect(run(tree(circle))).toMatchObject({
        status: 1,
        stderr: "these files import each other: agent/a.ts, agent/b.ts\n",
    })
    expect(run(tree({ "agent/a.ts": `import "./b.ts"\n`, "agent/b.ts": "" }))).toMatchObject({
        status: 0,
        stderr: "",
    })
})
