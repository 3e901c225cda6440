import { execFileSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { hasNix } from "./nix.ts"

const root = join(import.meta.dirname, "..", "..")
const files = ["nix", "test/nix"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".nix"))
        .map((file) => join(folder, file)),
)

test.runIf(hasNix())("every Nix file can be read", () => {
    for (const file of [...files, "flake.nix"]) {
        const parse = (): Buffer =>
            execFileSync("nix-instantiate", ["--parse", file], {
                cwd: root,
                stdio: ["ignore", "pipe", "pipe"],
            })
        expect(parse, file).not.toThrow()
    }
})
