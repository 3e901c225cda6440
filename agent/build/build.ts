// Ships each program as one CommonJS file in dist/: CommonJS starts 3–5 ms sooner than a module.

import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"
import { programText } from "./program-file.ts"
import { type Inputs, partsOf } from "./program-parts.ts"
import { rehearse } from "./rehearsal.ts"
import { installScene, repositoryScene } from "./scene.ts"
import type { Scene } from "./scene.ts"

export interface Program {
    /** What its file is called. */
    readonly name: string
    /** The source it starts from. */
    readonly entry: string
    /** Those of the source, where somebody gets to see a stack trace. */
    readonly names: "short" | "source"
    /** What it is most often called for. */
    readonly scene: Scene
}

/** The admin program. */
export const cli: Program = {
    name: "hostseal",
    entry: "agent/admin/main.ts",
    names: "source",
    scene: repositoryScene,
}
/** The machine's program. */
export const agent: Program = {
    name: "hostseal-agent",
    entry: "agent/machine/main.ts",
    names: "short",
    scene: installScene,
}
export const programs = [cli, agent] as const

/** The root of the source tree. */
export const root = join(import.meta.dirname, "..", "..")

/**
 * Writes `<directory>/<name>.cjs`, executable, and says what went in. Throws if esbuild is not on PATH or finds an
 * error in the sources, and if the program does not run.
 */
export async function bundle({ name, entry, names, scene }: Program, directory: string): Promise<Inputs> {
    const parts = partsOf(entry, root, names)
    const file = join(directory, `${name}.cjs`)
    mkdirSync(directory, { recursive: true })
    writeFileSync(file, await programText(parts, (text) => rehearse(text, scene)))
    chmodSync(file, 0o755)
    return parts.inputs
}

/** Bundles both programs into `directory`. */
export async function build(directory: string): Promise<void> {
    for (const program of programs) await bundle(program, directory)
}

if (argv[1] === fileURLToPath(import.meta.url)) await build(argv[2] ?? join(root, "dist"))
