// The flake as Nix itself reads it, with a stand-in for its one input: this machine may have no network, and Nix 2.8 is
// older than nixpkgs allows.

import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import * as z from "zod"
import { nixEnvironment } from "./build/environment.ts"
import { hasNix } from "./nix.ts"

const root = join(import.meta.dirname, "..", "..")
const lock = z
    .looseObject({
        nodes: z.looseObject({
            nixpkgs: z.looseObject({
                locked: z.looseObject({ rev: z.string().regex(/^[0-9a-f]{40}$/u) }),
                original: z.looseObject({ owner: z.string(), repo: z.string(), ref: z.string() }),
            }),
        }),
    })
    .parse(JSON.parse(readFileSync(join(root, "flake.lock"), "utf8"))).nodes.nixpkgs

function nix(...args: readonly string[]): string {
    const features = ["--extra-experimental-features", "nix-command flakes", "--offline"]
    return execFileSync("nix", [...features, ...args], {
        cwd: root,
        env: nixEnvironment(),
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
    })
}

test("flake.lock is of the branch that flake.nix names", () => {
    const { owner, repo, ref } = lock.original
    expect(readFileSync(join(root, "flake.nix"), "utf8")).toContain(`"github:${owner}/${repo}/${ref}"`)
})

describe.runIf(hasNix())("nix", () => {
    const standIn = ["--no-write-lock-file", "--override-input", "nixpkgs", "path:./test/nix/build"]

    test("takes the lock file as it is", () => {
        const metadata = nix("flake", "metadata", "--json", "--no-update-lock-file", ".")
        expect(metadata).toContain(lock.locked.rev)
    })

    test("finds nothing wrong with any output, for all systems", () => {
        expect(() => nix("flake", "check", "--impure", "--no-build", ...standIn, ".")).not.toThrow()
    })

    test("shows both programs", () => {
        expect(nix("flake", "show", "--impure", "--json", ...standIn, ".")).toMatch(/hostseal-agent-\d/u)
    })
})
