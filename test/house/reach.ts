// What no program reaches: which exports of agent/ are used, directly or through others, by what the entry points run.
// It is rough in one direction only: whatever looks like a use of a name counts as one.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseAst } from "vitest/node"
import { sourcesOf } from "./imports.ts"

/** A name of a file, or all of them. */
interface Use {
    readonly file: string
    readonly name: string
}

/** A statement at the top of a file. */
interface Statement {
    readonly declared: readonly string[]
    readonly text: string
}

interface Source {
    readonly statements: readonly Statement[]
    readonly exported: readonly string[]
    /** What the names of imports stand for. */
    readonly imported: ReadonlyMap<string, Use>
}

const everything = "*"

/** The exports, as `file: name`, that are not reached from these files. */
export function unreachedFrom(root: string, entries: readonly string[]): string[] {
    const sources = new Map(sourcesOf(root, "agent").map((file) => [file, sourceOf(root, file)]))
    const reached = new Set<string>()
    const waiting: Use[] = entries.map((file) => ({ file, name: everything }))
    for (let use = waiting.pop(); use !== undefined; use = waiting.pop()) {
        const { file, name } = use
        const source = sources.get(file)
        if (source === undefined || reached.has(`${file}: ${name}`)) continue
        reached.add(`${file}: ${name}`)
        // What stands at the top of a file runs whenever one of its names is wanted.
        const wanted = source.statements.filter(
            ({ declared }) => name === everything || declared.length === 0 || declared.includes(name),
        )
        const own = new Set(source.statements.flatMap(({ declared }) => declared))
        for (const { declared, text } of wanted) {
            for (const each of declared) waiting.push({ file, name: each })
            for (const [word] of text.matchAll(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu)) {
                const from = source.imported.get(word)
                if (from !== undefined) waiting.push(from)
                else if (own.has(word)) waiting.push({ file, name: word })
            }
            waiting.push(...lateImports(file, text))
        }
    }
    return [...sources]
        .flatMap(([file, { exported }]) => exported.map((name) => `${file}: ${name}`))
        .filter((name) => !reached.has(name))
}

function sourceOf(root: string, file: string): Source {
    const code = readFileSync(join(root, file), "utf8")
    const imported = new Map<string, Use>()
    const [statements, exported]: [Statement[], string[]] = [[], []]
    for (const node of parseAst(code, { lang: "ts" }).body) {
        if (node.type === "ImportDeclaration") {
            for (const specifier of node.specifiers) {
                const name = specifier.type === "ImportSpecifier" ? nameOf(specifier.imported) : everything
                imported.set(specifier.local.name, { file: join(file, "..", node.source.value), name })
            }
            continue
        }
        const isExport = node.type === "ExportNamedDeclaration"
        const declared = namesOf(isExport ? node.declaration : node)
        if (isExport) exported.push(...declared)
        statements.push({ declared, text: code.slice(node.start, node.end) })
    }
    return { statements, exported, imported }
}

function nameOf(node: { readonly name?: string; readonly value?: unknown }): string {
    return node.name ?? String(node.value)
}

/** The names that a statement declares. */
function namesOf(node: unknown): string[] {
    if (typeof node !== "object" || node === null) return []
    if ("declarations" in node && Array.isArray(node.declarations))
        return node.declarations.flatMap(({ id }: { id: unknown }) => boundIn(id))
    return "id" in node ? boundIn(node.id) : []
}

/** The names in a pattern. */
function boundIn(pattern: unknown): string[] {
    if (typeof pattern !== "object" || pattern === null) return []
    if ("elements" in pattern && Array.isArray(pattern.elements)) return pattern.elements.flatMap(boundIn)
    if ("properties" in pattern && Array.isArray(pattern.properties))
        return pattern.properties.flatMap(({ value }: { value: unknown }) => boundIn(value))
    return "name" in pattern && typeof pattern.name === "string" ? [pattern.name] : []
}

/** What a statement imports with `import()`: the names that it takes out, or everything where that cannot be told. */
function lateImports(file: string, text: string): Use[] {
    return [...text.matchAll(/(.*)\bimport\("(\.[^"]+)"\)(.*)/gu)].flatMap(
        ([, before = "", path = "", after = ""]) => {
            const target = join(file, "..", path)
            const one = /^\)?\.(?!then\b)(\w+)/u.exec(after)?.[1]
            const several =
                /\{([^{}]*)\} = await $/u.exec(before)?.[1] ?? /^\.then\(\(\{([^{}]*)\}\)/u.exec(after)?.[1]
            const names =
                one === undefined ? several?.split(",").map((name) => name.split(":", 1)[0]?.trim()) : [one]
            return (names ?? [everything]).flatMap((name) =>
                name === undefined || name === "" ? [] : [{ file: target, name }],
            )
        },
    )
}
