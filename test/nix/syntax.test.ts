import { execFileSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { expect, inject, test } from "vitest"

const root = join(import.meta.dirname, "..", "..")
const files = ["nix", "test/nix"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".nix"))
        .map((file) => join(folder, file)),
)

test.runIf(inject("nix") !== undefined)("every Nix file can be read", () => {
    for (const file of [...files, "flake.nix"]) {
        const parse = (): Buffer =>
            execFileSync("nix-instantiate", ["--parse", file], {
                cwd: root,
                stdio: ["ignore", "pipe", "pipe"],
            })
        expect(parse, file).not.toThrow()
    }
})
