// npm run nix:build: builds with Nix what is in nix/ and flake.nix, on a machine that has Nix and no nixpkgs: the
// packages, their dependencies, the checks of the flake, and what the golden files of the modules stand for. Each is built
// twice, and has to be the same. With NIXPKGS_LIB the modules are evaluated, and what they give is built as well.

import { execFileSync, spawnSync } from "node:child_process"
import { join } from "node:path"
import { exit, stdout } from "node:process"
import * as z from "zod"
import { root } from "../../../agent/build/build.ts"
import { nixpkgsLib } from "../nix.ts"
import { nixEnvironment } from "./environment.ts"

const named = z.record(z.string(), z.record(z.string(), z.string()))
const all = join(import.meta.dirname, "all.nix")
const library = nixpkgsLib()
const argument = library === undefined ? [] : ["--argstr", "library", library]

function evaluate<T>(attribute: string, schema: z.ZodType<T>): T {
    const options = ["--eval", "--strict", "--json", "--read-write-mode", all, "-A", attribute]
    const text = execFileSync("nix-instantiate", [...options, ...argument], {
        env: nixEnvironment(),
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
    })
    return schema.parse(JSON.parse(text))
}

/** Builds derivations, or builds them anew and compares; prints what was said only when that fails. */
function realise(derivations: readonly string[], ...options: readonly string[]): void {
    const { status, stderr } = spawnSync("nix-store", ["--realise", ...options, ...derivations], {
        env: nixEnvironment(),
        encoding: "utf8",
        maxBuffer: 256 * 1024 * 1024,
    })
    if (status === 0) return
    stdout.write(`${stderr}\nnix-store ${options.join(" ")}: exit ${status}\n`)
    exit(1)
}

function megabytes(path: string): number {
    const query = (...args: readonly string[]): string[] =>
        execFileSync("nix-store", ["--query", ...args], { env: nixEnvironment(), encoding: "utf8" })
            .trim()
            .split("\n")
    const sizes = query("--size", ...query("--requisites", path)).map(Number)
    return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1e6)
}

const derivations = evaluate("derivations", named)
const missing = evaluate("missing", z.record(z.string(), z.string()))
const kinds = Object.entries(derivations).map(
    ([kind, of]) => [kind, [...new Set(Object.values(of))]] as const,
)
for (const [kind, paths] of kinds) {
    realise(paths)
    realise(paths, "--check")
    stdout.write(`${kind}: ${paths.length} built twice, the same each time\n`)
}

// As somebody has them: with nothing but the system's own programs on PATH.
for (const name of ["hostseal", "hostseal-agent"]) {
    const built = ["--no-out-link", all, "-A", name]
    const path = execFileSync("nix-build", built, { env: nixEnvironment(), encoding: "utf8" }).trim()
    const options = { env: { PATH: "/usr/bin:/bin" }, encoding: "utf8" } as const
    const says = execFileSync(join(path, "bin", name), ["--version"], options)
    stdout.write(`${name} says ${says.trim()}; ${megabytes(path)} MB with what it needs\n`)
}
const run = [
    "run",
    "--impure",
    "--no-write-lock-file",
    "--override-input",
    "nixpkgs",
    "path:./test/nix/build",
    ".#hostseal",
]
const features = ["--extra-experimental-features", "nix-command flakes"]
const said = execFileSync("nix", [...features, ...run, "--", "--version"], {
    cwd: root,
    env: nixEnvironment(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
})
stdout.write(`nix run .#hostseal says ${said}`)
for (const [check, needs] of Object.entries(missing))
    stdout.write(`not built: ${check}, which needs ${needs}\n`)
stdout.write(`${kinds.reduce((sum, [, { length }]) => sum + length, 0)} derivations built\n`)
