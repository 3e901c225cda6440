// Which file imports which. The linter does not follow `import type`; a reader does.

import { readFileSync, readdirSync } from "node:fs"
import { join, relative } from "node:path"

/** The files that each file imports, in whatever way; all of them paths below the root that was looked at. */
export type Imports = ReadonlyMap<string, ReadonlySet<string>>

/** The TypeScript files below `folder`, as paths below `root`. */
export function sourcesOf(root: string, folder: string): string[] {
    const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    return entries
        .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
        .map((entry) => relative(root, join(entry.parentPath, entry.name)))
        .toSorted()
}

/** What these files import from each other and from other files; packages and Node's modules are left out. */
export function importsOf(root: string, files: readonly string[]): Imports {
    return new Map(
        files.map((file) => {
            const names = namesIn(readFileSync(join(root, file), "utf8"))
            return [file, new Set(names.map((name) => join(file, "..", name)))]
        }),
    )
}

// The formatter leaves one way to write each of them: at the start of a line, and `import("…")` as value or as type.
const statement = /^(?:import|export)\b(?:[^"'`;=]*?\bfrom)?\s*"(\.[^"]+)"/gmu
const call = /\bimport\("(\.[^"]+)"\)/gu

/** The relative names that a file imports. */
function namesIn(text: string): string[] {
    return [statement, call].flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = ""]) => name))
}

/** The circles: groups of files of which each reaches each other one. A file that imports itself is one, too. */
export function circlesOf(imports: Imports): string[][] {
    // Tarjan's strongly connected components.
    const [order, low] = [new Map<string, number>(), new Map<string, number>()]
    const stack: string[] = []
    const circles: string[][] = []
    const visit = (file: string): number => {
        const at = order.size
        order.set(file, at)
        low.set(file, at)
        stack.push(file)
        for (const next of imports.get(file) ?? []) {
            if (!order.has(next)) low.set(file, Math.min(low.get(file) ?? at, visit(next)))
            else if (stack.includes(next)) low.set(file, Math.min(low.get(file) ?? at, order.get(next) ?? at))
        }
        const lowest = low.get(file) ?? at
        if (lowest === at) {
            const circle = stack.splice(stack.indexOf(file))
            if (circle.length > 1 || imports.get(file)?.has(file) === true) circles.push(circle.toSorted())
        }
        return lowest
    }
    for (const file of imports.keys()) if (!order.has(file)) visit(file)
    return circles
}
