// Bundles each program into one CommonJS file in dist/. It runs esbuild's command from PATH and not its API, so
// that the same script serves `npm run build` and a build by Nix, where esbuild is a program of nixpkgs.
//
// CommonJS starts 3–5 ms sooner than a module. What is imported with `import()` is in the file too, but runs only
// when it is asked for. Nothing is minified: it would save 4 ms and cost readable stack traces.

import { execFileSync } from "node:child_process"
import { chmodSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"

/** The two programs: what the file is called, and the source it starts from. */
export const programs = [
    { name: "hostseal", entry: "agent/admin/main.ts" },
    { name: "hostseal-agent", entry: "agent/machine/main.ts" },
] as const

/** The root of the source tree. */
export const root = join(import.meta.dirname, "..")

/** One edge of esbuild's graph of modules; `import()` is a `dynamic-import`. */
export interface Import {
    readonly path: string
    readonly kind: string
    readonly external?: boolean
}

/** What went into a bundle: for every source file its size there and what it imports. */
export interface Inputs {
    readonly [path: string]: { readonly bytes: number; readonly imports: readonly Import[] }
}

/**
 * Writes `<directory>/<name>.cjs`, executable, and says what went in. Throws if esbuild is not on PATH or finds an
 * error in the sources.
 */
export function bundle(
    program: { readonly name: string; readonly entry: string },
    directory: string,
): Inputs {
    const file = join(directory, `${program.name}.cjs`)
    const metafile = `${file}.meta.json`
    const flags = [
        "--bundle",
        "--platform=node",
        "--target=node24.7",
        "--format=cjs",
        "--charset=utf8",
        "--legal-comments=eof",
        "--log-level=warning",
        "--banner:js=#!/usr/bin/env node",
    ]
    execFileSync("esbuild", [program.entry, ...flags, `--outfile=${file}`, `--metafile=${metafile}`], {
        cwd: root,
        stdio: ["ignore", "inherit", "inherit"],
    })
    chmodSync(file, 0o755)
    const { inputs }: { inputs: Inputs } = JSON.parse(readFileSync(metafile, "utf8"))
    rmSync(metafile)
    return inputs
}

/** Bundles both programs into `directory`. */
export function build(directory: string): void {
    for (const program of programs) bundle(program, directory)
}

if (argv[1] === fileURLToPath(import.meta.url)) build(argv[2] ?? join(root, "dist"))
