// A credential that is larger than systemd takes is found while a configuration is evaluated.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, inject, test } from "vitest"
import * as z from "zod"
import { evaluateNix, imported } from "./nix.ts"

const nix = inject("nix")
const directory = mkdtempSync(join(tmpdir(), "hostseal-credentials-"))
afterAll(() => rmSync(directory, { recursive: true }))

/** A document whose value has that many bytes; nothing opens it. */
const sealed = (size: number): string =>
    `ENC[AES256_GCM,data:${Buffer.alloc(size, "CANARY").toString("base64")},iv:AA==,tag:AA==,type:str]`
const documents = {
    binary: (size: number) => `{\n\t"data": "${sealed(size)}",\n\t"sops": {}\n}\n`,
    json: (size: number) => `{\n\t"app": {\n\t\t"big": "${sealed(size)}"\n\t},\n\t"sops": {}\n}\n`,
    yaml: (size: number) => `app:\n    big: ${sealed(size)}\n    small: ${sealed(10)}\nsops: {}\n`,
}

async function warnings(format: keyof typeof documents, size: number, key: string): Promise<string[]> {
    const file = join(directory, `${format}-${size}`)
    writeFileSync(file, documents[format](size))
    const configuration = `{
        services.openssh.enable = true;
        sops.secrets.s = { sopsFile = ${file}; format = "${format}"; key = "${key}"; };
        systemd.services.app.serviceConfig.LoadCredential = [ "cred:/run/secrets/s" "other:/etc/hostname" ];
    }`
    const expression = `((${imported("evaluate.nix")} { inherit lib; }).messages "nixos" (${configuration})).warnings`
    return z.array(z.string()).parse(await evaluateNix(nix?.library ?? "", expression))
}

describe.runIf(nix !== undefined)("a credential", () => {
    const most = 1024 * 1024 - "cred".length
    test.each(["binary", "json", "yaml"] as const)(
        "of a %s file that is too large is a warning",
        async (format) => {
            const key = format === "binary" ? "" : "app/big"
            expect(await warnings(format, most, key)).toEqual([])
            expect(await warnings(format, most + 2, key)).toEqual([
                expect.stringContaining('has the secret "s" as the credential cred, and it is larger'),
            ])
        },
    )

    test("that is small, of a large file, is none", async () => {
        expect(await warnings("yaml", 2 * most, "app/small")).toEqual([])
    })
})
