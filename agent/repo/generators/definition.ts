// How the values of a generator are made, as one text: another one is a reason to make them anew, if somebody says so.

import type { Generator } from "./generator.ts"

/**
 * What its files are made of and what its script says, without the hashes of store paths, which change with every update
 * of a program. The order of files says nothing.
 */
export function definition({ files, script }: Pick<Generator, "files" | "script">): string {
    const made = [...files]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, { make }]) => [name, make.kind === "script" ? { kind: "script" } : sorted(make)])
    const text = script && (script.text ?? script.path ?? "")
    return JSON.stringify({
        files: made,
        script: text?.replaceAll(/(\/nix\/store\/)[0-9a-z]{32}-/gu, "$1") ?? null,
    })
}

function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sorted)
    if (value === null || typeof value !== "object") return value
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]))
}
