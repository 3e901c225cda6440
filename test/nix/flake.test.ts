// flake.nix, the packages and the tests for virtual machines, as far as they can be evaluated without nixpkgs.

import { beforeAll, describe, expect, inject, test } from "vitest"
import * as z from "zod"
import { parseManifest } from "../../agent/machine/manifest/parse.ts"
import { evaluateNix, imported } from "./nix.ts"
import { readRecord } from "./npm-deps.ts"

const names = z.array(z.string())
const shown = z.looseObject({ name: z.string(), mainProgram: z.string().nullable() })
const schema = z.looseObject({
    names: z.record(z.string(), z.union([names, z.string()])),
    systems: names,
    packages: z.record(z.string(), shown),
    overlay: z.record(z.string(), shown),
    checks: names,
    dependencies: z.string(),
    machines: z.record(
        z.string(),
        z.strictObject({
            name: z.string(),
            testScript: z.string(),
            nodes: z.record(z.string(), z.strictObject({ refused: names, manifests: names })),
        }),
    ),
})

const nix = inject("nix")

describe.runIf(nix !== undefined)("the flake", () => {
    let flake: z.infer<typeof schema>
    beforeAll(async () => {
        flake = schema.parse(
            await evaluateNix(nix?.library ?? "", `${imported("flake-outputs.nix")} { inherit lib; }`),
        )
    })

    test("has the outputs that users of sops-nix import", () => {
        for (const modules of ["nixosModules", "homeManagerModules", "homeModules", "darwinModules"])
            expect(flake.names[modules], modules).toEqual(["default", "sops"])
        expect(flake.names).toHaveProperty("homeManagerModule")
        expect(flake.names["overlays"]).toEqual(["default"])
        for (const output of ["checks", "devShells", "formatter", "packages"])
            expect(flake.names[output], output).toEqual(flake.systems)
    })

    test("has the packages by all their names", () => {
        expect(Object.keys(flake.packages)).toEqual([
            "default",
            "hostseal",
            "hostseal-agent",
            "sops-install-secrets",
        ])
        expect(Object.keys(flake.overlay)).toEqual(["hostseal", "hostseal-agent", "sops-install-secrets"])
        expect(flake.packages["default"]).toEqual(flake.packages["hostseal"])
        expect(flake.packages["sops-install-secrets"]).toEqual(flake.packages["hostseal-agent"])
        expect(flake.packages["hostseal-agent"]?.mainProgram).toBe("hostseal-agent")
    })

    test("fetches the dependencies by the recorded hash", () => {
        expect(flake.dependencies).toBe(readRecord().hash)
    })

    test("checks the formatting and both packages, and runs every test for virtual machines", () => {
        expect(flake.checks).toEqual(
            ["formatting", "hostseal", "hostseal-agent", ...Object.keys(flake.machines)].toSorted(),
        )
        expect(Object.keys(flake.machines).length).toBeGreaterThan(5)
    })

    test("each machine of those tests is one that the module accepts and the agent can read", () => {
        for (const [name, { nodes, testScript }] of Object.entries(flake.machines)) {
            expect(testScript, name).not.toBe("")
            for (const { refused, manifests } of Object.values(nodes)) {
                expect(refused, name).toEqual([])
                for (const manifest of manifests) parseManifest(Buffer.from(manifest), name, () => "")
            }
        }
    })
})
