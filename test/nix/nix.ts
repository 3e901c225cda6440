// Evaluates Nix expressions with the real library of nixpkgs. Nix comes from PATH; the library from NIXPKGS_LIB, or
// from where <nixpkgs/lib> is found.

import { execFile, execFileSync } from "node:child_process"
import { join } from "node:path"
import { env } from "node:process"
import { promisify } from "node:util"

const directory = import.meta.dirname

/** How to come by what the tests of this folder need, for those who lack it. */
export const howToGetNix =
    "They need nix-instantiate (Debian: nix-bin) and the directory lib of nixpkgs: NIXPKGS_LIB=/path/to/nixpkgs/lib npm run test:nix"

/** Whether Nix is there at all. */
export function hasNix(): boolean {
    try {
        execFileSync("nix-instantiate", ["--version"], { stdio: "ignore" })
        return true
    } catch {
        return false
    }
}

/** The directory `lib` of nixpkgs, or `undefined` where Nix or the library is missing. */
export function nixpkgsLib(): string | undefined {
    if (!hasNix()) return undefined
    try {
        if (env["NIXPKGS_LIB"] !== undefined) return env["NIXPKGS_LIB"]
        const found = execFileSync("nix-instantiate", ["--find-file", "nixpkgs/lib"], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
        })
        return found.trim()
    } catch {
        return undefined
    }
}

/** The value of `expression`, in which `lib` is the library at `library`. */
export async function evaluateNix(library: string, expression: string): Promise<unknown> {
    const { stdout } = await promisify(execFile)(
        "nix-instantiate",
        [
            "--eval",
            "--strict",
            "--json",
            // What is imported from a repository becomes a path of the store, and is read there.
            "--read-write-mode",
            "--expr",
            `let lib = import ${JSON.stringify(library)}; in ${expression}`,
        ],
        {
            cwd: directory,
            // Nothing is built, so no group of builders is needed either.
            env: { ...env, NIX_CONFIG: "build-users-group =" },
            maxBuffer: 64 * 1024 * 1024,
        },
    )
    return JSON.parse(stdout)
}

/** A Nix expression that imports a file of this folder. */
export function imported(file: string): string {
    return `(import ${JSON.stringify(join(directory, file))})`
}
