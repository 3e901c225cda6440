// Evaluates everything.nix once for all test files, and says so loudly where that cannot be done.

import type { TestProject } from "vitest/node"
import * as z from "zod"
import { evaluateNix, howToGetNix, imported, nixpkgsLib } from "./nix.ts"

const json = z.record(z.string(), z.json())
const messages = { refused: z.array(z.string()), warnings: z.array(z.string()) }
const snippet = z.union([
    z.string(),
    z.strictObject({ deps: z.array(z.string()), text: z.string(), supportsDryActivation: z.boolean() }),
])

const nixos = z.strictObject({
    ...messages,
    manifest: json,
    usersManifest: json,
    checks: z.array(z.string()),
    units: z.strictObject({
        texts: z.record(z.string(), z.string()),
        links: z.array(z.strictObject({ directory: z.string(), name: z.string() })),
    }),
    activationScripts: z.record(z.string(), snippet),
    containers: z.strictObject({ containers: json, manifests: z.record(z.string(), json) }),
    loadCredential: z.record(z.string(), z.string().nullable()),
})

/** A value as Nix writes it, or prose about a value that is computed. */
const optionValue = z.strictObject({ text: z.string(), prose: z.boolean() })

const option = z.strictObject({
    name: z.string(),
    description: z.string(),
    type: z.string(),
    default: optionValue.nullable(),
    example: optionValue.nullable(),
    readOnly: z.boolean(),
})

export const evaluatedSchema = z.strictObject({
    nixos: z.record(z.string(), nixos),
    "home-manager": z.record(z.string(), json),
    "nix-darwin": z.record(z.string(), json),
    refusals: z.record(z.string(), z.strictObject(messages)),
    options: z.record(z.string(), z.array(option)),
})

/** What everything.nix gives. */
export type Evaluated = z.infer<typeof evaluatedSchema>
export type EvaluatedMachine = z.infer<typeof nixos>
export type OptionValue = z.infer<typeof optionValue>
export type EvaluatedOption = z.infer<typeof option>

declare module "vitest" {
    export interface ProvidedContext {
        /** The library of nixpkgs and what our modules make of it, or `undefined` where that cannot be evaluated. */
        readonly nix: { readonly library: string; readonly evaluated: Evaluated } | undefined
    }
}

export async function evaluateEverything(library: string): Promise<Evaluated> {
    return evaluatedSchema.parse(await evaluateNix(library, `${imported("everything.nix")} { inherit lib; }`))
}

/** Runs once before all tests of this suite. */
export const setup = async (project: TestProject): Promise<void> => {
    const library = nixpkgsLib()
    if (library === undefined) {
        const line = "=".repeat(110)
        console.error(
            `${line}\nSKIPPED: the tests that evaluate the Nix modules. ${howToGetNix}\nOnly what needs no evaluation is tested now.\n${line}`,
        )
        project.provide("nix", undefined)
        return
    }
    project.provide("nix", { library, evaluated: await evaluateEverything(library) })
}
