import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import { expect, test } from "vitest"

const agent = join(import.meta.dirname, "../../agent")
const sources = readdirSync(agent, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, text: readFileSync(join(agent, path), "utf8") }))

/** The files that import a package for more than its types, and how. */
function importers(name: string): string[] {
    const statement = new RegExp(`^import (?!type ).*from "${name}|import\\("${name}|require\\("${name}`, "m")
    return sources.filter(({ text }) => statement.test(text)).map(({ path }) => path)
}

for (const [name, file] of [
    ["sshpk", "age/ssh/sshpk.ts"],
    ["age-encryption", "age/age-encryption.ts"],
] as const) {
    test(`${name} is loaded from one file, and only when it is needed`, () => {
        expect(importers(name)).toEqual([file])
        const text = sources.find(({ path }) => path === file)?.text ?? ""
        expect(text).toContain(`await import("${name}")`)
        expect(text).not.toMatch(new RegExp(`^import (?!type ).*"${name}"`, "m"))
    })
}

test("what sshpk brings along is used by nobody else", () => {
    for (const name of [
        "asn1",
        "bcrypt-pbkdf",
        "tweetnacl",
        "jsbn",
        "ecc-jsbn",
        "assert-plus",
        "safer-buffer",
    ])
        expect(importers(name)).toEqual([])
})

test("opening a file loads no package at all", async () => {
    const { metafile } = await build({
        entryPoints: [
            join(agent, "age/file.ts"),
            join(agent, "age/ssh/key.ts"),
            join(agent, "age/identity-file.ts"),
        ],
        bundle: true,
        splitting: true,
        format: "esm",
        platform: "node",
        write: false,
        metafile: true,
        outdir: "unused",
    })
    // What the entry points reach without a dynamic import.
    const reached = new Set<string>()
    const visit = (path: string): void => {
        if (reached.has(path)) return
        reached.add(path)
        for (const { path: next, kind } of metafile.outputs[path]?.imports ?? [])
            if (kind === "import-statement" && metafile.outputs[next]) visit(next)
    }
    for (const [path, { entryPoint }] of Object.entries(metafile.outputs))
        if (entryPoint?.includes("agent/age/") && !/sshpk|age-encryption|tagged/.test(entryPoint)) visit(path)
    const inputs = [...reached].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}))
    expect(inputs.length).toBeGreaterThan(10)
    expect(inputs.filter((path) => path.includes("node_modules"))).toEqual([])
})
