// Builds the packages as nix/package.nix does, but for Nix: from the files that it takes, with the dependencies that
// nix/npm-deps.nix fetches and esbuild from PATH.

import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execPath } from "node:process"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { fetchInto } from "./npm-deps.ts"

const root = join(import.meta.dirname, "..", "..")

/** What the package is built from, by its own word. */
const sources = [...readFileSync(join(root, "nix/package.nix"), "utf8").matchAll(/^ +\.\.\/(.+)$/gmu)].map(
    ([, path = ""]) => path,
)

describe("the packages", () => {
    let directory: string
    /** What a program says; sops-install-secrets has its usage on standard error. */
    const run = (...args: readonly string[]): string => {
        const options = { cwd: directory, encoding: "utf8", env: { PATH: "/var/empty" } } as const
        const { status, stdout, stderr } = spawnSync(execPath, args, options)
        expect([status, stderr === "" || stdout === ""]).toEqual([0, true])
        return stdout + stderr
    }

    beforeAll(() => {
        directory = mkdtempSync(join(tmpdir(), "package-"))
        fetchInto(directory)
        for (const file of sources) cpSync(join(root, file), join(directory, file), { recursive: true })
        execFileSync(execPath, ["agent/build/build.ts", "dist"], { cwd: directory })
    })

    afterAll(() => rmSync(directory, { recursive: true }))

    test.each([
        ["hostseal", "hostseal"],
        ["hostseal-agent", "hostseal-agent"],
        ["hostseal-agent", "sops-install-secrets"],
    ])("%s runs under the name %s", (program, name) => {
        const link = join("dist", `as-${name}`, name)
        cpSync(
            join(directory, "dist", `${program}.cjs`),
            join(directory, "dist", `as-${name}`, `${program}.cjs`),
        )
        symlinkSync(`${program}.cjs`, join(directory, link))
        expect(run(link, "--help")).toContain(name)
    })

    test("hostseal says how shells complete it, and writes its man pages", () => {
        const program = join("dist", "hostseal.cjs")
        for (const shell of ["bash", "zsh", "fish"])
            expect(run(program, "completion", shell)).toContain("hostseal")
        run(program, "man", "man")
        const pages = readdirSync(join(directory, "man"))
        expect(pages).toContain("hostseal.1")
        expect(readFileSync(join(directory, "man", "hostseal.1"), "utf8")).toMatch(/^\.TH/mu)
    })
})
