// docs/nixos.md: its commands make a repository, and the configuration beside them installs from it. test/readme.test.ts
// compares what the commands print; test/system/switch.test.ts boots a machine that has its secrets from a repository.

import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { env, execPath } from "node:process"
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest"
import * as z from "zod"
import { checkManifest } from "../../agent/machine/check.ts"
import { parseManifest } from "../../agent/machine/manifest/parse.ts"
import { commandsOf } from "../transcript.ts"
import { evaluateNix, hasNix, imported } from "./nix.ts"

const root = join(import.meta.dirname, "..", "..")
const page = readFileSync(join(root, "docs/nixos.md"), "utf8")
const [flake = "", machine = ""] = [...page.matchAll(/^```nix\n(.*?)^```$/gmsu)].map(([, text = ""]) => text)
const nix = inject("nix")

describe("the page on NixOS", () => {
    let home: string
    beforeAll(() => {
        home = mkdtempSync(join(tmpdir(), "hostseal-nixos-"))
        for (const name of ["bin", "flake"]) mkdirSync(join(home, name))
        const program = join(home, "bin/hostseal")
        writeFileSync(program, `#!/bin/sh\nexec '${execPath}' '${root}/agent/admin/main.ts' "$@"\n`)
        chmodSync(program, 0o755)
        writeFileSync(join(home, ".gitconfig"), "[user]\nname = Alice\nemail = alice@example.org\n")
        const hostKey = readFileSync(join(root, "test/nix/vectors/ssh_host_ed25519_key.pub"), "utf8")
        writeFileSync(join(home, "flake/web01.pub"), hostKey)
        writeFileSync(join(home, "flake/web01.nix"), machine)
        for (const command of ["git init --quiet", ...commandsOf(page).map((shown) => shown.command)])
            execFileSync("sh", ["-c", command], {
                cwd: join(home, "flake"),
                env: { PATH: `${home}/bin:${env["PATH"]}`, HOME: home },
                stdio: ["ignore", "pipe", "pipe"],
            })
    })
    afterAll(() => rmSync(home, { recursive: true }))

    test.runIf(hasNix())("has a flake and a configuration that Nix reads", () => {
        for (const text of [flake, machine]) {
            const parse = (): string =>
                execFileSync("nix-instantiate", ["--parse", "-E", text], { encoding: "utf8", stdio: "pipe" })
            expect(parse).not.toThrow()
        }
    })

    test.runIf(nix !== undefined)("installs what its commands have made", async () => {
        const configuration = JSON.stringify(join(home, "flake/web01.nix"))
        const evaluated = z
            .looseObject({
                refused: z.array(z.string()),
                warnings: z.array(z.string()),
                manifest: z.json(),
                loadCredential: z.record(z.string(), z.string()),
            })
            .parse(
                await evaluateNix(
                    nix?.library ?? "",
                    `(${imported("evaluate.nix")} { inherit lib; }).nixos (/. + ${configuration})`,
                ),
            )
        expect([evaluated.refused, evaluated.warnings]).toEqual([[], []])
        expect(evaluated.loadCredential).toEqual({ wifi: "wifi:/run/secrets/wifi" })
        const manifest = parseManifest(Buffer.from(JSON.stringify(evaluated.manifest)), "manifest", () => "")
        expect(manifest.secrets.map(({ name }) => name)).toEqual(["wifi"])
        expect((await checkManifest(manifest, "sopsfile")).problems).toEqual([])
    })
})
