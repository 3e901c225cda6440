// Installs the real programs, at fixed versions from their public modules, into the user's cache directory and puts
// them first on PATH. Needs Go 1.25 or later; what is there already is not installed again.

import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { argv, env } from "node:process"
import { fileURLToPath } from "node:url"

interface Program {
    readonly module: string
    readonly version: string
    /** What the tests call it, when that is not the last part of the module's name. */
    readonly name?: string
}

const age = "v1.3.2"
const programs: readonly Program[] = [
    { module: "github.com/getsops/sops/v3/cmd/sops", version: "v3.13.2" },
    { module: "github.com/getsops/sops/v3/cmd/sops", version: "v3.9.4", name: "sops-3.9.4" },
    { module: "filippo.io/age/cmd/age", version: age },
    { module: "filippo.io/age/cmd/age-keygen", version: age },
    { module: "filippo.io/age/cmd/age-inspect", version: age },
    { module: "filippo.io/age/cmd/age-plugin-batchpass", version: age },
    { module: "github.com/Mic92/ssh-to-age/cmd/ssh-to-age", version: "v1.3.0" },
    // Not every mirror of Go modules serves this one: agents.test.ts has recordings for where it cannot be had.
    {
        module: "github.com/Mic92/sops-nix/pkgs/sops-install-secrets",
        version: "v0.0.0-20260622220325-56b24064fdca",
    },
]

const cache = join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "hostseal", "programs")

/** Runs once before all tests that compare with the real programs. */
export const setup = (): void => {
    const directories = new Set(programs.map(install))
    env["PATH"] = [...directories, env["PATH"]].join(delimiter)
}

/** The directory that holds the program. A failure to install is told, and left to the tests that need it. */
function install({ module, version, name }: Program): string {
    const built = module.slice(module.lastIndexOf("/") + 1)
    const directory = join(cache, version)
    const wanted = join(directory, name ?? built)
    if (existsSync(wanted)) return directory
    mkdirSync(directory, { recursive: true })
    // Apart, and then into its place at once: another run may be installing the same.
    const apart = mkdtempSync(join(directory, "new-"))
    try {
        build(module, version, apart)
        renameSync(join(apart, built), wanted)
    } catch (error) {
        console.error(`${name ?? built} ${version} could not be installed: ${String(error)}`)
    } finally {
        rmSync(apart, { recursive: true })
    }
    return directory
}

/**
 * Lets Go build the program from its module. Told to by version, Go also asks for the list of all versions, which some
 * mirrors do not have; within a module that requires just this one it does not.
 */
function build(program: string, version: string, directory: string): void {
    const go = (what: string, cwd: string, flags: string): void => {
        const variables = { ...env, GOBIN: directory, GOFLAGS: `${env["GOFLAGS"] ?? ""} ${flags}`.trim() }
        execFileSync("go", ["install", "-trimpath", what], { cwd, env: variables, stdio: "pipe" })
    }
    try {
        go(`${program}@${version}`, directory, "")
    } catch {
        const inside = mkdtempSync(join(tmpdir(), "hostseal-module-"))
        const module = program.replace(/\/(?:cmd|pkgs)\/.*$/u, "")
        writeFileSync(join(inside, "go.mod"), `module programs\n\ngo 1.25\n\nrequire ${module} ${version}\n`)
        try {
            go(program, inside, "-mod=mod")
        } finally {
            rmSync(inside, { recursive: true })
        }
    }
}

if (argv[1] === fileURLToPath(import.meta.url)) setup()
