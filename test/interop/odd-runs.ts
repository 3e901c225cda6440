// Runs that are odd in one way, for the tables beside.

import type { RandomRun } from "./random-manifests.ts"

export type Fields = Readonly<Record<string, unknown>>
type More = Partial<RandomRun>

export const yaml = { key: "token", sopsFile: "secrets.yaml", format: "yaml" }
export const binary = { key: "x", sopsFile: "secrets.bin", format: "binary" }
export const placeholder = "<SOPS:a:PLACEHOLDER>"

export const run = (secrets: readonly Fields[], more: More = {}): RandomRun => ({
    templates: [],
    manifest: {},
    environment: {},
    ...more,
    secrets: secrets.map((secret) => ({ ...secret })),
})
/** One secret called `a` that is odd in some fields. */
export const odd = (fields: Fields, more: More = {}): RandomRun[] => [
    run([{ name: "a", ...yaml, ...fields }], more),
]
export const template = (fields: Fields, secret: Fields = {}): RandomRun[] =>
    odd(secret, { templates: [{ name: "t", content: `x=${placeholder}\n`, ...fields }] })
export const manifest = (fields: Fields, more: More = {}): RandomRun[] =>
    odd({}, { manifest: { ...fields }, ...more })
