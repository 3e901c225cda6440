import { appendFileSync, cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, inject, test } from "vitest"
import * as z from "zod"
import { evaluateNix, imported } from "./nix.ts"

const imports = z.looseObject({
    secrets: z.record(
        z.string(),
        z.strictObject({ sopsFile: z.string(), format: z.literal("binary"), place: z.string() }),
    ),
})
const nix = inject("nix")

async function importsOf(path: string, machine: string): Promise<Record<string, string>> {
    const call = `{ path = ${path}; machine = ${JSON.stringify(machine)}; }`
    const found = await evaluateNix(
        nix?.library ?? "",
        `{ inherit (${imported("../../nix/sops/repository.nix")} { inherit lib; } ${call}) secrets; }`,
    )
    const { secrets } = imports.parse(found)
    for (const [name, { place }] of Object.entries(secrets))
        expect(place).toBe(name.startsWith("vars/") ? name : `sops/secrets/${name}`)
    return Object.fromEntries(Object.entries(secrets).map(([name, { sopsFile }]) => [name, sopsFile]))
}

test.runIf(nix !== undefined)(
    "a machine gets what is addressed to it, by the names that clan gives",
    async () => {
        const path = join(import.meta.dirname, "vectors", "repository")
        expect(Object.keys(await importsOf(path, "web"))).toEqual([
            "api-token",
            "tls-key",
            "vars/per-machine/web/root-password/hash",
            "vars/shared/ca/key",
        ])
        expect(Object.keys(await importsOf(path, "db"))).toEqual([
            "db-backup",
            "tls-key",
            "vars/per-machine/db/ssh/key",
        ])
        expect(await importsOf(path, "nobody")).toEqual({})
    },
)

test.runIf(nix !== undefined)("a repository that is given as a string is the same", async () => {
    const path = join(import.meta.dirname, "vectors", "repository")
    expect(await importsOf(JSON.stringify(path), "web")).toEqual(await importsOf(path, "web"))
})

test.runIf(nix !== undefined)("a changed secret changes its own path and no other", async () => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "repository-")))
    try {
        const path = join(directory, "repository")
        cpSync(join(import.meta.dirname, "vectors", "repository"), path, {
            recursive: true,
            verbatimSymlinks: true,
        })
        const { "api-token": before, ...others } = await importsOf(path, "web")
        appendFileSync(join(path, "sops", "secrets", "api-token", "secret"), "\n")
        const { "api-token": after, ...same } = await importsOf(path, "web")
        expect(after).not.toBe(before)
        expect(same).toEqual(others)
    } finally {
        rmSync(directory, { recursive: true })
    }
})

test.runIf(nix !== undefined)(
    "the private key of another machine is a warning, and not its own",
    async () => {
        const directory = realpathSync(mkdtempSync(join(tmpdir(), "repository-")))
        try {
            const path = join(directory, "repository")
            cpSync(join(import.meta.dirname, "vectors", "repository"), path, {
                recursive: true,
                verbatimSymlinks: true,
            })
            for (const machine of ["web", "db"])
                cpSync(join(path, "sops/secrets/api-token"), join(path, `sops/secrets/${machine}-age.key`), {
                    recursive: true,
                    verbatimSymlinks: true,
                })
            const found = await evaluateNix(
                nix?.library ?? "",
                `(${imported("../../nix/sops/repository.nix")} { inherit lib; } { path = ${path}; machine = "web"; }).warnings`,
            )
            expect(found).toEqual([
                expect.stringContaining('db-age.key is the private key of the machine "db"'),
            ])
        } finally {
            rmSync(directory, { recursive: true })
        }
    },
)
