// What somebody gets who has npm and no Nix: a tarball of few files, whose programs run where it is installed.

import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { env, execPath } from "node:process"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { root } from "../../agent/build/build.ts"

let directory: string
let tarball: string

function run(program: string, args: readonly string[], cwd = directory): string {
    const path = `${dirname(execPath)}:${join(root, "node_modules/.bin")}:${env["PATH"]}`
    const options = { cwd, env: { ...env, PATH: path, HOME: directory }, encoding: "utf8" } as const
    return execFileSync(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] })
}

beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "hostseal-pack-"))
    // From a clone: what packing builds must not depend on what lies about here, nor disturb it.
    run("git", ["clone", "--quiet", "--no-local", root, "clone"])
    run("cp", ["-a", join(root, "node_modules"), "clone/node_modules"])
    run("npm", ["pack", "--silent", "--pack-destination", directory], join(directory, "clone"))
    tarball = readdirSync(directory).find((name) => name.endsWith(".tgz")) ?? ""
})
afterAll(() => rmSync(directory, { recursive: true }))

test("holds what runs, and little else", () => {
    const files = run("tar", ["tzf", tarball]).trim().split("\n")
    expect(files.length).toBeLessThanOrEqual(40)
    for (const path of [
        "dist/hostseal.cjs",
        "dist/hostseal-agent.cjs",
        "dist/completions/hostseal.bash",
        "dist/completions/_hostseal",
        "dist/completions/hostseal.fish",
        "dist/man/hostseal.1",
        "LICENSE",
        "README.md",
    ])
        expect(files).toContain(`package/${path}`)
    expect(files.filter((path) => /^package\/(?:agent|test|nix)\//u.test(path))).toEqual([])
})

test("a checkout is installed as it is, and keeps its commands", () => {
    const prefix = join(directory, "linked")
    mkdirSync(prefix)
    rmSync(join(directory, "clone/dist"), { recursive: true })
    const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]
    run("npm", ["install", "--global", "--prefix", prefix, ...quiet, "."], join(directory, "clone"))
    expect(run(join(prefix, "bin/hostseal"), ["--version"])).toMatch(/^hostseal \d/u)
    expect(run(join(prefix, "bin/hostseal-agent"), ["--version"])).toMatch(/^hostseal-agent \d/u)
})

describe("installed by npm", () => {
    const prefix = (): string => join(directory, "prefix")
    beforeAll(() => {
        mkdirSync(prefix())
        const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]
        run("npm", ["install", "--global", "--prefix", prefix(), ...quiet, join(directory, tarball)])
    })

    test("has working commands", () => {
        for (const [name, text] of [
            ["hostseal", "First steps:"],
            ["hostseal-agent", "hostseal-agent install"],
            ["sops-install-secrets", "Usage: sops-install-secrets"],
        ] as const)
            expect(run("sh", ["-c", '"$0" --help 2>&1', join(prefix(), "bin", name)])).toContain(text)
        expect(run(join(prefix(), "bin/hostseal"), ["--version"])).toMatch(/^hostseal \d/u)
    })

    test("has the manual and completions where shells and man look, or where the guide says", () => {
        expect(existsSync(join(prefix(), "share/man/man1/hostseal.1"))).toBe(true)
        const installed = join(prefix(), "lib/node_modules/hostseal/dist")
        expect(readdirSync(join(installed, "completions")).toSorted()).toEqual([
            "_hostseal",
            "hostseal.bash",
            "hostseal.fish",
        ])
        const bash = spawnSync("bash", ["-n", join(installed, "completions/hostseal.bash")])
        expect(bash.status).toBe(0)
    })
})
