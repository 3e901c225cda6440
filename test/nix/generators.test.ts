// From options to what `hostseal generate` reads.

import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, describe, expect, inject, test } from "vitest"
import { parseManifest } from "../../agent/admin/generate/manifest.ts"
import type { GeneratorManifest } from "../../agent/admin/generate/manifest.ts"
import { evaluateNix, imported } from "./nix.ts"

const nix = inject("nix")

describe.runIf(nix !== undefined)("the manifest of generators", () => {
    let manifest: GeneratorManifest
    beforeAll(async () => {
        const evaluated = await evaluateNix(
            nix?.library ?? "",
            `${imported("generators.nix")} { inherit lib; }`,
        )
        manifest = parseManifest(JSON.stringify(evaluated))
    })
    const generator = (machine: string, name: string) => manifest.declared.get(machine)?.get(name)

    test("has what the options say, in the program's words", () => {
        expect(generator("web", "ca")).toMatchObject({
            share: true,
            script: undefined,
            rotate: { maxAge: 7_776_000, confirm: true, apply: false },
        })
        expect(generator("web", "ca")?.files.get("certificate")).toMatchObject({
            secret: false,
            make: { kind: "tls-ca", key: "key", name: "Example", days: 3650 },
        })
        const app = generator("web", "app")
        expect(app).toMatchObject({
            dependencies: ["ca"],
            readers: { users: [], groups: ["admins"] },
            rotate: { maxAge: undefined, confirm: false, apply: true },
            // builtins.hashString "sha256" (builtins.toJSON { names.web = "x"; port = 80; })
            validation: "eff5839eb2d85b7d5ff54410862d61ebc2067e321b98c07c60452256f73158ea",
        })
        expect(app?.files.get("env")).toMatchObject({
            restartUnits: ["app.service"],
            make: {
                kind: "template",
                parts: ["TOKEN=", { prompt: "token" }, "\nCA=", { input: "ca", file: "certificate" }, "\n"],
            },
        })
        expect(app?.files.get("token")?.make).toEqual({ kind: "prompt", prompt: "token", orElse: undefined })
        expect(app?.files.get("other")?.make).toMatchObject({ orElse: { kind: "random", length: 16 } })
    })

    test("has scripts as what Nix makes of them", () => {
        expect(generator("web", "script")?.script).toMatchObject({
            path: expect.stringMatching(/^\/nix\/store\/.*-generator-script$/u),
            drv: expect.stringMatching(/\.drv$/u),
            text: "age-keygen > $out/key",
            system: "x86_64-linux",
        })
    })

    test("has clan's generators", () => {
        const openssh = generator("clan", "openssh")
        expect(openssh?.script?.text).toBe("ssh-keygen -f $out/key")
        expect(
            [...(openssh?.files ?? [])].map(([name, { secret, make }]) => [name, secret, make.kind]),
        ).toEqual([
            ["key", true, "script"],
            ["key.pub", false, "script"],
            ["password", true, "script"],
        ])
    })

    test("one that needs a value that is still to be made waits", () => {
        expect(manifest.unevaluated).toEqual([{ machine: "web", name: "late" }])
    })
})

test.runIf(nix !== undefined)("a configuration finds values by their generators", async () => {
    const configuration = join(import.meta.dirname, "configurations", "generators.nix")
    const found = await evaluateNix(
        nix?.library ?? "",
        `let
           evaluate = ${imported("evaluate.nix")} { inherit lib; };
           config = evaluate.config evaluate.pkgs "nixos" ${configuration};
           of = name: config.sops.generators.\${name}.files;
           fails = value: !(builtins.tryEval (builtins.deepSeq value value)).success;
         in {
           secret = (of "ca").key.path;
           early = (of "root-password").hash.path;
           fresh = (of "fresh").token.path;
           value = (of "ca").certificate.value;
           exists = (of "ca").certificate.exists;
           secretValue = fails (of "ca").key.value;
           secretExists = fails (of "ca").key.exists;
         }`,
    )
    expect(found).toEqual({
        secret: "/run/secrets/vars/shared/ca/key",
        early: "/run/secrets-for-users/vars/per-machine/web/root-password/hash",
        fresh: "/run/secrets/vars/per-machine/web/fresh/token",
        value: "public",
        exists: true,
        secretValue: true,
        secretExists: true,
    })
})

test.runIf(nix !== undefined)("what applies a value gets the previous one, where there is one", async () => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "repository-")))
    try {
        const path = join(directory, "repository")
        const copy = { recursive: true, verbatimSymlinks: true }
        cpSync(join(import.meta.dirname, "vectors", "repository"), path, copy)
        cpSync(join(path, "vars/shared/ca/key"), join(path, "vars/shared/ca/key.previous"), copy)
        const found = await evaluateNix(
            nix?.library ?? "",
            `let evaluate = ${imported("evaluate.nix")} { inherit lib; };
             in (evaluate.config evaluate.pkgs "nixos" {
               imports = [ ${join(import.meta.dirname, "configurations", "generators.nix")} ];
               sops.repository.path = lib.mkForce ${path};
             }).systemd.services.hostseal-apply-ca.serviceConfig.LoadCredential`,
        )
        expect(found).toEqual([
            "key:/run/secrets/vars/shared/ca/key",
            "key.previous:/run/secrets/vars/shared/ca/key.previous",
        ])
    } finally {
        rmSync(directory, { recursive: true })
    }
})
