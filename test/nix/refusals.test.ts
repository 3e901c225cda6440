// Every refusal says what to write or what to run, with the name of what it is about. The texts are golden files.

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, inject, test } from "vitest"
import { goldenDirectory } from "./golden.ts"
import { evaluateNix, imported } from "./nix.ts"

const refusals = join(goldenDirectory, "refusals")

describe.each(readdirSync(refusals))("%s", (file) => {
    const text = readFileSync(join(refusals, file), "utf8")
    const messages = text.split(/^(?=refused: |warning: )/mu)

    test("there is a message", () => {
        expect(text).toMatch(/^(?:refused|warning): /u)
    })

    test.each(messages.filter((message) => message.startsWith("refused: ")))(
        "it names a way out: %s",
        (message) => {
            expect(message).toMatch(/(?:Write|write|Run|Or): /u)
        },
    )
})

// People search for these words; they come from sops-nix.
test.each([
    [
        "no-key.txt",
        "No key source configured for sops. Either set services.openssh.enable or set sops.age.keyFile or sops.gnupg.home",
    ],
    ["two-kinds-of-gnupg-keys.txt", "Exactly one of sops.gnupg.home and sops.gnupg.sshKeyPaths must be set"],
    ["owner-and-uid.txt", "In wifi exactly one of sops.owner and sops.uid must be set"],
    [
        "template-owner-and-uid.txt",
        "Both `owner` and `uid` cannot be defined at the same time. Use either `owner` or leave `uid` as 0.",
    ],
    ["users-secret-of-a-uid.txt", "neededForUsers cannot be used for secrets that are not root-owned"],
    ["sysusers-with-immutable-users.txt", "can only work with config.users.mutableUsers enabled."],
])("%s has the words of sops-nix", (file, words) => {
    expect(readFileSync(join(refusals, file), "utf8")).toContain(words)
})

const nix = inject("nix")

test.runIf(nix !== undefined).each([
    ["./not-there.yaml", /Cannot find path '.*not-there\.yaml' set in sops\.secrets\.wifi\.sopsFile/u],
    [
        '"/etc/hostname"',
        /'\/etc\/hostname' is not in the Nix store\. Either add it to the Nix store or set sops\.validateSopsFiles to false/u,
    ],
])("a manifest of the sops file %s is not built", async (file, words) => {
    const configuration = `{ services.openssh.enable = true; sops.secrets.wifi.sopsFile = ${file}; }`
    const expression = `(${imported("evaluate.nix")} { inherit lib; }).nixos (${configuration})`
    await expect(evaluateNix(nix?.library ?? "", expression)).rejects.toThrow(words)
})
