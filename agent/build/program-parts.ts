// Takes a program apart with esbuild: what it starts with, in one piece, and what it imports with `import()`.
//
// It runs esbuild's command from PATH and not its API, so that the same script serves `npm run build` and a build by
// Nix, where esbuild is a program of nixpkgs.

import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"

/** A module in CommonJS that may `require` Node's own modules, and others by `./name`. */
export interface Part {
    readonly name: string
    readonly code: string
}

/** A program in CommonJS. */
export interface Parts {
    /** What it starts with. It exports `provide`, which gives what the hidden parts import from it, by `./name`. */
    readonly start: string
    /** What it requires later, or never. */
    readonly hidden: readonly Part[]
    readonly inputs: Inputs
}

/** One edge of esbuild's graph of modules; `import()` is a `dynamic-import`. */
export interface Import {
    readonly path: string
    readonly kind: string
    readonly external?: boolean
}

/** What esbuild looked at: every source file with what it imports, and how much of it went into the program. */
export interface Inputs {
    readonly [path: string]: { readonly imports: readonly Import[]; readonly kept: number }
}

interface Metafile {
    readonly inputs: { readonly [path: string]: { readonly imports: readonly Import[] } }
    readonly outputs: Outputs
}

/** The modules that esbuild wrote, in one folder, by name. */
interface Outputs {
    readonly [name: string]: {
        readonly entryPoint?: string
        readonly imports: readonly Import[]
        readonly exports: readonly string[]
        readonly inputs: { readonly [path: string]: { readonly bytesInOutput: number } }
    }
}

// Node reads and V8 skips the whole file at every start: spaces and comments are a tenth of it.
const common = ["--platform=node", "--target=node24.7", "--legal-comments=eof", "--minify-whitespace"]
/** Of the rest, names are a seventh. They are for those who read a stack trace. */
const shortNames = "--minify-identifiers"

/**
 * The parts of the program that starts from `entry`, a path below `root`; with short names, or with those of the source.
 * Throws if esbuild finds an error.
 */
export function partsOf(entry: string, root: string, names: "short" | "source"): Parts {
    const work = mkdtempSync(join(tmpdir(), "hostseal-build-"))
    try {
        const { inputs, outputs } = split(entry, root, work)
        const shown = shownOf(outputs, entry)
        const hidden = Object.keys(outputs).filter((name) => !shown.has(name))
        writeFileSync(join(work, "start.js"), startText(outputs, shown, hidden))
        convert(hidden, work, names === "short" ? [...common, shortNames] : common)
        const read = (name: string): string => readFileSync(join(work, "parts", name), "utf8")
        return {
            start: read("start.js"),
            hidden: hidden.map((name) => ({ name, code: read(name) })),
            inputs: keptOf(inputs, outputs),
        }
    } finally {
        rmSync(work, { recursive: true })
    }
}

/** Bundles a program into modules in the folder `work`. */
function split(entry: string, root: string, work: string): Metafile {
    const metafile = join(work, "meta.json")
    const options = ["--bundle", "--splitting", "--format=esm", "--chunk-names=part-[hash]"]
    const where = [`--outdir=${work}`, `--metafile=${metafile}`]
    esbuild([entry, ...options, ...where, ...common, "--log-level=warning"], root)
    const { inputs, outputs }: Metafile = JSON.parse(readFileSync(metafile, "utf8"))
    const named = Object.entries(outputs).map(([path, output]) => {
        const imports = output.imports.map((edge) => ({ ...edge, path: nameOf(edge) }))
        return [basename(path), { ...output, imports }]
    })
    return { inputs, outputs: Object.fromEntries(named) }
}

function nameOf({ path, external }: Import): string {
    return external === true ? path : basename(path)
}

/** What runs as soon as the program starts, the module of `entry` first. */
function shownOf(outputs: Outputs, entry: string): Set<string> {
    const shown = new Set<string>()
    const visit = (name: string): void => {
        if (shown.has(name) || outputs[name] === undefined) return
        shown.add(name)
        for (const { kind, path } of outputs[name].imports) if (kind === "import-statement") visit(path)
    }
    for (const [name, { entryPoint }] of Object.entries(outputs)) if (entryPoint === entry) visit(name)
    return shown
}

/**
 * A module that imports all that is shown, so that esbuild makes one scope of it: as modules of their own the parts
 * would spend 2 ms on telling each other what they export.
 */
function startText(outputs: Outputs, shown: ReadonlySet<string>, hidden: readonly string[]): string {
    const imported = new Set(hidden.flatMap((name) => outputs[name]?.imports.map(({ path }) => path) ?? []))
    const provided = [...shown].filter((name) => imported.has(name))
    const names = provided.map((name, index) =>
        (outputs[name]?.exports ?? []).map((symbol) => ({ symbol, local: `${symbol}_${index}` })),
    )
    const imports = provided.map((name, index) => {
        const symbols = names[index]?.map(({ symbol, local }) => `${symbol} as ${local}`) ?? []
        return `import { ${symbols.join(", ")} } from "./${name}"`
    })
    const cases = provided.map((name, index) => {
        const getters = names[index]?.map(({ symbol, local }) => `get ${symbol}() { return ${local} }`) ?? []
        return `case "./${name}": return { ${getters.join(", ")} }`
    })
    const [entry = ""] = shown
    const provide = ["export function provide(name) {", "switch (name) {", ...cases, "}", "}"]
    return [...imports, `import "./${entry}"`, ...provide, ""].join("\n")
}

/** Turns the start and the hidden modules into CommonJS, their `import()` into a late `require`. */
function convert(hidden: readonly string[], work: string, options: readonly string[]): void {
    const commonJs = [
        "--format=cjs",
        "--supported:dynamic-import=false",
        "--outdir=parts",
        "--log-level=error",
    ]
    esbuild([...hidden, ...commonJs, ...options], work)
    const apart = hidden.map((name) => `--external:./${name}`)
    esbuild(["start.js", "--bundle", ...apart, ...commonJs, ...options], work)
}

function keptOf(inputs: Metafile["inputs"], outputs: Outputs): Inputs {
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

function esbuild(args: readonly string[], cwd: string): void {
    execFileSync("esbuild", args, { cwd, stdio: ["ignore", "inherit", "inherit"] })
}
