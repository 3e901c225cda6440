// What decides whether a unit or a script installs secrets.

import { describe, expect, inject, test } from "vitest"
import * as z from "zod"
import { evaluateNix, imported } from "./nix.ts"

const nix = inject("nix")

const schema = z.looseObject({
    refused: z.array(z.string()),
    units: z.looseObject({ links: z.array(z.looseObject({ name: z.string() })) }),
    activationScripts: z.record(z.string(), z.union([z.string(), z.looseObject({ text: z.string() })])),
})

async function evaluate(configuration: string) {
    const base =
        "{ services.openssh.enable = true; sops.defaultSopsFile = ./vectors/secrets.yaml; sops.secrets.wifi = { }; }"
    const expression = `(${imported("evaluate.nix")} { inherit lib; }).nixos { imports = [ (${base}) (${configuration}) ]; }`
    const machine = schema.parse(await evaluateNix(nix?.library ?? "", expression))
    expect(machine.refused).toEqual([])
    const byScript = (name: string): boolean => {
        const script = machine.activationScripts[name]
        return typeof script === "object" && script.text.includes("/bin/sops-install-secrets")
    }
    return { ...machine, byScript }
}

describe.runIf(nix !== undefined)("a script installs secrets where", () => {
    test.each([
        [
            "a script waits for it",
            `{ system.activationScripts.a = lib.stringAfter [ "setupSecrets" ] "true"; }`,
            true,
        ],
        [
            "a script waits for the key",
            `{ system.activationScripts.a.deps = [ "generate-age-key" ]; system.activationScripts.a.text = ""; }`,
            true,
        ],
        [
            "a disk is opened with one",
            `{ environment.etc.crypttab.text = "data /dev/sdb /run/secrets/luks"; }`,
            true,
        ],
        [
            "a local file system is mounted with one",
            `{ fileSystems."/data" = { fsType = "ext4"; options = [ "passfile=/run/secrets/data" ]; }; }`,
            true,
        ],
        [
            "a share is mounted with one",
            `{ fileSystems."/nas" = { fsType = "cifs"; options = [ "credentials=/run/secrets/nas" ]; }; }`,
            false,
        ],
        [
            "a pool is imported late",
            `{ fileSystems."/tank" = { fsType = "zfs"; device = "tank/data"; }; }`,
            true,
        ],
        [
            "all pools are imported in stage 1",
            `{ fileSystems = { "/" = { fsType = "zfs"; device = "rpool/root"; }; "/home" = { fsType = "zfs"; device = "rpool/home"; }; }; }`,
            false,
        ],
        [
            "the unit requires another one",
            `{ systemd.services.sops-install-secrets.requires = [ "sops-nix-key.service" ]; }`,
            true,
        ],
        [
            "the unit is told to come late",
            `{ systemd.services.sops-install-secrets.after = [ "network-online.target" ]; }`,
            true,
        ],
        [
            "one is part of the initrd",
            `{ boot.initrd.secrets."/etc/ssh/key" = "/run/secrets/initrd-key"; }`,
            true,
        ],
        [
            "a mount unit names one",
            `{ systemd.mounts = [ { what = "/dev/sdb"; where = "/data"; options = "passfile=/run/secrets/data"; } ]; }`,
            true,
        ],
        ["it is read before the first unit", `{ boot.postBootCommands = "cat /run/secrets/wifi"; }`, true],
        [
            "it is copied to /etc",
            `{ environment.etc."app.conf" = { source = "/run/secrets/wifi"; mode = "0400"; }; }`,
            true,
        ],
        ["it is linked in /etc", `{ environment.etc."app.conf".source = "/run/secrets/wifi"; }`, false],
        [
            "swap space is opened with one",
            `{ swapDevices = [ { device = "/dev/sdc"; encrypted.keyFile = "/run/secrets/swap"; } ]; }`,
            true,
        ],
        [
            "a script that waits for nothing is a text of the system's own units",
            `{ config, ... }: { system.activationScripts.x = "cat \${config.system.build.etc}/etc/hostname"; }`,
            false,
        ],
        ["nothing needs it", "{ }", false],
        [
            "units make the users",
            `{ services.userborn.enable = true; fileSystems."/tank" = { fsType = "zfs"; device = "tank/data"; }; }`,
            false,
        ],
        [
            "units are asked for",
            `{ sops.useSystemdActivation = true; environment.etc.crypttab.text = "data /dev/sdb /run/secrets/luks"; }`,
            false,
        ],
    ])("%s", async (_, configuration, script) => {
        expect((await evaluate(configuration)).byScript("setupSecrets")).toBe(script)
    })

    test("it is replaced by nothing, and then no unit is started in its place", async () => {
        const machine = await evaluate(`{ system.activationScripts.setupSecrets = lib.mkForce ""; }`)
        expect(machine.activationScripts["setupSecrets"]).toBe("")
        const linked = machine.units.links.map(({ name }) => name)
        expect(linked).toContain("sops-secrets.target")
        expect(linked).not.toContain("sops-install-secrets.service")
    })

    test("scripts are asked for, and a unit makes the users", async () => {
        const machine = await evaluate(
            "{ services.userborn.enable = true; sops.useSystemdActivation = false; sops.secrets.alice-password.neededForUsers = true; }",
        )
        expect(machine.byScript("setupSecretsForUsers")).toBe(true)
        expect(machine.activationScripts["users"]).toBe("")
    })
})
