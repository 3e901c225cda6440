// Shapes of public configurations: what evaluates with the module of sops-nix evaluates with ours.

import { existsSync } from "node:fs"
import { join } from "node:path"
import { env } from "node:process"
import { describe, expect, inject, test } from "vitest"
import * as z from "zod"
import { evaluateNix, imported } from "./nix.ts"

const nix = inject("nix")
const sopsNix = env["SOPS_NIX"]
const hasTheirs = sopsNix !== undefined && existsSync(join(sopsNix, "modules", "sops"))

/** For each shape what is refused; `null` where it fails otherwise. */
const judged = z.record(z.string(), z.record(z.string(), z.nullable(z.array(z.string()))))

async function judge(modules: string): Promise<ReadonlyMap<string, readonly string[] | null>> {
    const expression = `${imported("shapes-judged.nix")} { inherit lib; ${modules} }`
    const systems = judged.parse(await evaluateNix(nix?.library ?? "", expression))
    return new Map(
        Object.entries(systems).flatMap(([system, shapes]) =>
            Object.entries(shapes).map(([name, refused]) => [`${system}: ${name}`, refused] as const),
        ),
    )
}

const evaluates = (shapes: ReadonlyMap<string, readonly string[] | null>): string[] =>
    [...shapes].filter(([, refused]) => refused?.length === 0).map(([name]) => name)

/** sops-nix leaves the placeholder in the file. */
const refusedHere = ["nixos: a-template-of-a-password-of-users"]

describe.runIf(nix !== undefined)("shapes of public configurations", () => {
    test("evaluate, but for one whose file would hold a placeholder", { timeout: 120_000 }, async () => {
        const ours = await judge("")
        expect(ours.size).toBeGreaterThan(60)
        const good = new Set(evaluates(ours))
        expect([...ours].filter(([name]) => !good.has(name)).map(([name]) => name)).toEqual(refusedHere)
    })

    test.runIf(hasTheirs)("all evaluate with sops-nix", { timeout: 120_000 }, async () => {
        const theirs = await judge(`sopsNix = ${JSON.stringify(sopsNix)};`)
        expect(evaluates(theirs)).toEqual([...theirs.keys()])
    })
})
