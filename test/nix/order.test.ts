// Where the unit that installs secrets stands, and when it gives up its early place.

import { describe, expect, inject, test } from "vitest"
import * as z from "zod"
import { evaluateNix, imported } from "./nix.ts"
import { readUnit } from "./unit-files.ts"

const nix = inject("nix")

const schema = z.looseObject({
    refused: z.array(z.string()),
    warnings: z.array(z.string()),
    units: z.looseObject({ texts: z.record(z.string(), z.string()) }),
})

async function evaluate(configuration: string) {
    const base =
        "{ services.openssh.enable = true; sops.defaultSopsFile = ./vectors/secrets.yaml; sops.secrets.wifi = { }; }"
    const expression = `(${imported("evaluate.nix")} { inherit lib; }).nixos { imports = [ (${base}) (${configuration}) ]; }`
    const { refused, warnings, units } = schema.parse(await evaluateNix(nix?.library ?? "", expression))
    expect(refused).toEqual([])
    const unit = readUnit("", units.texts["sops-install-secrets.service"] ?? "")
    return { warnings, before: unit.words("Unit", "Before"), after: unit.words("Unit", "After") }
}

const networkd = "systemd-networkd.service"
const early = "unitConfig.DefaultDependencies = false;"

describe.runIf(nix !== undefined)("the unit", () => {
    test.each([
        ["a script", `script = "wg setconf wg0 /run/secrets/wifi";`],
        ["the environment", `environment.TOKEN_FILE = "/run/secrets/wifi";`],
        ["an environment file", `serviceConfig.EnvironmentFile = [ "-/run/secrets/wifi" ];`],
        ["a credential", `serviceConfig.LoadCredential = "wifi:/run/secrets/wifi";`],
        ["the path of a secret", `serviceConfig.ExecStart = "/bin/cat /etc/elsewhere/key";`],
    ])("comes before an early unit that names a secret in %s", async (_, text) => {
        const { before, warnings } = await evaluate(
            `{ sops.secrets.wifi.path = "/etc/elsewhere/key"; systemd.services.fw = { ${early} ${text} }; }`,
        )
        expect(before).toEqual(expect.arrayContaining(["fw.service", networkd, "sysinit.target"]))
        expect(warnings).toEqual([])
    })

    test.each([
        ["that names none", `${early} script = "true";`],
        ["that is no early one", `script = "cat /run/secrets/wifi";`],
    ])("does not know a unit %s", async (_, unit) => {
        expect((await evaluate(`{ systemd.services.app = { ${unit} }; }`)).before).not.toContain(
            "app.service",
        )
    })

    test("comes before what it is told, and not before what it is told to come after", async () => {
        const { before } = await evaluate(`{
            sops.agent.before = [ "fw.service" ];
            systemd.services.sops-install-secrets.after = [ "systemd-tmpfiles-setup.service" ];
        }`)
        expect(before).toEqual(expect.arrayContaining(["fw.service", networkd]))
        expect(before).not.toContain("systemd-tmpfiles-setup.service")
    })

    test.each([
        [
            "its order leads behind the network, by two steps",
            `{
                systemd.services.fetch-key = { ${early} wants = [ "dhcp.service" ]; };
                systemd.services.dhcp = { ${early} after = [ "systemd-networkd.service" ]; };
                systemd.services.sops-install-secrets.after = [ "fetch-key.service" ];
            }`,
        ],
        [
            "its key is on a file system of the network",
            `{ fileSystems."/keys" = { fsType = "nfs"; }; sops.age.keyFile = "/keys/a"; }`,
        ],
        [
            "its key is on a mount unit of the network",
            `{ systemd.mounts = [ { what = "x"; where = "/keys"; options = "_netdev"; } ]; sops.age.keyFile = "/keys/a"; }`,
        ],
    ])("gives up its early place, and says who loses, where %s", async (_, configuration) => {
        const { before, warnings } = await evaluate(
            `{ imports = [ (${configuration}) ]; systemd.services.fw = { ${early} script = "cat /run/secrets/wifi"; }; }`,
        )
        for (const unit of ["sysinit.target", networkd, "remote-fs-pre.target", "fw.service"])
            expect(before).not.toContain(unit)
        expect(warnings).toEqual([
            expect.stringContaining("which the network brings"),
            expect.stringMatching(/^fw\.service names a secret and starts early/u),
        ])
    })

    test("comes before a local file system that wants a secret, where users are made by a unit", async () => {
        const { before, after } = await evaluate(
            `{ services.userborn.enable = true; fileSystems."/my-data" = { fsType = "ext4"; options = [ "passfile=/run/secrets/wifi" ]; }; }`,
        )
        expect(before).toContain(String.raw`my\x2ddata.mount`)
        expect(after).not.toContain("local-fs.target")
    })
})
