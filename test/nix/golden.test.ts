import { expect, inject, test } from "vitest"
import { goldenDirectory, goldenFiles, presentFiles, recordedDigest, sourcesDigest } from "./golden.ts"
import { readFileSync } from "node:fs"
import { optionsPage } from "./golden.ts"
import { optionsReference } from "./options-reference.ts"

const hint = "run: npm run nix:golden, and look at what changed"

test("the golden files were made from the modules as they are", () => {
    expect(recordedDigest(), `${goldenDirectory} is stale; ${hint}`).toBe(sourcesDigest())
})

const nix = inject("nix")

test.runIf(nix !== undefined)("an evaluation gives the golden files and no others", () => {
    const wanted = goldenFiles(nix?.evaluated ?? empty)
    const present = presentFiles()
    expect([...present.keys()].toSorted(), hint).toEqual([...wanted.keys()].toSorted())
    for (const [path, text] of wanted) expect(present.get(path), `${path}; ${hint}`).toBe(text)
})

test.runIf(nix !== undefined)("docs/options.md says what the modules declare", () => {
    expect(readFileSync(optionsPage, "utf8"), hint).toBe(optionsReference(nix?.evaluated.options ?? {}))
})

test.runIf(nix !== undefined)("every option has a description that is a sentence, and an example", () => {
    const options = Object.values(nix?.evaluated.options ?? {}).flat()
    expect(options.length).toBeGreaterThan(100)
    for (const { name, description, example, readOnly } of options) {
        expect(description.trim(), name).toMatch(/^[A-Z{`][^]*\.$/u)
        if (!readOnly) expect(example, name).not.toBeNull()
    }
})

const empty = { nixos: {}, "home-manager": {}, "nix-darwin": {}, refusals: {}, options: {} }
