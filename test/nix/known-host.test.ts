// The public keys of a machine that is one of its own known hosts: only where they are all that opens its secrets.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, inject, test } from "vitest"
import * as z from "zod"
import { evaluateNix, imported } from "./nix.ts"

const nix = inject("nix")
const key = readFileSync(join(import.meta.dirname, "vectors", "ssh_host_ed25519_key.pub"), "utf8").trim()
const rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7"

const host = (name: string, publicKey: string, more = ""): string =>
    `programs.ssh.knownHosts.${JSON.stringify(name)} = { hostNames = [ "other" ${JSON.stringify(name)} ]; publicKey = ${JSON.stringify(publicKey)}; ${more} };`

/** What is known of a machine whose name is web. */
async function known(configuration: string): Promise<readonly string[]> {
    const expression = `((${imported("evaluate.nix")} { inherit lib; }).nixos {
        options.programs.ssh.knownHosts = lib.mkOption { type = lib.types.attrsOf lib.types.unspecified; default = { }; };
        options.networking.domain = lib.mkOption { default = "example.org"; };
        config = lib.mkMerge [
            { services.openssh.enable = true; sops.secrets.wifi.sopsFile = ./vectors/secrets.yaml; }
            { ${configuration} }
        ];
    }).manifest.hostseal.machineRecipients`
    return z.array(z.string()).parse(await evaluateNix(nix?.library ?? "", expression))
}

const both = host("web", key) + host("web.example.org", rsa)

describe.runIf(nix !== undefined)("the public keys of a machine", () => {
    test.each([
        ["are those of its known host", both, [key, rsa]],
        [
            "are those of the kinds of keys that are used",
            `${host("web", key)} sops.gnupg.sshKeyPaths = [ ];`,
            [key],
        ],
        ["may be said", `${both} sops.machineRecipients = [ "age1x" ];`, ["age1x"]],
        ["are not known where one is missing", host("web", key), []],
        ["are not those of another host", host("db", key) + host("db.example.org", rsa), []],
        [
            "are not those of an authority",
            `${host("web", key, "certAuthority = true;")}${host("web.example.org", rsa)}`,
            [],
        ],
        ["are not all that opens the secrets", `${both} sops.age.keyFile = "/var/lib/key.txt";`, []],
        [
            "say nothing about a key that is no host key",
            `${both} sops.age.sshKeyPaths = [ "/var/lib/id_ed25519" ];`,
            [],
        ],
    ])("%s", async (_, configuration, expected) => {
        expect((await known(configuration)).toSorted()).toEqual(expected.toSorted())
    })
})
