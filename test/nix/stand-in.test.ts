// A virtual machine of a configuration, as `nixos-rebuild build-vm` makes it, has made-up secrets.

import { describe, expect, inject, test } from "vitest"
import * as z from "zod"
import { evaluateNix } from "./nix.ts"

const nix = inject("nix")

const evaluated = z.strictObject({
    machine: z.boolean(),
    virtual: z.boolean(),
    warnings: z.array(z.string()),
    said: z.array(z.string()),
    standIn: z.nullable(z.boolean()),
})

/** The configuration with what NixOS declares for its virtual machines. */
async function evaluate(configuration: string): Promise<z.infer<typeof evaluated>> {
    const machine = `{ imports = [
        ({ lib, extendModules, ... }: {
            options.virtualisation.vmVariant = lib.mkOption {
                inherit (extendModules { modules = [ ]; }) type;
                default = { };
                visible = "shallow";
            };
        })
        { services.openssh.enable = true; sops.secrets.wifi.sopsFile = ./vectors/secrets.yaml; }
        (${configuration})
    ]; }`
    const expression = `let
        inherit (lib.evalModules {
            specialArgs = { inherit (import ./evaluate.nix { inherit lib; }) pkgs; };
            modules = [ ./stand-ins/nixos.nix ../../nix/nixos (${machine}) ];
        }) config;
        virtual = config.virtualisation.vmVariant;
        manifest = builtins.fromJSON (builtins.unsafeDiscardStringContext virtual.system.build.sops-nix-manifest.text);
    in {
        machine = config.sops.standIn;
        virtual = virtual.sops.standIn;
        warnings = lib.filter (lib.hasInfix "sops.standIn") config.warnings;
        said = lib.filter (lib.hasInfix "sops.standIn") virtual.warnings;
        standIn = manifest.hostseal.standIn or null;
    }`
    return evaluated.parse(await evaluateNix(nix?.library ?? "", expression))
}

describe.runIf(nix !== undefined)("build-vm", () => {
    test("has made-up secrets, and says so; the machine itself has not", async () => {
        expect(await evaluate("{ }")).toEqual({
            machine: false,
            virtual: true,
            warnings: [],
            said: [expect.stringContaining("they are made up, and everybody knows the values")],
            standIn: true,
        })
    })

    test("has none where the configuration says so", async () => {
        expect(await evaluate("{ virtualisation.vmVariant.sops.standIn = false; }")).toMatchObject({
            virtual: false,
            said: [],
            standIn: null,
        })
    })
})
