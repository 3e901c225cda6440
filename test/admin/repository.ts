import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { generateIdentity } from "../../agent/age/identity.ts"
import type { GeneratedIdentity } from "../../agent/age/identity.ts"
import type { World } from "../../agent/admin/context.ts"
import { hostseal } from "./world.ts"

/** A git repository with a user alice, who is the one that commands run as. */
export interface Repository {
    readonly flake: string
    readonly alice: GeneratedIdentity
    readonly env: Record<string, string>
    run(argv: readonly string[], more?: Partial<World>): ReturnType<typeof hostseal>
    /** Runs a command that must succeed; returns what it printed. */
    must(
        argv: readonly string[],
        more?: Partial<World>,
    ): Promise<{ readonly out: string; readonly err: string }>
    /** The subjects of all commits, newest first. */
    log(): string[]
    secrets(): string[]
    git(...args: string[]): string
}

/** Makes one in a directory below `root`. */
export async function repository(root: string, env: Record<string, string> = {}): Promise<Repository> {
    const flake = mkdtempSync(join(root, "repository-"))
    const alice = generateIdentity()
    const HOME = mkdtempSync(join(root, "alice-"))
    mkdirSync(join(HOME, ".config/sops/age"), { recursive: true })
    writeFileSync(join(HOME, ".config/sops/age/keys.txt"), alice.secret, { mode: 0o600 })
    const all = { PATH: "/usr/bin:/bin", HOME, GIT_CONFIG_NOSYSTEM: "1", ...env }
    const git = (...args: string[]): string =>
        execFileSync("git", ["-C", flake, ...args], { env: all }).toString()
    git("init", "--quiet", "--initial-branch=main")
    for (const [name, value] of [
        ["user.name", "Alice"],
        ["user.email", "alice@example.org"],
    ] as const)
        git("config", name, value)

    const run: Repository["run"] = async (argv, more = {}) => hostseal(argv, all, { cwd: flake, ...more })
    const must: Repository["must"] = async (argv, more = {}) => {
        const result = await run(argv, more)
        if (result.code !== 0) throw new Error(`${argv.join(" ")}: exit code ${result.code}\n${result.err}`)
        return result
    }
    await must(["users", "add", "alice", alice.recipient])
    return {
        flake,
        alice,
        env: all,
        run,
        must,
        git,
        log: () => git("log", "--format=%s").trim().split("\n"),
        secrets: () => namesIn(join(flake, "sops/secrets")),
    }
}

/** The files of a directory; none when it is not there. */
export function namesIn(directory: string): string[] {
    try {
        return readdirSync(directory).toSorted()
    } catch {
        return []
    }
}

/** A vector of the sops tests, and the key file that opens those with `age1` in their manifest. */
export function sopsVector(name: string): { readonly path: string; readonly bytes: Buffer } {
    const path = new URL(`../sops/vectors/${name}`, import.meta.url).pathname
    return { path, bytes: readFileSync(path) }
}
