// Bundles each program into one CommonJS file in dist/. It runs esbuild's command from PATH and not its API, so
// that the same script serves `npm run build` and a build by Nix, where esbuild is a program of nixpkgs.
//
// What is imported with `import()` is in the file too, but apart (program-file.ts). CommonJS starts 3–5 ms sooner than
// a module. Nothing is minified: it would save little and cost readable stack traces.

import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import { type Part, programText } from "./program-file.ts"

export interface Program {
    readonly name: string
    readonly entry: string
    /** A module behind an `import()` that nearly every run asks for: it stays code, with all that it imports. */
    readonly usual?: string
}

/** The two programs: what the file is called, and the source it starts from. */
export const programs: readonly [Program, Program] = [
    { name: "hostseal", entry: "agent/admin/main.ts" },
    { name: "hostseal-agent", entry: "agent/machine/main.ts", usual: "agent/machine/install-command.ts" },
]

/** The root of the source tree. */
export const root = join(import.meta.dirname, "..")

/** One edge of esbuild's graph of modules; `import()` is a `dynamic-import`. */
export interface Import {
    readonly path: string
    readonly kind: string
    readonly external?: boolean
}

/** What esbuild looked at: every source file with what it imports, and how much of it went into the bundle. */
export interface Inputs {
    readonly [path: string]: { readonly imports: readonly Import[]; readonly kept: number }
}

interface Metafile {
    readonly inputs: { readonly [path: string]: { readonly imports: readonly Import[] } }
    readonly outputs: {
        readonly [path: string]: {
            readonly entryPoint?: string
            readonly imports: readonly Import[]
            readonly inputs: { readonly [path: string]: { readonly bytesInOutput: number } }
        }
    }
}

const common = ["--platform=node", "--target=node24.7", "--legal-comments=eof"]

/**
 * Writes `<directory>/<name>.cjs`, executable, and says what went in. Throws if esbuild is not on PATH or finds an
 * error in the sources.
 */
export function bundle(program: Program, directory: string): Inputs {
    const work = mkdtempSync(join(tmpdir(), "hostseal-build-"))
    try {
        const metafile = join(work, "meta.json")
        const split = [
            "--bundle",
            "--splitting",
            "--format=esm",
            "--chunk-names=chunk-[hash]",
            "--log-level=warning",
        ]
        esbuild([program.entry, ...split, ...common, `--outdir=${work}/split`, `--metafile=${metafile}`])
        const { inputs, outputs }: Metafile = JSON.parse(readFileSync(metafile, "utf8"))
        // esbuild splits modules only; each part becomes CommonJS by itself, its `import()` a late `require`.
        const parts = Object.keys(outputs)
        const convert = [
            "--format=cjs",
            "--supported:dynamic-import=false",
            `--outdir=${work}/parts`,
            "--log-level=error",
        ]
        esbuild([...parts.map((path) => join(root, path)), ...convert, ...common])
        const read = (path: string): string => readFileSync(join(work, "parts", basename(path)), "utf8")
        const shown = neededBy(outputs, [program.entry, program.usual])
        const hidden = parts.filter((path) => !shown.has(path))
        const entry = parts.find((path) => outputs[path]?.entryPoint === program.entry) ?? ""
        const file = join(directory, `${program.name}.cjs`)
        mkdirSync(directory, { recursive: true })
        writeFileSync(file, programText(basename(entry), [...shown].map(named), hidden.map(named)))
        chmodSync(file, 0o755)
        return keptOf(inputs, outputs)

        function named(path: string): Part {
            return { name: basename(path), code: read(path) }
        }
    } finally {
        rmSync(work, { recursive: true })
    }
}

function keptOf(inputs: Metafile["inputs"], outputs: Metafile["outputs"]): Inputs {
    const kept = new Map<string, number>()
    for (const output of Object.values(outputs))
        for (const [path, { bytesInOutput }] of Object.entries(output.inputs))
            kept.set(path, (kept.get(path) ?? 0) + bytesInOutput)
    const entries = Object.entries(inputs).map(([path, { imports }]) => [
        path,
        { imports, kept: kept.get(path) ?? 0 },
    ])
    return Object.fromEntries(entries)
}

/** Bundles both programs into `directory`. */
export function build(directory: string): void {
    for (const program of programs) bundle(program, directory)
}

/** The parts that start with these sources, and all that they import at once. */
function neededBy(outputs: Metafile["outputs"], sources: readonly (string | undefined)[]): Set<string> {
    const needed = new Set<string>()
    const visit = (path: string): void => {
        if (needed.has(path) || outputs[path] === undefined) return
        needed.add(path)
        for (const edge of outputs[path].imports) if (edge.kind === "import-statement") visit(edge.path)
    }
    for (const [path, { entryPoint }] of Object.entries(outputs))
        if (entryPoint !== undefined && sources.includes(entryPoint)) visit(path)
    return needed
}

function esbuild(args: readonly string[]): void {
    execFileSync("esbuild", args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
}

if (argv[1] === fileURLToPath(import.meta.url)) build(argv[2] ?? join(root, "dist"))
