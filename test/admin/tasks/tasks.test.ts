// Ten tasks of an administrator, each a script, and the table of docs/comparison.md that says how many commands they take.

import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { root } from "../../../agent/build/build.ts"
import { bundledCli } from "../../bundled.ts"
import { Script } from "../script.ts"

const program = await bundledCli()
const files = globSync("*.script", { cwd: import.meta.dirname }).toSorted()
const text = (file: string): string => readFileSync(join(import.meta.dirname, file), "utf8")

/** The lines between `# task` and `# done`. */
function commandsOf(file: string): readonly string[] {
    const lines = text(file).split("\n")
    return lines.slice(lines.indexOf("# task") + 1, lines.indexOf("# done"))
}

for (const file of files)
    test.concurrent(
        file,
        async () => {
            using script = new Script(program, text(file))
            await script.run()
        },
        180_000,
    )

interface Row {
    readonly script: string
    readonly counts: readonly string[]
}

const table: readonly Row[] = readFileSync(join(root, "docs/comparison.md"), "utf8")
    .split("\n")
    .flatMap((line) => {
        const [, script = "", rest = ""] =
            /^\| \[[^\]]+\]\(\.\.\/test\/admin\/tasks\/([^)]+)\) \|(.*)\|$/u.exec(line) ?? []
        return script === "" ? [] : [{ script, counts: rest.split("|").map((cell) => cell.trim()) }]
    })

test("the comparison has every task, with as many commands as its script", () => {
    expect(table.map(({ script }) => script)).toEqual(files)
    for (const { script, counts } of table) expect(counts[0], script).toBe(String(commandsOf(script).length))
})

test("no other tool takes fewer", () => {
    for (const { script, counts } of table) {
        const [own = "", ...others] = counts
        for (const other of others.filter((count) => /^\d/u.test(count)))
            expect(Number.parseInt(other, 10), script).toBeGreaterThanOrEqual(Number(own))
    }
})
