// What configurations of sops-nix have that the modules could trip over.

import { describe, expect, inject, test } from "vitest"
import * as z from "zod"
import { evaluateNix, imported } from "./nix.ts"

const nix = inject("nix")

const schema = z.looseObject({
    refused: z.array(z.string()),
    manifest: z.looseObject({ ageKeyFile: z.string().nullable() }),
    units: z.looseObject({ texts: z.record(z.string(), z.string()) }),
})

async function evaluate(configuration: string) {
    const base =
        "{ services.openssh.enable = true; sops.defaultSopsFile = ./vectors/secrets.yaml; sops.secrets.wifi = { }; }"
    const expression = `(${imported("evaluate.nix")} { inherit lib; }).nixos { imports = [ (${base}) (${configuration}) ]; }`
    const machine = schema.parse(await evaluateNix(nix?.library ?? "", expression))
    expect(machine.refused).toEqual([])
    return machine
}

describe.runIf(nix !== undefined)("a configuration", () => {
    test("may have a template of a megabyte", async () => {
        const machine = await evaluate(`{
            services.userborn.enable = true;
            sops.secrets.alice-password.neededForUsers = true;
            sops.templates.large.content = lib.concatStrings (lib.genList (toString) 180000);
        }`)
        expect(machine.manifest).toHaveProperty("templates.0.name", "large")
    })

    test("may name the file with keys as a path, which is not copied to the store", async () => {
        const machine = await evaluate(
            "{ sops.age.keyFile = ./vectors/ssh_host_ed25519_key; sops.age.generateKey = true; }",
        )
        const file = `${import.meta.dirname}/vectors/ssh_host_ed25519_key`
        expect(machine.manifest.ageKeyFile).toBe(file)
        expect(machine.units.texts["sops-generate-age-key.service"]).toContain(`age-keygen -o ${file}\n`)
    })

    test.each([
        ["/home/alice/secrets.yaml", "read-only"],
        ["/root/secrets.yaml", "read-only"],
        ["/srv/secrets.yaml", "true"],
    ])("may have a sops file at %s, which the unit can read", async (file, setting) => {
        const { units } = await evaluate(
            `{ sops.validateSopsFiles = false; sops.secrets.token.sopsFile = "${file}"; }`,
        )
        expect(units.texts["sops-install-secrets.service"]).toContain(`\nProtectHome=${setting}\n`)
    })
})
