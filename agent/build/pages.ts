// What an installation by npm brings along besides the programs: completions, and the manual as one page. They are what
// the built program prints of itself, so that they cannot be stale.

import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { cli } from "./build.ts"

/** Writes `completions/` and `man/` beside the programs in `directory`. Throws if the program does not run. */
export function writePages(directory: string): void {
    const program = join(directory, `${cli.name}.cjs`)
    const run = (...args: readonly string[]): string =>
        execFileSync(execPath, [program, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
    for (const name of ["completions", "man"]) mkdirSync(join(directory, name), { recursive: true })
    for (const [shell, file] of [
        ["bash", "hostseal.bash"],
        ["zsh", "_hostseal"],
        ["fish", "hostseal.fish"],
    ] as const)
        writeFileSync(join(directory, "completions", file), run("completion", shell))
    const pages = mkdtempSync(join(tmpdir(), "hostseal-man-"))
    run("man", pages)
    copyFileSync(join(pages, "hostseal.1"), join(directory, "man/hostseal.1"))
    rmSync(pages, { recursive: true })
}
