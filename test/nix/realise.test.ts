// Scripts that Nix has still to make, made by Nix itself.

import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { realise } from "../../agent/admin/generate/script/realise.ts"
import { runScript } from "../../agent/admin/generate/script/run-script.ts"
import type { Script } from "../../agent/repo/generators/generator.ts"
import { nixEnvironment } from "./build/environment.ts"
import { hasNix } from "./nix.ts"

const env = nixEnvironment()

/** A script that nobody has made before, by what the builder does. */
function script(build: string): Script {
    const name = `generator-${randomBytes(8).toString("hex")}`
    const expression = `derivation { name = "${name}"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" ''${build}'' ]; }`
    const found: unknown = JSON.parse(
        execFileSync(
            "nix-instantiate",
            [
                "--eval",
                "--strict",
                "--json",
                "--read-write-mode",
                "--expr",
                `let d = ${expression}; in [ d.drvPath d.outPath ]`,
            ],
            { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] },
        ),
    )
    const [drv, path] = Array.isArray(found) ? found.map(String) : []
    return { text: undefined, path, drv, runtimeInputs: [], system: undefined }
}

const nothing = { inputs: new Map(), prompts: new Map(), there: new Map() }

describe.runIf(hasNix())("scripts of Nix", () => {
    test("are made together, and run", async () => {
        const [one, two] = [
            script('echo "echo CANARY > \\$out/a" > $out'),
            script('echo "echo two > \\$out/a" > $out'),
        ]
        expect(existsSync(one.path ?? "")).toBe(false)
        await realise(
            new Map([
                ["one", { script: one }],
                ["two", { script: two }],
            ]),
            env,
        )
        const limits = { seconds: 60, env, confined: true }
        const written = await runScript({ title: "one", script: one, ...nothing, wanted: ["a"] }, limits)
        expect(written.files.get("a")?.toString()).toBe("CANARY\n")
        expect(existsSync(two.path ?? "")).toBe(true)
        // What is there is not asked for.
        await realise(new Map([["one", { script: one }]]), { PATH: "/nowhere" })
    })

    test("that cannot be made are told with their generators", async () => {
        const broken = script("echo the reason >&2; exit 1")
        await expect(realise(new Map([["app of web01", { script: broken }]]), env)).rejects.toThrow(
            "nothing was changed: Nix cannot make the scripts of app of web01",
        )
        const bin = mkdtempSync(join(tmpdir(), "hostseal-bin-"))
        onTestFinished(() => rmSync(bin, { recursive: true }))
        await expect(realise(new Map([["app of web01", { script: broken }]]), { PATH: bin })).rejects.toThrow(
            "scripts are still to be made, and there is no nix-store: app of web01",
        )
    })
})
